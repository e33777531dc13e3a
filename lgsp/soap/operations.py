"""The seven operations. An agency sees only what it sent or received."""

from __future__ import annotations

import asyncio
from binascii import Error, a2b_base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lxml.etree import QName
from starlette.concurrency import run_in_threadpool

from lgsp.exchange import NAMESPACE
from lgsp.model.agency import State
from lgsp.model.delivery import Outcome, Refusal, Status
from lgsp.model.envelope import Arrival, Kind
from lgsp.model.errors import MalformedEnvelope, Problem, SchemaViolation, UnknownDocument
from lgsp.model.text import Text
from lgsp.soap import answers

if TYPE_CHECKING:
    from lxml.etree import _Element

    from lgsp.model.agency import AgencyCode
    from lgsp.soap.ports import Directory, Ledger, Reception, Views
    from lgsp.store.views import Trace

_PAGE: Final = 100
NAMES: Final = frozenset(
    {"SendDocument", "ListReceived", "GetDocument", "ConfirmReceived", "ListSent", "GetTrace", "ListAgencies"}
)


def check(element: _Element) -> None:
    """Raise MalformedEnvelope unless `element` names an operation. SOAPAction is not asked: clients differ."""
    name = QName(element)
    if name.namespace != NAMESPACE or name.localname not in NAMES:
        raise MalformedEnvelope(_no_such_operation(element))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: a valid element, and who makes it."""

    element: _Element
    caller: AgencyCode
    correlation: str

    def value(self, name: str) -> str:
        """Return the text of the child `name` without outer white space; empty when there is none."""
        return (self.element.findtext(f"{{{NAMESPACE}}}{name}") or "").strip()


class Operations:
    """Does what calls ask, and returns response elements as text."""

    def __init__(self, *, reception: Reception, directory: Directory, views: Views, ledger: Ledger) -> None:
        """Work with these parts of the bus."""
        self._reception = reception
        self._directory = directory
        self._views = views
        self._ledger = ledger
        # What only reads or records waits for the database, so it goes to a thread; sending has a line of its own.
        self._in_thread = {
            "ListReceived": self._list_received,
            "GetDocument": self._get_document,
            "ConfirmReceived": self._confirm_received,
            "ListSent": self._list_sent,
            "GetTrace": self._get_trace,
            "ListAgencies": self._list_agencies,
        }

    async def perform(self, call: Call) -> str | Refusal:
        """Do it, or return why the document was refused. Raises Rejected or Unavailable."""
        name = QName(call.element).localname
        if name == "SendDocument":
            return await self._send_document(call)
        return await run_in_threadpool(self._in_thread[name], call)

    async def _send_document(self, call: Call) -> str | Refusal:
        arrival = Arrival(
            octets=_decoded(call),
            caller=call.caller,
            door="soap",
            correlation=call.correlation,
            arrived=datetime.now(UTC),
        )
        future = self._reception.submit(arrival)
        # A caller who hangs up takes nothing back: the batch goes on.
        given = await asyncio.shield(asyncio.wrap_future(future))
        if isinstance(given, Refusal):
            return given
        return answers.response("SendDocument", answers.receipt(given))

    def _list_received(self, call: Call) -> str:
        kind = call.value("Kind")
        found = self._views.received(
            call.caller,
            kind=Kind(kind) if kind else None,
            limit=int(call.value("Limit") or _PAGE),
            after=call.value("After"),
        )
        return answers.response("ListReceived", *map(answers.received, found))

    def _get_document(self, call: Call) -> str:
        held = self._views.document(call.value("DispatchId"), call.caller)
        if held is None:
            raise UnknownDocument(_unknown(call, "DispatchId"))
        return answers.response("GetDocument", answers.held(held))

    def _confirm_received(self, call: Call) -> str:
        """Record what the recipient says; saying the same again changes nothing."""
        way = self._received_by(call)
        result, note = call.value("Result"), call.value("Note")
        if result == "done":
            # Attempt 0: the recipient's own word belongs to no attempt of ours and is never old news.
            taken = Outcome(
                dispatch_id=way.dispatch_id, recipient=call.caller, status=Status.TAKEN, attempt=0, detail=note
            )
            self._ledger.record([taken])
            way = self._received_by(call)
        else:
            detail = f"{result}: {note}" if note else result
            notes = [event.detail for event in way.history if event.recipient == call.caller and not event.status]
            if notes[-1:] != [detail]:
                self._ledger.note(way.dispatch_id, call.caller, detail)
        status = next(stand.status for stand in way.deliveries if stand.recipient == call.caller)
        return answers.response("ConfirmReceived", answers.confirmed(way.dispatch_id, status))

    def _received_by(self, call: Call) -> Trace:
        """Return the way of the document named by a call of its recipient. Raises UnknownDocument."""
        dispatch_id = call.value("DispatchId")
        for way in self._views.trace(dispatch_id, call.caller):
            if way.dispatch_id == dispatch_id and any(s.recipient == call.caller for s in way.deliveries):
                return way
        raise UnknownDocument(_unknown(call, "DispatchId"))

    def _list_sent(self, call: Call) -> str:
        found = self._views.sent(call.caller, limit=int(call.value("Limit") or _PAGE), after=call.value("After"))
        return answers.response("ListSent", *map(answers.sent, found))

    def _get_trace(self, call: Call) -> str:
        found = self._views.trace(call.value("Id"), call.caller)
        if not found:
            raise UnknownDocument(_unknown(call, "Id"))
        return answers.response("GetTrace", *map(answers.trace, found))

    def _list_agencies(self, _call: Call) -> str:
        # Those that can be written to: of the 125,000 of the national list most are not connected here.
        open_ = (agency for agency in self._directory.agencies() if agency.state is State.ACTIVE)
        return answers.response("ListAgencies", *map(answers.agency, open_))


def _decoded(call: Call) -> bytes:
    """Return the document. Strictly: libxml2 takes stray characters inside xs:base64Binary for nothing."""
    written = call.value("Document")
    try:
        return a2b_base64(written.encode("ascii").translate(None, b" \t\r\n"), strict_mode=True)
    except (UnicodeEncodeError, Error) as error:
        raise SchemaViolation(
            Problem(
                element="SendDocument/Document",
                line=call.element.sourceline,
                expected=Text("base64 of the exact octets of the document", "base64 của đúng các byte của văn bản"),
                found=written[:40],
                cure=Text(f"encode it anew ({error})", "mã hóa lại văn bản bằng base64"),
            )
        ) from None


def _no_such_operation(element: _Element) -> Problem:
    listed = f"{', '.join(sorted(NAMES))} ({NAMESPACE})"
    return Problem(
        element=f"Envelope/Body/{QName(element).localname}",
        line=element.sourceline,
        expected=Text(f"one of {listed}", f"một trong {listed}"),
        found=str(element.tag)[:200],
        cure=Text("make the client from ?wsdl", "tạo chương trình gọi từ ?wsdl"),
    )


def _unknown(call: Call, name: str) -> Problem:
    operation = QName(call.element).localname
    return Problem(
        element=f"{operation}/{name}",
        line=call.element.sourceline,
        expected=Text("the id of a document that you sent or received", "mã của văn bản mà đơn vị đã gửi hoặc nhận"),
        found=call.value(name)[:200],
        cure=Text("look ids up with ListReceived and ListSent", "tra mã bằng ListReceived và ListSent"),
    )
