"""What may become of a document after it was accepted, on both engines."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, update

from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.delivery import Receipt, Refusal, Status
from lgsp.model.envelope import Admission, BusinessType, Replacement, StatusHeader
from lgsp.model.errors import DuplicateConflict
from lgsp.model.text import Text
from lgsp.store import Directory, Ledger, Outbox, Views, tables
from lgsp.store.engine import commit
from lgsp.store.holding import Decision
from tests.dispatches import OTHER, RECIPIENT, SENDER, a_dispatch, a_report, an_outcome, parcels_of
from tests.evidence import audited
from tests.lifecycle import a_change, a_recall, asked_back, header_of, progress, rows, states, statuses

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch


def _deliver(store: Engine, dispatch: Dispatch, *recipients: str, status: Status = Status.DELIVERED) -> None:
    Ledger(store).record([an_outcome((dispatch, code), status) for code in recipients or dispatch.recipients])


def _pushed(store: Engine, code: str, adapter: str = "folder") -> None:
    Directory(store).add(Agency(code=RECIPIENT if code == RECIPIENT else OTHER, name="Sở mẫu", adapter=adapter))


# Identity


def test_the_same_number_with_other_content_is_refused_and_both_are_shown(store: Engine) -> None:
    ledger, first = Ledger(store), a_dispatch()
    again = a_dispatch(header=header_of(first))
    ledger.accept([first])
    (refusal,) = ledger.accept([again])
    assert isinstance(refusal, Refusal)
    assert isinstance(refusal.error, DuplicateConflict)
    for language in ("vi", "en"):
        said = refusal.error.say(language)
        assert first.id in said
        assert first.verified.envelope.digest in said
        assert again.verified.envelope.digest in said
        assert "BussinessDocType" in said
    assert [row[0] for row in rows(store, "refusal", "code")] == ["LGSP-1600"]
    assert len(rows(store, "dispatch", "id")) == 1
    assert audited(store) == []


def test_of_two_with_one_number_in_a_batch_the_first_is_accepted(store: Engine) -> None:
    first, between = a_dispatch(b"b"), a_dispatch()
    second, again = a_dispatch(b"a", header=header_of(first)), a_dispatch(b"b", header=header_of(first))
    kinds = [type(answer) for answer in Ledger(store).accept([first, between, second, again])]
    assert kinds == [Receipt, Receipt, Refusal, Receipt]


def test_of_many_with_one_number_that_race_in_one_is_accepted(store: Engine) -> None:
    headers = [header_of(a_dispatch()) for _ in range(10)]
    batches = [[a_dispatch(header=header) for header in headers] for _ in range(4)]
    answers: list[object] = []

    def work(door: int) -> None:
        answers.extend(Ledger(store).accept(batches[door] if door % 2 else batches[door][::-1]))

    threads = [threading.Thread(target=work, args=(door,)) for door in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(answer, Receipt) for answer in answers) == 10
    assert sum(isinstance(answer, Refusal) for answer in answers) == 30


@pytest.mark.parametrize("kind", [BusinessType.RECALL, BusinessType.UPDATE, BusinessType.REPLACE])
def test_a_number_may_come_again_in_what_is_done_to_its_document(store: Engine, kind: BusinessType) -> None:
    first = a_dispatch()
    (_, answer) = Ledger(store).accept([first, a_change(kind, first)])
    assert isinstance(answer, Receipt)


@pytest.mark.parametrize(
    ("changes", "conflicts"),
    [
        ({"number": "007"}, True),
        ({"notation": "ubnd - kgvx"}, True),
        ({"promulgated": "2026-11-02"}, True),
        ({"promulgated": "2026/11/03"}, False),
        ({"number": "71", "notation": "UBND"}, False),
        ({"number": ""}, False),
    ],
)
def test_a_number_is_the_same_however_it_is_written(store: Engine, changes: dict[str, Any], *, conflicts: bool) -> None:
    header = replace(header_of(a_dispatch()), number="7", notation="UBND-KGVX", promulgated="2026/11/02")
    first, second = a_dispatch(header=header), a_dispatch(header=replace(header, **changes))
    Ledger(store).accept([first])
    (answer,) = Ledger(store).accept([second])
    assert isinstance(answer, Refusal) is conflicts


def test_documents_without_a_number_are_told_apart_by_their_content(store: Engine) -> None:
    header = replace(header_of(a_dispatch()), number="")
    answers = Ledger(store).accept([a_dispatch(header=header), a_dispatch(header=header)])
    assert [type(answer) for answer in answers] == [Receipt, Receipt]


def test_a_held_document_that_is_refused_gives_its_number_back(store: Engine) -> None:
    ledger, held = Ledger(store), a_dispatch()
    proof = replace(held.verified.proof, admission=Admission.HOLD, doubt="revocation unknown")
    ledger.accept([replace(held, verified=replace(held.verified, proof=proof))])
    again = a_dispatch(header=header_of(held))
    assert isinstance(ledger.accept([again])[0], Refusal)
    ledger.decide(Decision(dispatch_id=held.id, admission=Admission.REFUSE, said=Text("revoked", "bị thu hồi")))
    assert isinstance(ledger.accept([again])[0], Receipt)


# What recipients report


def test_each_recipient_has_its_own_state_and_each_report_is_kept(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([document])
    ledger.accept([a_report(document, status=code) for code in ("03", "01", "05", "05")])
    ledger.accept([a_report(document, sender=OTHER, status="02")])
    assert progress(store, document) == {RECIPIENT: ("05", None), OTHER: ("02", None)}
    assert len(rows(store, "report", "dispatch_id")) == 5
    assert audited(store) == []


def test_who_works_on_a_document_has_taken_it_and_who_returns_it_has_refused_it(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([document])
    _deliver(store, document)
    ledger.accept([a_report(document, status="01"), a_report(document, sender=OTHER, status="02")])
    assert statuses(store, document) == {RECIPIENT: Status.TAKEN, OTHER: Status.REFUSED}
    (trace,) = [way for way in Views(store).trace(document.id) if way.dispatch_id == document.id]
    assert any(event.status is Status.REFUSED and event.detail == "02: đã nhận" for event in trace.history)
    ledger.accept([a_report(document, status="02")])
    assert statuses(store, document)[RECIPIENT] == Status.REFUSED


def test_a_report_keeps_nothing_from_being_delivered(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document, a_report(document, status="03")])
    assert statuses(store, document) == {RECIPIENT: Status.ACCEPTED}
    assert [parcel.dispatch_id for parcel in Outbox(store).claim(10, 60)][:1] == [document.id]
    _deliver(store, document)
    assert statuses(store, document) == {RECIPIENT: Status.TAKEN}  # and then what was said is believed


def test_the_report_of_somebody_who_never_got_the_document_is_only_kept(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    _deliver(store, document)
    ledger.accept([a_report(document, sender=OTHER, status="02")])
    assert progress(store, document) == {}
    assert statuses(store, document) == {RECIPIENT: Status.DELIVERED}


def test_a_status_before_its_document_waits_for_it(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([a_report(document, status="03"), a_report(document, status="04", document_id="")])
    assert ledger.parked(document.accepted) == (2, 0)
    assert ledger.parked(document.accepted + timedelta(1)) == (2, 2)
    ledger.accept([document])
    assert rows(store, "parked", "dispatch_id") == []
    assert progress(store, document) == {RECIPIENT: ("04", None)}
    assert [said.code for said in Views(store).trace(document.id)[0].business] == ["03", "04"]
    assert audited(store) == []


def test_two_that_missed_each_other_are_brought_together(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    report, recall = a_report(document), a_recall(document)
    ledger.accept([report, recall])
    # As if all had been written at one moment: the document does not see what waits for it.
    commit(store, lambda c: c.execute(update(tables.parked).values(document_id="", instead="", numbered="")))
    ledger.accept([document])
    meant = {"document_id": document.verified.envelope.document_id}
    commit(store, lambda c: c.execute(update(tables.parked).values(meant)))
    assert progress(store, document) == {}
    assert ledger.reconsider(document.accepted + timedelta(1), 10, ("", 0)) == (0, None)  # too long ago
    found, after = ledger.reconsider(document.accepted, 1, ("", 0))
    assert (found, after) == (1, (report.id, 0))
    assert ledger.reconsider(document.accepted, 1, after or ("", 0)) == (1, (recall.id, 0))
    assert progress(store, document) == {RECIPIENT: ("03", None)}
    assert states(store, recall) == {RECIPIENT: "pending"}
    assert rows(store, "parked", "dispatch_id") == []
    assert audited(store) == []


@pytest.mark.parametrize(
    "subject",
    [
        {"agency": RECIPIENT},
        {"agency": "KHONG.CO"},
        {"document_id": "H03.11, 2026/11/22, 7/ubnd-kgvx", "code": "", "promulgated": ""},
        {"document_id": "H03.11-2026-07/UBND-KGVX", "code": "", "promulgated": ""},
        {"document_id": "", "code": "0007/UBND-KGVX", "promulgated": "22/11/2026"},
        {"document_id": "", "code": "7 UBND KGVX", "promulgated": "2026-11-22"},
        {"document_id": "", "code": "7/ubnd-kgvx", "promulgated": ""},
        {"document_id": "H03.11,2026/11/22,7/UBND-KGVX", "code": "7", "promulgated": ""},
    ],
    ids=str,
)
def test_a_status_finds_its_document_however_it_is_cited(store: Engine, subject: dict[str, str]) -> None:
    header = replace(header_of(a_dispatch()), number="7", notation="UBND-KGVX", promulgated="2026/11/22")
    of_last_year = a_dispatch(header=replace(header, promulgated="2025/11/22"))
    document = a_dispatch(header=header, document_id="H03.11,2026/11/22,7/UBND-KGVX")
    ledger = Ledger(store)
    ledger.accept([of_last_year, document])
    report = a_report(document, **subject)
    (found,) = ledger.subjects([report.verified])
    assert found is not None
    assert (found.dispatch_id, found.sender, found.recipients) == (document.id, SENDER, frozenset({RECIPIENT}))
    ledger.accept([report])
    assert progress(store, document) == {RECIPIENT: ("03", None)}


# Recall, update, replacement


@pytest.mark.parametrize("carrier", ["document", "status"])
def test_a_recall_before_pick_up_withdraws_in_silence(store: Engine, carrier: str) -> None:
    ledger, document = Ledger(store), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([document])
    _deliver(store, document, RECIPIENT)
    recall = a_recall(document) if carrier == "document" else asked_back(document, RECIPIENT)
    ledger.accept([recall])
    gone = [RECIPIENT, OTHER] if carrier == "document" else [RECIPIENT]
    assert states(store, recall) == dict.fromkeys(gone, "withdrawn")
    assert {code: statuses(store, document)[code] for code in gone} == dict.fromkeys(gone, "withdrawn")
    assert statuses(store, recall) == dict.fromkeys(gone, "withdrawn")
    assert Views(store).received(RECIPIENT) == []
    waiting = {(parcel.dispatch_id, parcel.recipient) for parcel in Outbox(store).claim(10, 60)}
    assert waiting == ({(document.id, OTHER)} if carrier == "status" else set())
    (trace,) = [way for way in Views(store).trace(document.id) if way.dispatch_id == document.id]
    assert any(event.status is Status.WITHDRAWN and recall.id in event.detail for event in trace.history)
    assert audited(store) == []


@pytest.mark.parametrize("carrier", ["document", "status"])
@pytest.mark.parametrize(("code", "state"), [("15", "agreed"), ("16", "refused")])
def test_a_recall_after_pick_up_is_delivered_and_tracked_to_an_answer(
    store: Engine, carrier: str, code: str, state: str
) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    _deliver(store, document)
    _deliver(store, document, status=Status.TAKEN)
    recall = a_recall(document) if carrier == "document" else asked_back(document, RECIPIENT)
    ledger.accept([recall])
    assert states(store, recall) == {RECIPIENT: "pending"}
    assert statuses(store, recall) == {RECIPIENT: Status.ACCEPTED}
    answer = a_report(document, status=code)
    ledger.accept([answer])
    assert states(store, recall) == {RECIPIENT: state}
    assert rows(store, "request", "answer") == [(answer.id,)]
    assert progress(store, document)[RECIPIENT][1] == code
    assert audited(store) == []


@pytest.mark.parametrize(("made", "state"), [("2026/11/22 09:00:00", "agreed"), ("2026/11/22 09:00:01", "pending")])
def test_an_answer_that_overtook_its_request_counts_when_it_was_given_after_it(
    store: Engine, made: str, state: str
) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    _deliver(store, document)
    ledger.accept([a_report(document, status="15")])  # given at 9:00:00, by the recipient's clock
    asking = asked_back(document, RECIPIENT)
    envelope = asking.verified.envelope
    assert isinstance(envelope.header, StatusHeader)
    header = replace(envelope.header, reported=made)
    ledger.accept([replace(asking, verified=replace(asking.verified, envelope=replace(envelope, header=header)))])
    assert states(store, asking) == {RECIPIENT: state}


def test_a_recipient_that_does_not_answer_in_time_is_told_of_and_may_still_answer(store: Engine) -> None:
    ledger = Ledger(store, patience=timedelta(hours=1))
    document = a_dispatch()
    ledger.accept([document])
    _deliver(store, document, status=Status.TAKEN)
    recall = a_recall(document)
    ledger.accept([recall])
    assert ledger.lapse(recall.accepted + timedelta(minutes=59), 10) == []
    assert [one["about"] for one in ledger.lapse(recall.accepted + timedelta(minutes=61), 10)] == [document.id]
    assert states(store, recall) == {RECIPIENT: "no-answer"}
    assert ledger.lapse(recall.accepted + timedelta(minutes=61), 10) == []
    ledger.accept([a_report(document, status="15")])
    assert states(store, recall) == {RECIPIENT: "agreed"}
    assert audited(store) == []


def test_what_a_system_was_handed_is_not_withdrawn_and_what_it_was_not_is(store: Engine) -> None:
    _pushed(store, RECIPIENT)
    _pushed(store, OTHER)
    ledger, document = Ledger(store), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([document])
    _deliver(store, document, status=Status.QUEUED)
    _deliver(store, document, RECIPIENT)
    recall = a_recall(document)
    ledger.accept([recall])
    assert states(store, recall) == {RECIPIENT: "pending", OTHER: "withdrawn"}


def test_what_is_in_an_agencys_own_queue_is_out_of_our_hands(store: Engine) -> None:
    _pushed(store, RECIPIENT, adapter="queue")
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    _deliver(store, document, status=Status.QUEUED)
    recall = a_recall(document)
    ledger.accept([recall])
    assert states(store, recall) == {RECIPIENT: "pending"}


def test_a_courier_that_was_on_its_way_leads_to_a_recall_that_is_delivered(store: Engine) -> None:
    _pushed(store, RECIPIENT)
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    _deliver(store, document, status=Status.QUEUED)
    recall = a_recall(document)
    ledger.accept([recall])
    assert ledger.settled(parcels_of(document)) == {(document.id, RECIPIENT)}
    _deliver(store, document)  # it had asked before the recall came
    assert statuses(store, document) == {RECIPIENT: Status.DELIVERED}
    assert states(store, recall) == {RECIPIENT: "pending"}
    assert [(parcel.dispatch_id, parcel.attempt) for parcel in Outbox(store).claim(10, 60)] == [(recall.id, 2)]
    assert audited(store) == []


def test_a_mailbox_that_was_about_to_get_what_is_withdrawn_does_not_show_it(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    _deliver(store, document, status=Status.QUEUED)
    recall = a_recall(document)
    ledger.accept([recall])
    _deliver(store, document)
    assert statuses(store, document) == {RECIPIENT: Status.WITHDRAWN}
    assert Views(store).received(RECIPIENT) == []


def test_recalls_racing_couriers_end_withdrawn_or_tracked_and_never_between(store: Engine) -> None:
    _pushed(store, RECIPIENT)
    batch = [a_dispatch() for _ in range(12)]
    recalls = [a_recall(document) for document in batch]
    Ledger(store).accept(batch)

    def recall() -> None:
        for one in recalls:
            Ledger(store).accept([one])

    def deliver() -> None:
        for status in (Status.QUEUED, Status.DELIVERED):
            for one in reversed(batch):
                Ledger(store).record([an_outcome((one, RECIPIENT), status)])

    threads = [threading.Thread(target=work) for work in (recall, deliver)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for document, asked in zip(batch, recalls, strict=True):
        # All were handed over: whatever came first, each recall must be on its way.
        assert statuses(store, document) == {RECIPIENT: Status.DELIVERED}
        assert states(store, asked) == {RECIPIENT: "pending"}
        assert statuses(store, asked) == {RECIPIENT: Status.ACCEPTED}
    assert audited(store) == []


def test_only_its_sender_recalls_a_document(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    stranger = a_recall(document, sender=OTHER)
    (answer,) = ledger.accept([stranger])
    assert isinstance(answer, Receipt)  # it may speak of a document that came another way: it is kept, and does nothing
    assert states(store, stranger) == {}
    assert statuses(store, document) == {RECIPIENT: Status.ACCEPTED}
    assert rows(store, "parked", "dispatch_id") == [(stranger.id,)]


def test_an_update_is_one_more_document_and_is_tracked(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    update = a_change(BusinessType.UPDATE, document, target=document.verified.envelope.document_id)
    ledger.accept([update])
    assert statuses(store, document) == statuses(store, update) == {RECIPIENT: Status.ACCEPTED}
    assert states(store, update) == {RECIPIENT: "pending"}
    ledger.accept([a_report(document, status="05"), a_report(document, status="16")])
    assert progress(store, document) == {RECIPIENT: ("05", "16")}
    assert states(store, update) == {RECIPIENT: "refused"}


def test_several_documents_are_replaced_each_for_its_own_recipients(store: Engine) -> None:
    ledger = Ledger(store)
    first, second = a_dispatch(recipients=[RECIPIENT, OTHER]), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([first, second])
    _deliver(store, second, RECIPIENT, status=Status.TAKEN)
    replaces = [
        Replacement(document_id=first.verified.envelope.document_id, recipients=(OTHER,)),
        Replacement(document_id=second.verified.envelope.document_id),
        Replacement(document_id=second.verified.envelope.document_id, recipients=(OTHER,)),
        Replacement(document_id="nobody,2026/11/22,1/X"),
    ]
    new = a_dispatch(recipients=[RECIPIENT, OTHER])
    new = a_change(BusinessType.REPLACE, new, replaces=replaces)
    ledger.accept([new])
    assert rows(store, "request", "about", "recipient", "state") == [
        (first.id, OTHER, "withdrawn"),
        (second.id, OTHER, "withdrawn"),
        (second.id, RECIPIENT, "pending"),
    ]
    assert statuses(store, first) == {RECIPIENT: Status.ACCEPTED, OTHER: Status.WITHDRAWN}
    assert statuses(store, new) == {RECIPIENT: Status.ACCEPTED, OTHER: Status.ACCEPTED}
    assert len(rows(store, "parked", "dispatch_id")) == 1


def test_a_recall_that_comes_before_its_document_withdraws_it_when_it_comes(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    recall = a_recall(document)
    ledger.accept([recall])
    assert statuses(store, recall) == {RECIPIENT: Status.ACCEPTED}
    ledger.accept([document])
    assert statuses(store, document) == statuses(store, recall) == {RECIPIENT: Status.WITHDRAWN}
    assert states(store, recall) == {RECIPIENT: "withdrawn"}
    assert Outbox(store).claim(10, 60) == []
    assert audited(store) == []


def test_a_successor_reports_for_the_body_that_is_closed_and_answers_what_is_asked_of_it(store: Engine) -> None:
    ledger, directory, heir = Ledger(store), Directory(store), AgencyCode("H55.242")
    for code in (RECIPIENT, heir):
        directory.add(Agency(code=code, name="UBND xã Mẫu"))
    document = a_dispatch()
    ledger.accept([document])
    _deliver(store, document)
    directory.close(RECIPIENT, successor=heir)
    (subject,) = ledger.subjects([a_report(document, sender=heir).verified])
    assert subject is not None
    assert heir in subject.recipients
    ledger.accept([a_report(document, sender=heir, status="04")])
    assert progress(store, document) == {RECIPIENT: ("04", None)}
    assert statuses(store, document) == {RECIPIENT: Status.TAKEN}
    recall = a_recall(document, recipients=[heir])  # the old code leads to the successor
    ledger.accept([recall])
    assert states(store, recall) == {RECIPIENT: "pending"}
    ledger.accept([a_report(document, sender=heir, status="15")])
    assert states(store, recall) == {RECIPIENT: "agreed"}


def test_a_held_recall_does_nothing_until_it_is_judged(store: Engine) -> None:
    ledger, document = Ledger(store), a_dispatch()
    ledger.accept([document])
    recall = a_recall(document)
    proof = replace(recall.verified.proof, admission=Admission.HOLD, doubt="revocation unknown")
    held = replace(recall, verified=replace(recall.verified, proof=proof))
    ledger.accept([held])
    assert states(store, recall) == {}
    good = Text("good", "chứng thư tốt")
    ledger.decide(Decision(dispatch_id=recall.id, admission=Admission.ACCEPT, said=good, verified=recall.verified))
    assert states(store, recall) == {RECIPIENT: "withdrawn"}


def test_what_follows_costs_no_query_for_each_document(store: Engine) -> None:
    ledger, counts = Ledger(store), []
    said: list[str] = []
    event.listen(store, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    for size in (2, 40):
        documents = [a_dispatch(recipients=[RECIPIENT, OTHER]) for _ in range(size)]
        ledger.accept(documents)
        _deliver(store, documents[0])
        batch = [a_report(one) for one in documents] + [a_recall(one) for one in documents]
        said.clear()
        ledger.subjects([one.verified for one in batch[:size]])
        ledger.accept(batch)
        ledger.accept([a_report(one, status="15") for one in documents])
        counts.append(len(said))
    assert counts[0] == counts[1]
