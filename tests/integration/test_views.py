"""What agencies and operators are told, on both engines."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import event

from lgsp.model.delivery import Status
from lgsp.model.envelope import Kind
from lgsp.store import Ledger, Views
from tests.dispatches import OTHER, RECIPIENT, SENDER, a_dispatch, a_report, an_outcome, parcels_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch


@pytest.fixture
def delivered(store: Engine) -> list[Dispatch]:
    """Five documents, each to two agencies, delivered to both."""
    batch = [a_dispatch(recipients=[RECIPIENT, OTHER]) for _ in range(5)]
    Ledger(store).accept(batch)
    Ledger(store).record([an_outcome(p, Status.DELIVERED) for d in batch for p in parcels_of(d)])
    return batch


def test_a_mailbox_lists_what_was_delivered_and_not_taken_oldest_first(
    store: Engine, delivered: list[Dispatch]
) -> None:
    views = Views(store)
    Ledger(store).accept([a_dispatch()])  # on its way
    Ledger(store).record([an_outcome((delivered[1], RECIPIENT), Status.TAKEN)])
    waiting = [item.dispatch_id for item in views.received(RECIPIENT)]
    assert waiting == [delivered[n].id for n in (0, 2, 3, 4)]
    assert len(views.received(RECIPIENT, waiting_only=False)) == 5
    assert len(views.received(OTHER)) == 5
    assert views.received(SENDER) == []


def test_what_is_urgent_stands_at_the_head_of_a_mailbox(store: Engine) -> None:
    batch = [a_dispatch(priority=priority) for priority in (0, 1, 0, 4, 4, 2, 0)]
    Ledger(store).accept(batch)
    Ledger(store).record([an_outcome((d, RECIPIENT), Status.DELIVERED) for d in batch])
    wanted = [batch[n].id for n in (3, 4, 5, 1, 0, 2, 6)]
    views = Views(store)
    assert [item.dispatch_id for item in views.received(RECIPIENT)] == wanted
    for limit in (1, 2, 3):
        pages: list[str] = []
        while page := views.received(RECIPIENT, limit=limit, after=pages[-1] if pages else ""):
            pages += [item.dispatch_id for item in page]
        assert pages == wanted
    archive = views.received(RECIPIENT, waiting_only=False)
    assert [item.dispatch_id for item in archive] == [dispatch.id for dispatch in batch]
    assert [item.dispatch_id for item in views.received(RECIPIENT, kind=Kind.DOCUMENT)] == wanted
    assert views.received(RECIPIENT, kind=Kind.STATUS) == []


def test_a_mailbox_is_read_page_by_page(store: Engine, delivered: list[Dispatch]) -> None:
    views = Views(store)
    first = views.received(RECIPIENT, limit=3)
    rest = views.received(RECIPIENT, limit=3, after=first[-1].dispatch_id)
    assert [item.dispatch_id for item in (*first, *rest)] == [dispatch.id for dispatch in delivered]


def test_a_mailbox_can_be_asked_for_one_kind(store: Engine, delivered: list[Dispatch]) -> None:
    status = a_report(delivered[0])
    Ledger(store).accept([status])
    Ledger(store).record([an_outcome((status, SENDER), Status.DELIVERED)])
    assert [item.kind for item in Views(store).received(SENDER, kind=Kind.STATUS)] == [Kind.STATUS]
    assert Views(store).received(SENDER, kind=Kind.DOCUMENT) == []


def test_a_sender_sees_what_became_of_each_newest_first(store: Engine, delivered: list[Dispatch]) -> None:
    Ledger(store).accept([a_report(delivered[0], status="01"), a_report(delivered[0], status="03")])
    views = Views(store)
    first = views.sent(SENDER, limit=2)
    rest = views.sent(SENDER, after=first[-1].dispatch_id)
    sent = [*first, *rest]
    assert [item.dispatch_id for item in sent] == [dispatch.id for dispatch in reversed(delivered)]
    assert {standing.status for item in sent for standing in item.deliveries} == {Status.DELIVERED, Status.TAKEN}
    assert [said.code for said in sent[-1].business] == ["01", "03"]


def test_a_trace_is_found_by_either_identifier(store: Engine, delivered: list[Dispatch]) -> None:
    views, dispatch = Views(store), delivered[2]
    by_bus, by_sender = views.trace(dispatch.id), views.trace(dispatch.receipt.document_id)
    assert by_bus == by_sender
    assert by_bus[0].dispatch_id == dispatch.id
    assert views.trace("không có") == []


def test_one_identifier_used_twice_gives_two_traces(store: Engine) -> None:
    Ledger(store).accept([a_dispatch(document_id="53234"), a_dispatch(document_id="53234")])
    assert len(Views(store).trace("53234")) == 2


def test_a_recipient_sees_its_own_delivery_and_a_stranger_nothing(store: Engine, delivered: list[Dispatch]) -> None:
    views, dispatch = Views(store), delivered[0]
    (mine,) = views.trace(dispatch.id, RECIPIENT)
    assert {standing.recipient for standing in mine.deliveries} == {RECIPIENT}
    assert {event.recipient for event in mine.history} <= {None, RECIPIENT}
    (senders,) = views.trace(dispatch.id, SENDER)
    assert len(senders.deliveries) == 2
    stranger = a_dispatch().verified.envelope.recipients[0]
    assert views.trace(dispatch.id, type(stranger)("H99")) == []
    assert views.document(dispatch.id, type(stranger)("H99")) is None
    assert views.document(dispatch.id, RECIPIENT) == views.document(dispatch.id, SENDER) == views.document(dispatch.id)


def test_everything_but_octets_is_ready_for_json(store: Engine, delivered: list[Dispatch]) -> None:
    Ledger(store).accept([a_report(delivered[0])])
    views = Views(store)
    for item in (*views.received(RECIPIENT), *views.sent(SENDER), *views.trace(delivered[0].id)):
        assert orjson.loads(orjson.dumps(asdict(item), option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=str))


def test_counts_name_every_status(store: Engine, delivered: list[Dispatch]) -> None:
    counts = Views(store).counts()
    assert set(counts) == set(Status)
    assert counts[Status.DELIVERED] == 2 * len(delivered)


def test_the_number_of_queries_does_not_grow_with_the_answer(store: Engine, delivered: list[Dispatch]) -> None:
    said: list[str] = []
    event.listen(store, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    views = Views(store)
    counts = []
    for limit in (1, 5):
        said.clear()
        views.received(RECIPIENT, limit=limit)
        views.sent(SENDER, limit=limit)
        counts.append(len([statement for statement in said if statement != "BEGIN"]))
    assert delivered
    assert counts == [5, 5]
