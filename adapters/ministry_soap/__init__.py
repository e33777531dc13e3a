"""A ministry's SOAP service, 1.1 or 1.2, by its WSDL.

adapter = "ministry_soap"
[options]
wsdl = "/etc/lgsp/van-ban.wsdl"
username_file = "/etc/lgsp/bo.user"
password_file = "/etc/lgsp/bo.password"
success = [{ field = "maLoi", values = [0] }]
already = [{ field = "moTa", texts = ["đã tồn tại"] }]
[[options.calls]]
takes = "document"
operation = "TiepNhanVanBan"
fields = { maGiaoDich = "{dispatch_id}", noiDung = "{octets}" }
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.dialect import words
from adapters.dialect.answer import Rules, read_rules
from adapters.dialect.calls import choose
from adapters.dialect.feed import CURSOR, Feed
from adapters.dialect.template import Scope, Template
from adapters.ministry_soap.service import Service, ServiceOptions
from lgsp.sdk import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lgsp.sdk import Connection, Delivery, Handover


@dataclass(frozen=True, slots=True, kw_only=True)
class MinistrySoapOptions(ServiceOptions):
    """How the service is reached (ServiceOptions) and what its words mean."""

    #: Further prefixes for XPath, besides e (edXML), m (message) and d (dossier).
    namespaces: Mapping[str, str] = field(default_factory=dict)
    #: The first that takes the envelope is called: see CallOptions.
    calls: Sequence[Mapping[str, Any]]
    #: Lists of rules on what the operation returns; a fault is seen as `fault.code` and `fault.message`.
    #: A fault that no rule names is a refusal when its code is Client or Sender, else trouble to wait out.
    success: Sequence[Mapping[str, Any]]
    already: Sequence[Mapping[str, Any]] = ()
    busy: Sequence[Mapping[str, Any]] = ()
    refused: Sequence[Mapping[str, Any]] = ()
    #: Where the result holds the identifier given, and what was wrong in words.
    reference: str = ""
    message: Sequence[str] = ("message",)
    #: Statuses of documents and progress of dossiers: see dialect/feed.py; no table, nothing is fetched.
    feed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """One operation of the service."""

    #: `document`, `status`, `message`, or a message's payload as `{namespace}local`.
    takes: str
    operation: str
    #: A template of the operation's parameters: see dialect/template.py. Octets may stand raw for base64Binary.
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    takes: str
    name: str
    fields: Template


class MinistrySoap:
    """Hands documents and dossiers over to one ministry's SOAP service, and fetches what it says of them."""

    def __init__(self, connection: Connection) -> None:
        """Read and check everything configured; a WSDL in a file is read now, one at an address when first needed."""
        wanted = options(MinistrySoapOptions, connection)
        place = f"agency {connection.agency.code}, options"
        grammar = words.grammar(wanted.namespaces, raw=True)
        self._operations = []
        for at in range(len(wanted.calls)):
            call = options(CallOptions, connection, "calls", at)
            fields = Template(call.fields, grammar, f"{place}.calls[{at}].fields")
            self._operations.append(_Operation(takes=call.takes, name=call.operation, fields=fields))
        self._rules = Rules(
            success=read_rules(connection, "success"),
            already=read_rules(connection, "already"),
            busy=read_rules(connection, "busy"),
            refused=read_rules(connection, "refused"),
            reference=wanted.reference,
            message=(*wanted.message, "fault.message"),
        )
        self._feed = Feed(connection) if wanted.feed is not None else None
        called = {operation.name for operation in self._operations}
        if self._feed is not None:
            self._request = Template(self._feed.options.request, CURSOR, f"{place}.feed.request")
            called.add(self._feed.options.call)
        self._service = Service(wanted, called, place)

    def deliver(self, delivery: Delivery) -> Handover:
        """Call the operation that takes the envelope; that the service has it already counts as done."""
        operation = choose(self._operations, delivery.envelope)
        answer = self._service.call(operation.name, operation.fields.fill(words.scope(delivery)))
        with self._service.discreet():
            return self._rules.handover(answer)

    def collect(self) -> Iterator[bytes]:
        """Yield the statuses and the progress that the service has to report."""
        if self._feed is not None:
            yield from self._feed.envelopes(self._fetch)

    def close(self) -> None:
        """Give back the connections."""
        self._service.close()

    def _fetch(self, cursor: str) -> Any:
        if self._feed is None:
            return None
        answer = self._service.call(self._feed.options.call, self._request.fill(Scope(words={"cursor": cursor})))
        with self._service.discreet():
            self._rules.demand_success(answer)
        return answer
