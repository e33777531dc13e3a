"""What the ledger promises, on both engines."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select

from lgsp.model.delivery import Handover, Status
from lgsp.store import Ledger, Outbox, Views, tables
from lgsp.store.engine import look
from tests.dispatches import (
    MOMENT,
    OTHER,
    RECIPIENT,
    SENDER,
    a_dispatch,
    a_refusal,
    a_report,
    an_outcome,
    parcels_of,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch, Receipt, Refusal


def _rows(store: Engine, table: str) -> list[tuple[object, ...]]:
    return look(store, lambda c: [tuple(row) for row in c.execute(select(tables.metadata.tables[table]))])


def _statements(store: Engine) -> list[str]:
    said: list[str] = []
    event.listen(store, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    return said


def test_a_batch_gets_its_receipts_in_order(store: Engine) -> None:
    batch = [a_dispatch() for _ in range(5)]
    assert Ledger(store).accept(batch) == [dispatch.receipt for dispatch in batch]


def test_everything_of_a_document_is_kept_as_it_was(store: Engine) -> None:
    octets = "<x>Việt\r\n</x>".encode() + bytes(range(256))
    dispatch = a_dispatch(octets, recipients=[RECIPIENT, OTHER], priority=3)
    Ledger(store).accept([dispatch])
    held = Views(store).document(dispatch.id)
    assert held is not None
    assert (held.octets, held.seal, held.receipt) == (octets, dispatch.seal, dispatch.receipt.octets)
    assert (held.sender, set(held.recipients), held.accepted) == (SENDER, {RECIPIENT, OTHER}, MOMENT)
    assert (held.digest, held.priority) == (dispatch.verified.envelope.digest, 3)
    (trace,) = Views(store).trace(dispatch.id)
    assert (trace.standing, trace.verdict, trace.signer) == ("signature", "valid", "CN=H03.11")


def test_the_same_document_sent_twice_gets_the_first_receipt(store: Engine) -> None:
    ledger = Ledger(store)
    first = a_dispatch(b"same")
    ledger.accept([first])
    assert ledger.accept([a_dispatch(b"same")]) == [first.receipt]
    assert len(_rows(store, "dispatch")) == len(_rows(store, "delivery")) == len(_rows(store, "outbox")) == 1
    assert len(_rows(store, "history")) == 1


def test_the_same_document_twice_in_a_batch_gets_one_receipt(store: Engine) -> None:
    first, between, again = a_dispatch(b"same"), a_dispatch(), a_dispatch(b"same")
    receipts = Ledger(store).accept([first, between, again])
    assert receipts == [first.receipt, between.receipt, first.receipt]


def test_the_same_octets_from_two_senders_are_two_documents(store: Engine) -> None:
    mine, theirs = a_dispatch(b"same"), a_dispatch(b"same", sender=OTHER)
    assert Ledger(store).accept([mine, theirs]) == [mine.receipt, theirs.receipt]


def test_documents_racing_in_by_many_doors_get_one_receipt_each(store: Engine) -> None:
    copies = [[a_dispatch(b"%d" % n) for n in range(20)] for _ in range(4)]
    answers: list[list[Receipt | Refusal]] = [[], [], [], []]

    def work(door: int) -> None:
        order = copies[door] if door % 2 else copies[door][::-1]  # opposite orders: the way to a deadlock
        receipts = Ledger(store).accept(order)
        answers[door] = receipts if door % 2 else receipts[::-1]

    threads = [threading.Thread(target=work, args=(door,)) for door in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert len(_rows(store, "delivery")) == 20


def test_a_batch_is_kept_whole_or_not_at_all(store: Engine) -> None:
    good, bad = a_dispatch(), a_dispatch(recipients=[RECIPIENT, RECIPIENT])
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        Ledger(store).accept([good, bad])
    assert _rows(store, "dispatch") == _rows(store, "outbox") == []


def test_refusals_are_kept_with_the_batch_in_both_languages(store: Engine) -> None:
    Ledger(store).accept([a_dispatch()], [a_refusal()])
    ((_, caller, door, _, code, vi, en, correlation, at),) = _rows(store, "refusal")
    assert (caller, door, code, correlation, at) == (SENDER, "soap", "LGSP-1400", "cr", MOMENT)
    assert "Quy định" in str(vi)
    assert "rule" in str(en)


def test_the_number_of_statements_does_not_grow_with_the_batch(store: Engine) -> None:
    said = _statements(store)
    ledger = Ledger(store)
    ledger.accept([a_dispatch()])  # asks for the store's time, as once a minute
    counts = []
    for size in (2, 60):
        batch = [a_dispatch(recipients=[RECIPIENT, OTHER]) for _ in range(size - 1)]
        batch.append(a_report(batch[0]))
        said.clear()
        ledger.accept(batch)
        ledger.record([an_outcome(p, Status.ACCEPTED) for d in batch for p in parcels_of(d)])
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_a_delivery_walks_from_acceptance_to_taken(store: Engine) -> None:
    ledger, views = Ledger(store), Views(store)
    dispatch = a_dispatch()
    ledger.accept([dispatch])
    steps = [Status.QUEUED, Status.DELIVERED, Status.TAKEN]
    for status in steps:
        ledger.record([an_outcome((dispatch, RECIPIENT), status, detail=f"nay là {status}\0")])
    (trace,) = views.trace(dispatch.id)
    assert [event.status for event in trace.history] == [Status.ACCEPTED, *steps]
    assert trace.history[-1].detail == "nay là taken"
    assert views.counts()[Status.TAKEN] == 1
    assert Outbox(store).waiting() == 0


def test_what_was_not_delivered_waits_again_until_it_is_due(store: Engine) -> None:
    ledger, outbox = Ledger(store), Outbox(store)
    dispatch = a_dispatch(priority=2)
    ledger.accept([dispatch])
    (parcel,) = outbox.claim(10, 60)
    ledger.record([an_outcome(parcel, Status.QUEUED)])
    ledger.record([an_outcome(parcel, Status.ACCEPTED, detail="bận", due=MOMENT + timedelta(days=36500))])
    assert outbox.waiting() == 1
    assert outbox.claim(10, 60) == []
    ledger.record([an_outcome(parcel, Status.ACCEPTED, attempt=2, due=MOMENT)])
    (again,) = outbox.claim(10, 60)
    assert again.attempt == 3


def test_a_late_word_of_the_relay_does_not_take_the_next_attempt_out_of_the_outbox(store: Engine) -> None:
    ledger, outbox = Ledger(store), Outbox(store)
    ledger.accept([a_dispatch()])
    (parcel,) = outbox.claim(10, 60)
    ledger.record([an_outcome(parcel, Status.ACCEPTED)])  # the courier was faster than the relay's own record
    ledger.record([an_outcome(parcel, Status.QUEUED)])
    assert [again.attempt for again in outbox.claim(10, 60)] == [2]


def test_a_fast_courier_leaves_nothing_for_the_relay(store: Engine) -> None:
    ledger, outbox = Ledger(store), Outbox(store)
    ledger.accept([a_dispatch()])
    (parcel,) = outbox.claim(10, 0)
    ledger.record([an_outcome(parcel, Status.DELIVERED, handover=Handover(reference="VB-1"))])
    ledger.record([an_outcome(parcel, Status.QUEUED)])
    assert outbox.claim(10, 60) == []
    assert ledger.settled([parcel]) == {(parcel.dispatch_id, parcel.recipient)}


def test_outcomes_recorded_by_many_at_once_end_the_same(store: Engine) -> None:
    batch = [a_dispatch(recipients=[RECIPIENT, OTHER]) for _ in range(15)]
    Ledger(store).accept(batch)
    parcels = [p for d in batch for p in parcels_of(d)]

    def work(number: int) -> None:
        order = parcels if number % 2 else parcels[::-1]
        for status in (Status.QUEUED, Status.DELIVERED):
            Ledger(store).record([an_outcome(p, status) for p in order])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Views(store).counts()[Status.DELIVERED] == 30
    changes = [row for row in _rows(store, "history") if row[3] == Status.DELIVERED]
    assert len(changes) == 30


def test_a_note_adds_a_line_and_changes_nothing(store: Engine) -> None:
    ledger, dispatch = Ledger(store), a_dispatch()
    ledger.accept([dispatch])
    ledger.note(dispatch.id, RECIPIENT, "đang xử lý")
    ledger.note("0" * 32, RECIPIENT, "không có văn bản này")
    (trace,) = Views(store).trace(dispatch.id)
    assert [(event.status, event.detail) for event in trace.history][-1] == (None, "đang xử lý")
    assert trace.deliveries[0].status is Status.ACCEPTED


def _reported(store: Engine, dispatch: Dispatch) -> list[str]:
    (trace,) = [t for t in Views(store).trace(dispatch.id) if t.dispatch_id == dispatch.id]
    return [said.code for said in trace.business]


def test_a_status_finds_the_document_it_speaks_of(store: Engine) -> None:
    document = a_dispatch()
    Ledger(store).accept([document])
    Ledger(store).accept([a_report(document, status="01"), a_report(document, status="03", document_id="")])
    assert _reported(store, document) == ["01", "03"]


def test_a_status_in_the_batch_of_its_document_finds_it(store: Engine) -> None:
    document = a_dispatch()
    Ledger(store).accept([document, a_report(document)])
    assert _reported(store, document) == ["03"]


def test_a_recall_request_finds_its_document_though_its_direction_is_flipped(store: Engine) -> None:
    document = a_dispatch()
    Ledger(store).accept([document, a_report(document, sender=SENDER, status="13", agency=RECIPIENT)])
    assert _reported(store, document) == ["13"]


def test_of_documents_with_one_identifier_the_one_sent_to_the_reporter_is_meant(store: Engine) -> None:
    mine = a_dispatch(document_id="53234")
    others = a_dispatch(document_id="53234", recipients=[OTHER])
    Ledger(store).accept([mine, others, a_report(others, sender=RECIPIENT, status="05")])
    assert (_reported(store, mine), _reported(store, others)) == (["05"], [])


def test_a_status_about_nothing_known_is_kept(store: Engine) -> None:
    document = a_dispatch()
    Ledger(store).accept([a_report(document), a_report(document, document_id="", code="", promulgated="")])
    assert [row[-1] for row in _rows(store, "report")] == [None, None]
