"""The SOAP door as a Starlette application: request -> call -> reply, and nothing of the inside ever shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from lgsp import telemetry
from lgsp.model.delivery import Refusal
from lgsp.model.errors import CallerRefused, ContentUnavailable, LgspError, Misconfigured, Problem, Rejected, Unforeseen
from lgsp.model.text import Text
from lgsp.soap.fault import Reply, answer, fault
from lgsp.soap.message import operation
from lgsp.soap.operations import Call, Operations, check
from lgsp.soap.request import (
    TooSlow,
    body_of,
    caller_of,
    charset_of,
    correlation_of,
    http_status_of,
    known_system_of,
    language_of,
)
from lgsp.soap.schema import ExchangeSchema
from lgsp.soap.version import SOAP_11, SOAP_12
from lgsp.soap.wsdl import describe

if TYPE_CHECKING:
    from lxml.etree import _Element
    from starlette.requests import Request

    from lgsp.model.agency import AgencyCode
    from lgsp.soap.ports import Directory, Ledger, Reception, Views
    from lgsp.soap.version import Version

#: Parsing and checking this much takes long enough to hold up the others: it goes to a thread.
_LARGE_BYTES: Final = 256 * 1024


def soap_app(
    *,
    reception: Reception,
    directory: Directory,
    views: Views,
    ledger: Ledger,
    size_limit_bytes: int,
    public_url: str | None = None,
) -> Starlette:
    """Return the application that serves /soap/1.1 and /soap/1.2, each with its description at ?wsdl.

    `size_limit_bytes` is of the whole request. `public_url` (scheme, host and path before /soap) is what the
    descriptions say; None: the address that was asked.
    """
    operations = Operations(reception=reception, directory=directory, views=views, ledger=ledger)
    schema = ExchangeSchema()
    return Starlette(
        routes=[
            Route(
                f"/soap/{version.name}",
                _Door(
                    version=version,
                    operations=operations,
                    schema=schema,
                    directory=directory,
                    size_limit_bytes=size_limit_bytes,
                    public_url=public_url,
                ).serve,
                methods=["GET", "POST"],
            )
            for version in (SOAP_11, SOAP_12)
        ]
    )


class _Door:
    """One version's address."""

    def __init__(
        self,
        *,
        version: Version,
        operations: Operations,
        schema: ExchangeSchema,
        directory: Directory,
        size_limit_bytes: int,
        public_url: str | None,
    ) -> None:
        self._version = version
        self._operations = operations
        self._schema = schema
        self._directory = directory
        self._size_limit_bytes = size_limit_bytes
        self._public_url = public_url

    async def serve(self, request: Request) -> Response:
        """Answer a call, or describe the service."""
        if request.method == "POST":
            return await self._call(request)
        if any(name.lower() == "wsdl" for name in request.query_params):
            return Response(describe(self._version, self._address(request)), media_type="text/xml; charset=utf-8")
        return PlainTextResponse(
            f"SOAP {self._version.name}: POST; ?wsdl\n", status_code=405, headers={"Allow": "POST"}
        )

    async def _call(self, request: Request) -> Response:
        correlation = correlation_of(request)
        refuse = partial(fault, self._version, correlation=correlation, first=language_of(request))
        caller = ""
        try:
            caller = caller_of(request, self._directory)
            done = await self._done(request, caller, correlation)
            # A Refusal is the document's: the intake has told of it.
            reply = refuse(done.error) if isinstance(done, Refusal) else answer(self._version, done)
        except Misconfigured:
            telemetry.unforeseen("soap", correlation)
            reply = refuse(Unforeseen(_tell(correlation)))
        except LgspError as error:
            reply = refuse(error, status=http_status_of(error))
            self._tell_refusal(request, correlation, caller, error)
            if isinstance(error, TooSlow):
                reply.headers["Connection"] = "close"
            if isinstance(error, CallerRefused):
                reply.headers["WWW-Authenticate"] = 'Basic realm="lgsp", charset="UTF-8"'
        except Exception:  # noqa: BLE001 - whatever it is, the caller learns the correlation id and no more
            telemetry.unforeseen("soap", correlation)
            reply = refuse(Unforeseen(_tell(correlation)))
        return _response(reply, correlation)

    def _tell_refusal(self, request: Request, correlation: str, caller: str, error: LgspError) -> None:
        if isinstance(error, ContentUnavailable):
            telemetry.not_given("soap", correlation, error, agency=caller)
        if isinstance(error, Rejected):
            system = known_system_of(request, self._directory)
            telemetry.call_refused("soap", correlation, error, agency=caller, system=system)

    async def _done(self, request: Request, caller: AgencyCode, correlation: str) -> str | Refusal:
        charset = charset_of(request, self._version)
        octets = await body_of(request, self._size_limit_bytes)
        if len(octets) > _LARGE_BYTES:
            element = await run_in_threadpool(self._examined, octets, charset)
        else:
            element = self._examined(octets, charset)
        return await self._operations.perform(Call(element=element, caller=caller, correlation=correlation))

    def _examined(self, octets: bytes, charset: str | None) -> _Element:
        element = operation(octets, self._version, charset)
        check(element)
        self._schema.validate(element)
        return element

    def _address(self, request: Request) -> str:
        base = self._public_url or f"{request.url.scheme}://{request.url.netloc}"
        return f"{base.rstrip('/')}/soap/{self._version.name}"


def _response(reply: Reply, correlation: str) -> Response:
    return Response(
        reply.body.encode(),
        status_code=reply.status,
        headers={
            "Content-Type": f"{reply.version.content_type}; charset=utf-8",
            "X-Correlation-Id": correlation,
            **reply.headers,
        },
    )


def _tell(correlation: str) -> Problem:
    return Problem(
        expected=Text("an answer", "có câu trả lời"),
        cure=Text(
            f"tell the operator the correlation id {correlation}",
            f"báo cho đơn vị vận hành mã theo dõi {correlation}",
        ),
    )
