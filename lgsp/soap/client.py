"""A caller of the exchange, for the command line and for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

from lgsp.exchange import NAMESPACE
from lgsp.model.agency import Agency, AgencyCode, Bloc, Level
from lgsp.model.delivery import Receipt, Status
from lgsp.model.envelope import Kind
from lgsp.model.errors import LgspError, Misconfigured, Problem, Rejected, Unavailable
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from types import TracebackType

    from lxml.etree import _Element

Result = Literal["processing", "done", "fail"]
_TEXT = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document that waits for the caller."""

    dispatch_id: str
    document_id: str
    kind: Kind
    sender: AgencyCode
    number: str
    notation: str
    subject: str
    priority: int
    status: Status
    accepted: datetime
    #: SHA-256 of the document, in hexadecimal.
    digest: str
    #: Of the document, in octets.
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document as it was sent, with the bus's proofs."""

    dispatch_id: str
    sender: AgencyCode
    recipients: tuple[AgencyCode, ...]
    digest: str
    octets: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    receipt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a document stands with one recipient."""

    recipient: AgencyCode
    status: Status
    #: The last edXML status that the recipient reported; empty when none.
    business: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A document that the caller sent."""

    dispatch_id: str
    document_id: str
    kind: Kind
    number: str
    notation: str
    subject: str
    accepted: datetime
    deliveries: tuple[Standing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step on a document's way. `recipient` and `status` are empty where the step has none."""

    at: datetime
    recipient: str
    status: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A business status (edXML 01..16) that an agency reported."""

    reporter: AgencyCode
    code: str
    reason: str
    #: Local time of the reporting system, as written.
    reported: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way of one document."""

    dispatch_id: str
    document_id: str
    kind: Kind
    sender: AgencyCode
    number: str
    notation: str
    subject: str
    accepted: datetime
    deliveries: tuple[Standing, ...]
    steps: tuple[Step, ...]
    reports: tuple[Report, ...]


class Client:
    """Calls one bus for one agency's system. For one thread.

    Every method raises Rejected (the call or the document must change) or Unavailable (the same call succeeds later),
    of the very class the bus raised, with its problems.
    """

    def __init__(
        self,
        url: str,
        system_id: str,
        secret: str,
        *,
        version: Literal["1.1", "1.2"] = "1.2",
        timeout_seconds: int = 60,
    ) -> None:
        """Fetch the description from the bus at `url` (scheme and host, before /soap).

        Raises Misconfigured for a URL of another form.
        """
        _require_http(url)
        zeep: Any = import_module("zeep")  # 0.3 s that only callers pay
        requests: Any = import_module("requests")
        transport = zeep.Transport(timeout=timeout_seconds, operation_timeout=timeout_seconds)
        transport.session.auth = (system_id.encode(), secret.encode())
        self._failures = (requests.RequestException, zeep.exceptions.TransportError, zeep.exceptions.XMLSyntaxError)
        self._fault = zeep.exceptions.Fault
        self._session = transport.session
        address = f"{url.rstrip('/')}/soap/{version}"
        try:
            # The bus is trusted with large answers: a document of 10 MB is one text node.
            client = zeep.Client(f"{address}?wsdl", transport=transport, settings=zeep.Settings(xml_huge_tree=True))
        except self._failures as error:
            raise _no_answer(error) from error
        # The address asked, not the one described: they differ behind a tunnel.
        self._service = client.create_service(f"{{{NAMESPACE}}}Exchange", address)

    def send(self, octets: bytes) -> Receipt:
        """Hand in one signed document. Safe to repeat: the same octets get the first receipt."""
        said = self._call("SendDocument", Document=octets)
        return Receipt(dispatch_id=said.DispatchId, document_id=said.DocumentId or "", octets=said.Receipt)

    def received(
        self, kind: Kind | None = None, *, limit: int | None = None, after: str | None = None
    ) -> list[Waiting]:
        """Return what waits, oldest first."""
        return [
            Waiting(
                dispatch_id=item.DispatchId,
                document_id=item.DocumentId or "",
                kind=Kind(item.Kind),
                sender=AgencyCode(item.Sender),
                number=item.Number or "",
                notation=item.Notation or "",
                subject=item.Subject or "",
                priority=item.Priority,
                status=Status(item.Status),
                accepted=item.Accepted,
                digest=item.Digest,
                size=item.Size,
            )
            for item in self._call("ListReceived", Kind=kind, Limit=limit, After=after) or []
        ]

    def document(self, dispatch_id: str) -> Fetched:
        """Return a document that this agency sent or received."""
        said = self._call("GetDocument", DispatchId=dispatch_id)
        return Fetched(
            dispatch_id=said.DispatchId,
            sender=AgencyCode(said.Sender),
            recipients=tuple(map(AgencyCode, said.Recipient)),
            digest=said.Digest,
            octets=said.Document,
            seal=said.Seal,
            receipt=said.Receipt,
        )

    def confirm(self, dispatch_id: str, result: Result, note: str | None = None) -> Status:
        """Say what was done with a received document; return where its delivery stands now."""
        return Status(self._call("ConfirmReceived", DispatchId=dispatch_id, Result=result, Note=note).Status)

    def sent(self, *, limit: int | None = None, after: str | None = None) -> list[Posted]:
        """Return what this agency sent, oldest first."""
        return [
            Posted(
                dispatch_id=item.DispatchId,
                document_id=item.DocumentId or "",
                kind=Kind(item.Kind),
                number=item.Number or "",
                notation=item.Notation or "",
                subject=item.Subject or "",
                accepted=item.Accepted,
                deliveries=_standings(item),
            )
            for item in self._call("ListSent", Limit=limit, After=after) or []
        ]

    def trace(self, identifier: str) -> list[Way]:
        """Return the way of the documents with this dispatch id or document id."""
        return [
            Way(
                dispatch_id=item.DispatchId,
                document_id=item.DocumentId or "",
                kind=Kind(item.Kind),
                sender=AgencyCode(item.Sender),
                number=item.Number or "",
                notation=item.Notation or "",
                subject=item.Subject or "",
                accepted=item.Accepted,
                deliveries=_standings(item),
                steps=tuple(map(_step, item.Event)),
                reports=tuple(map(_report, item.Report)),
            )
            for item in self._call("GetTrace", Id=identifier)
        ]

    def agencies(self) -> list[Agency]:
        """Return who takes part."""
        return [
            Agency(
                code=AgencyCode(item.Code),
                name=item.Name or "",
                level=Level(item.Level),
                bloc=Bloc(item.Bloc),
                parent=AgencyCode(item.Parent) if item.Parent else None,
            )
            for item in self._call("ListAgencies") or []
        ]

    def close(self) -> None:
        """Close connections."""
        self._session.close()

    def __enter__(self) -> Self:
        """Use as a context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections."""
        self.close()

    def _call(self, operation: str, **values: Any) -> Any:
        try:
            return getattr(self._service, operation)(**values)
        except self._fault as fault:
            raise _error(fault) from None
        except self._failures as error:
            raise _no_answer(error) from error


def _standings(item: Any) -> tuple[Standing, ...]:
    return tuple(
        Standing(recipient=AgencyCode(each.Recipient), status=Status(each.Status), business=each.BusinessStatus or "")
        for each in item.Delivery
    )


def _step(said: Any) -> Step:
    return Step(at=said.At, recipient=said.Recipient or "", status=said.Status or "", detail=said.Detail or "")


def _report(said: Any) -> Report:
    return Report(
        reporter=AgencyCode(said.Reporter),
        code=said.BusinessStatus,
        reason=said.Reason or "",
        reported=said.Reported or "",
    )


def _require_http(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        good = False
    if not good:
        expected = Text("http://host:port or https://host", "http://máy:cổng hoặc https://máy")
        raise Misconfigured(Problem(element="url", expected=expected, found=url[:200]))


def _no_answer(error: Exception) -> Unavailable:
    return Unavailable(
        Problem(
            expected=Text("a bus that answers", "trục liên thông trả lời"),
            found=str(error)[:200],
            cure=Text("check the address and that `lgsp serve` runs", "kiểm tra địa chỉ và tiến trình `lgsp serve`"),
        )
    )


def _error(fault: Any) -> LgspError:
    """Return the error that the bus raised, from the typed detail of its fault."""
    written = None if fault.detail is None else fault.detail.find(f"{{{NAMESPACE}}}Error")
    if written is None:
        return Rejected(Problem(expected=Text("an answer of the bus", "câu trả lời của trục"), found=str(fault)[:200]))
    kinds = {kind.code: kind for kind in _kinds(LgspError) if "code" in vars(kind)}
    kind = kinds.get(written.findtext(f"{{{NAMESPACE}}}Code"), Rejected)
    return kind([_problem(each) for each in written.findall(f"{{{NAMESPACE}}}Problem")])


def _kinds(kind: type[LgspError]) -> Iterator[type[LgspError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)


def _problem(written: _Element) -> Problem:
    line = written.findtext(f"{{{NAMESPACE}}}Line")
    return Problem(
        element=written.findtext(f"{{{NAMESPACE}}}Element") or "",
        line=int(line) if line else None,
        expected=_both(written, "Expected") or Text("", ""),
        found=written.findtext(f"{{{NAMESPACE}}}Found") or "",
        cure=_both(written, "Cure"),
    )


def _both(written: _Element, name: str) -> Text | None:
    said = {each.get(_TEXT): each.text or "" for each in written.findall(f"{{{NAMESPACE}}}{name}")}
    return Text(said.get("en", ""), said.get("vi", "")) if said else None
