"""A ministry's system that speaks JSON over HTTP in its own words, which the configuration tells.

adapter = "ministry_rest"
[options]
address = "https://lienthong.example.gov.vn"
success = [{ field = "errorCode", values = ["0"] }]
already = [{ field = "errorDescription", texts = ["đã tồn tại", "đã được tiếp nhận"] }]
login = { kind = "token", path = "/token", key_file = "/etc/lgsp/bo.key", secret_file = "/etc/lgsp/bo.secret" }
[[options.calls]]
takes = "document"
path = "/api/van-ban"
body = { maGiaoDich = "{dispatch_id}", trichYeu = "{subject}" }
[[options.calls]]
takes = "{urn:lgsp:dossier:1}Dossier"
path = "/api/ho-so"
body = { maHoSo = "{xpath://d:Number}", donViGui = "{sender}", maThongDiep = "{document_id}" }
[options.feed]
call = "/api/trang-thai"
request = { sauMa = "{cursor}" }
rows = "data"
cursor = "ma"
status = { code = "trangThai", document_id = "maDinhDanh", agency = "donViGui", … }
progress = { number = "maHoSo", state = "trangThai", agency = "donViGui", in_reply_to = "maThongDiep", … }
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.dialect import words
from adapters.dialect.answer import Rules, read_rules
from adapters.dialect.calls import choose
from adapters.dialect.feed import CURSOR, Feed
from adapters.dialect.login import login
from adapters.dialect.template import Scope, Template
from adapters.dialect.web import Call, Web
from lgsp.sdk import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lgsp.sdk import Connection, Delivery, Handover


@dataclass(frozen=True, slots=True, kw_only=True)
class MinistryRestOptions:
    """How the system is reached and what its words mean."""

    address: str
    #: For each step of a call: connecting, sending, waiting for the answer.
    timeout_seconds: float = 30
    #: Authorities (PEM) that vouch for the system; empty: those of this machine.
    ca_file: str = ""
    #: See dialect/login.py; no table, no login.
    login: Mapping[str, Any] | None = None
    #: Further prefixes for XPath, besides e (edXML), m (message) and d (dossier).
    namespaces: Mapping[str, str] = field(default_factory=dict)
    #: The first that takes the envelope is called: see CallOptions.
    calls: Sequence[Mapping[str, Any]]
    #: Lists of rules on the answer: see dialect/answer.py.
    success: Sequence[Mapping[str, Any]]
    already: Sequence[Mapping[str, Any]] = ()
    busy: Sequence[Mapping[str, Any]] = ()
    refused: Sequence[Mapping[str, Any]] = ()
    #: Answers by which the system says that the session ran out, where it does not say 401.
    expired: Sequence[Mapping[str, Any]] = ()
    #: Where the answer holds the identifier given, and what was wrong in words.
    reference: str = ""
    message: Sequence[str] = ("message",)
    #: Statuses of documents and progress of dossiers: see dialect/feed.py; no table, nothing is fetched.
    feed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """One service of the system."""

    #: `document`, `status`, `message`, or a message's payload as `{namespace}local`.
    takes: str
    path: str
    method: str = "POST"
    #: A template: see dialect/template.py.
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    takes: str
    path: str
    method: str
    body: Template


class MinistryRest:
    """Hands documents and dossiers over to one ministry's REST system, and fetches what it says of them."""

    def __init__(self, connection: Connection) -> None:
        """Read and check everything that is configured; nothing is asked yet."""
        wanted = options(MinistryRestOptions, connection)
        place = f"agency {connection.agency.code}, options"
        grammar = words.grammar(wanted.namespaces)
        self._services = []
        for at in range(len(wanted.calls)):
            call = options(CallOptions, connection, "calls", at)
            body = Template(call.body, grammar, f"{place}.calls[{at}].body")
            self._services.append(_Service(takes=call.takes, path=call.path, method=call.method, body=body))
        self._rules = Rules(
            success=read_rules(connection, "success"),
            already=read_rules(connection, "already"),
            busy=read_rules(connection, "busy"),
            refused=read_rules(connection, "refused"),
            reference=wanted.reference,
            message=tuple(wanted.message),
        )
        self._expired = read_rules(connection, "expired")
        self._feed = Feed(connection) if wanted.feed is not None else None
        if self._feed is not None:
            self._request = Template(self._feed.options.request, CURSOR, f"{place}.feed.request")
        self._web = Web(
            wanted.address,
            timeout_seconds=wanted.timeout_seconds,
            ca_file=wanted.ca_file,
            login=login(connection),
            place=place,
        )

    def deliver(self, delivery: Delivery) -> Handover:
        """Call the service that takes the envelope; that the system has it already counts as done."""
        service = choose(self._services, delivery.envelope)
        call = Call(path=service.path, method=service.method, body=service.body.fill(words.scope(delivery)))
        with self._web.discreet():
            return self._rules.handover(self._web.ask(call, self._expired))

    def collect(self) -> Iterator[bytes]:
        """Yield the statuses and the progress that the system has to report."""
        if self._feed is not None:
            yield from self._feed.envelopes(self._fetch)

    def close(self) -> None:
        """Give back the connections."""
        self._web.close()

    def _fetch(self, cursor: str) -> Any:
        if self._feed is None:
            return None
        wanted = self._feed.options
        request = self._request.fill(Scope(words={"cursor": cursor}))
        call = (
            Call(path=wanted.call, method=wanted.method, params=request)
            if wanted.method == "GET"
            else Call(path=wanted.call, method=wanted.method, body=request)
        )
        with self._web.discreet():
            answer = self._web.ask(call, self._expired)
            self._rules.demand_success(answer)
            return answer
