"""A document walks intake, relay and courier on the embedded default: SQLite in a file, real keys, real adapters."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from lgsp import reception as reception_module
from lgsp.courier import Courier, Patience
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Delivery, Handover, Receipt, Refusal, Status
from lgsp.model.envelope import Arrival
from lgsp.model.errors import (
    LgspError,
    MalformedEnvelope,
    Overloaded,
    RecipientUnavailable,
    Rejected,
    SignatureRejected,
    StoreUnavailable,
    UnknownRecipient,
)
from lgsp.model.lane import Lane
from lgsp.reception import Reception
from signing import EDXML_RULES, Authorities, Result, verify
from tests.builders import a_document, a_status
from tests.province import Province, an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lgsp.assembly import Assembly
    from lgsp.sdk import Adapter

COMMITTEE = AgencyCode("000.00.00.H03")
DEPARTMENT = AgencyCode("000.00.11.H03")
COMMUNE = AgencyCode("000.20.31.H03")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    folder = tmp_path_factory.mktemp("province")
    for name in ("incoming", "department"):
        (folder / name).mkdir()
    agencies = [
        an_agency(COMMITTEE),
        an_agency(DEPARTMENT, "folder", incoming=str(folder / "department")),
        an_agency(COMMUNE, "folder", incoming=str(folder / "incoming")),
    ]
    return make_province(folder, agencies)


@pytest.fixture
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        yield assembly
        while assembly.relay.forward():
            pass
        with closing(courier(assembly, *(agency.code for agency in province.agencies))) as last:
            while last.round(0):
                pass


@pytest.fixture
def number(request: pytest.FixtureRequest) -> str:
    """Return a document number of this test's own, so that no two tests send the same document."""
    return str(int(sha256(request.node.name.encode()).hexdigest(), 16) % 10**8)


def an_arrival(octets: bytes, caller: AgencyCode = COMMITTEE) -> Arrival:
    return Arrival(octets=octets, caller=caller, door="soap", correlation="thu-nghiem", arrived=datetime.now(UTC))


def courier(
    bus: Assembly, *codes: AgencyCode, adapter: Adapter | None = None, patience: Patience | None = None
) -> Courier:
    """Return a courier for these agencies, with their own adapters or with `adapter`."""
    entries = [agency for agency in bus.directory.agencies() if agency.code in codes]
    return Courier(
        consumer=bus.transport.consume(list(codes)),
        adapters={agency.code: adapter or bus.adapter(agency) for agency in entries},
        ledger=bus.ledger,
        patience=patience or Patience(first_pause_seconds=0.001, longest_pause_seconds=0.001),
    )


def accepted(bus: Assembly, octets: bytes, caller: AgencyCode = COMMITTEE) -> Receipt:
    (answer,) = bus.intake.accept([an_arrival(octets, caller)])
    assert isinstance(answer, Receipt), answer
    return answer


def stands(bus: Assembly, dispatch_id: str) -> dict[AgencyCode, Status]:
    (trace,) = bus.views.trace(dispatch_id)
    return {stand.recipient: stand.status for stand in trace.deliveries}


def tried(bus: Assembly, dispatch_id: str, recipient: AgencyCode) -> list[Status | None]:
    (trace,) = bus.views.trace(dispatch_id)
    return [event.status for event in trace.history if event.recipient == recipient]


class Stubborn:
    """A system that answers as it is told, a different way each time; then it takes what comes."""

    def __init__(self, *mood: Exception) -> None:
        self.mood = list(mood)
        self.asked: list[Delivery] = []

    def deliver(self, delivery: Delivery) -> Handover:
        self.asked.append(delivery)
        if self.mood:
            raise self.mood.pop(0)
        return Handover(reference=f"so-{len(self.asked)}")

    def close(self) -> None:
        """Nothing is held."""


def test_a_document_walks_the_whole_way_and_arrives_byte_for_byte(
    province: Province, bus: Assembly, number: str
) -> None:
    octets = province.signed(a_document(recipients=[DEPARTMENT, COMMUNE], number=number), COMMITTEE)
    receipt = accepted(bus, octets)
    assert stands(bus, receipt.dispatch_id) == dict.fromkeys([DEPARTMENT, COMMUNE], Status.ACCEPTED)
    assert bus.relay.forward() == 2
    assert stands(bus, receipt.dispatch_id) == dict.fromkeys([DEPARTMENT, COMMUNE], Status.QUEUED)
    with closing(courier(bus, DEPARTMENT, COMMUNE)) as walk:
        assert walk.round(0) == 2
        assert walk.round(0) == 0
    assert stands(bus, receipt.dispatch_id) == dict.fromkeys([DEPARTMENT, COMMUNE], Status.DELIVERED)
    held = bus.views.document(receipt.dispatch_id, DEPARTMENT)
    assert held is not None
    assert held.octets == octets
    (file,) = (province.folder / "incoming").glob(f"{receipt.dispatch_id}*")
    assert file.read_bytes() == octets


def test_the_sender_s_signature_still_verifies_at_the_recipient(province: Province, bus: Assembly, number: str) -> None:
    from lxml import etree  # noqa: PLC0415 - only this test looks into the octets

    receipt = accepted(bus, province.signed(a_document(number=number), COMMITTEE))
    held = bus.views.document(receipt.dispatch_id, DEPARTMENT)
    assert held is not None
    authorities = Authorities.load(bus.settings.trust.authorities)
    verdict = verify(etree.fromstring(held.octets), EDXML_RULES, authorities, datetime.now(UTC))
    assert verdict.result is Result.VALID


def test_a_status_walks_back_to_the_first_sender_and_says_what_became_of_the_document(
    province: Province, bus: Assembly, number: str
) -> None:
    name = f"{COMMITTEE},2020/09/24,{number}/UBND"
    receipt = accepted(bus, province.signed(a_document(number=number, document_id=name), COMMITTEE))
    answer = accepted(bus, province.signed(a_status(code="03", about=name), DEPARTMENT), caller=DEPARTMENT)
    bus.relay.forward()
    with closing(courier(bus, COMMITTEE, DEPARTMENT)) as walk:
        walk.round(0)
    assert stands(bus, answer.dispatch_id) == {COMMITTEE: Status.DELIVERED}
    (trace,) = bus.views.trace(receipt.dispatch_id)
    assert [(said.reporter, said.code) for said in trace.business] == [(DEPARTMENT, "03")]


def test_what_is_said_of_an_urgent_document_is_as_urgent(province: Province, bus: Assembly, number: str) -> None:
    name = f"{COMMITTEE},2020/09/24,{number}/UBND"
    accepted(bus, province.signed(a_document(number=number, document_id=name, priority=3), COMMITTEE))
    answer = accepted(bus, province.signed(a_status(code="01", about=name), DEPARTMENT), caller=DEPARTMENT)
    waiting = {parcel.dispatch_id: parcel.priority for parcel in bus.outbox.claim(100, 0.001, Lane.URGENT)}
    assert waiting[answer.dispatch_id] == 3


def test_one_bad_document_does_not_fail_its_batch(province: Province, bus: Assembly, number: str) -> None:
    good = [
        province.signed(a_document(number=number, notation=f"UBND-{n}", subject=f"Văn bản {n}"), COMMITTEE)
        for n in range(2)
    ]
    tampered = (
        province.signed(a_document(number=number), COMMITTEE)
        .replace(b">5123/", b">5124/")
        .replace(number.encode(), b"1")
    )
    unknown = province.signed(a_document(number=number, recipients=["000.00.99.H03"]), COMMITTEE)
    waiting = bus.outbox.waiting()
    answers = bus.intake.accept([an_arrival(o) for o in (good[0], tampered, b"\xff<edXML/>", unknown, good[1])])
    assert [type(answer) for answer in answers] == [Receipt, Refusal, Refusal, Refusal, Receipt]
    assert [type(answer.error) for answer in answers if isinstance(answer, Refusal)] == [
        SignatureRejected,
        MalformedEnvelope,
        UnknownRecipient,
    ]
    assert bus.outbox.waiting() == waiting + 2


def test_what_is_unforeseen_in_one_document_is_its_own_refusal_and_says_nothing_of_the_inside(
    province: Province, bus: Assembly, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = province.signed(a_document(number=number, subject="thuốc độc"), COMMITTEE)
    validate = bus.intake.schemas.validate

    def trip(envelope: object, at: datetime) -> object:
        if getattr(envelope, "octets", b"") == poison:
            raise ZeroDivisionError("a secret of the inside")
        return validate(envelope, at)  # type: ignore[arg-type]

    monkeypatch.setattr(type(bus.intake.schemas), "validate", lambda _self, *given: trip(*given))
    good = province.signed(a_document(number=number), COMMITTEE)
    refusal, receipt = bus.intake.accept([an_arrival(poison), an_arrival(good)])
    assert isinstance(refusal, Refusal)
    assert isinstance(receipt, Receipt)
    assert "secret" not in refusal.error.say("en")
    assert "thu-nghiem" in refusal.error.say("vi")


def test_the_same_document_twice_gets_the_first_receipt_byte_for_byte(
    province: Province, bus: Assembly, number: str
) -> None:
    octets = province.signed(a_document(number=number), COMMITTEE)
    first = accepted(bus, octets)
    waiting = bus.outbox.waiting()
    again, twice = bus.intake.accept([an_arrival(octets), an_arrival(octets)])
    assert first == again == twice
    assert bus.outbox.waiting() == waiting


def test_the_same_document_twice_in_one_batch_is_one_document(province: Province, bus: Assembly, number: str) -> None:
    octets = province.signed(a_document(number=number), COMMITTEE)
    waiting = bus.outbox.waiting()
    one, other = bus.intake.accept([an_arrival(octets), an_arrival(octets)])
    assert one == other
    assert bus.outbox.waiting() == waiting + 1


def test_what_its_recipient_fetches_from_the_bus_is_delivered_without_a_queue(
    bus: Assembly, province: Province, number: str
) -> None:
    octets = province.signed(a_document(sender=DEPARTMENT, recipients=[COMMITTEE, COMMUNE], number=number), DEPARTMENT)
    receipt = accepted(bus, octets, DEPARTMENT)
    while bus.relay.forward():
        pass
    assert stands(bus, receipt.dispatch_id) == {COMMITTEE: Status.DELIVERED, COMMUNE: Status.QUEUED}
    assert tried(bus, receipt.dispatch_id, COMMITTEE) == [Status.DELIVERED]
    with closing(bus.transport.consume([COMMITTEE])) as queue:
        assert not queue.receive(10, 0)
    document = bus.views.document(receipt.dispatch_id, COMMITTEE)
    assert document is not None
    assert document.octets == octets


def test_a_redelivered_parcel_is_only_acknowledged(province: Province, bus: Assembly, number: str) -> None:
    receipt = accepted(bus, province.signed(a_document(number=number), COMMITTEE))
    parcels = bus.outbox.claim(100, 30)
    bus.outbox.release(parcels)
    bus.relay.forward()
    system = Stubborn()
    with closing(courier(bus, DEPARTMENT, adapter=system)) as walk:
        assert walk.round(0) == len(parcels)
        asked = len(system.asked)
        bus.transport.publish(parcels)
        assert walk.round(0) == len(parcels)
        assert walk.round(0) == 0
    assert len(system.asked) == asked
    assert tried(bus, receipt.dispatch_id, DEPARTMENT) == [Status.QUEUED, Status.DELIVERED]


def test_a_system_that_is_away_gets_the_document_later(province: Province, bus: Assembly, number: str) -> None:
    receipt = accepted(bus, province.signed(a_document(number=number), COMMITTEE))
    system = Stubborn(RecipientUnavailable(), RecipientUnavailable())
    with closing(courier(bus, DEPARTMENT, adapter=system)) as walk:
        rounds(bus, walk, 3)
    assert [delivery.attempt for delivery in system.asked] == [1, 2, 3]
    assert stands(bus, receipt.dispatch_id) == {DEPARTMENT: Status.DELIVERED}


def test_an_unforeseen_exception_in_an_adapter_is_postponed_and_finally_failed(
    province: Province, bus: Assembly, number: str
) -> None:
    receipt = accepted(bus, province.signed(a_document(number=number), COMMITTEE))
    system = Stubborn(*[KeyError("nội tạng")] * 3)
    patience = Patience(attempts_limit=3, first_pause_seconds=0.001)
    with closing(courier(bus, DEPARTMENT, adapter=system, patience=patience)) as walk:
        rounds(bus, walk, 5)
    assert len(system.asked) == 3
    assert stands(bus, receipt.dispatch_id) == {DEPARTMENT: Status.FAILED}
    (trace,) = bus.views.trace(receipt.dispatch_id)
    assert all("nội tạng" not in event.detail for event in trace.history)


def test_what_a_system_refuses_is_never_brought_again_and_its_words_are_kept(
    province: Province, bus: Assembly, number: str
) -> None:
    receipt = accepted(bus, province.signed(a_document(number=number), COMMITTEE))
    system = Stubborn(Rejected())
    with closing(courier(bus, DEPARTMENT, adapter=system)) as walk:
        rounds(bus, walk, 3)
    assert len(system.asked) == 1
    assert stands(bus, receipt.dispatch_id) == {DEPARTMENT: Status.REFUSED}
    (trace,) = bus.views.trace(receipt.dispatch_id)
    assert Rejected.sentence.vi in trace.history[-1].detail


def test_one_system_s_trouble_leaves_the_others_in_the_batch_alone(
    province: Province, bus: Assembly, number: str
) -> None:
    receipts = [
        accepted(bus, province.signed(a_document(number=number, notation=f"UBND-{n}"), COMMITTEE)) for n in range(3)
    ]
    bus.relay.forward()
    with closing(courier(bus, DEPARTMENT, adapter=Stubborn(TimeoutError(), Rejected()))) as walk:
        walk.round(0)
    found = [stands(bus, receipt.dispatch_id)[DEPARTMENT] for receipt in receipts]
    assert found == [Status.ACCEPTED, Status.REFUSED, Status.DELIVERED]


def test_when_the_outcome_cannot_be_recorded_nothing_is_acknowledged_and_the_system_is_asked_again(
    province: Province, bus: Assembly, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = accepted(bus, province.signed(a_document(number=number), COMMITTEE))
    bus.relay.forward()
    system = Stubborn()
    with closing(courier(bus, DEPARTMENT, adapter=system)) as walk, monkeypatch.context() as broken:
        broken.setattr(type(bus.ledger), "record", unavailable)
        with pytest.raises(StoreUnavailable):
            walk.round(0)
    with closing(courier(bus, DEPARTMENT, adapter=system)) as walk:
        assert walk.round(0) == 1
    assert [delivery.dispatch_id for delivery in system.asked] == [receipt.dispatch_id] * 2
    assert stands(bus, receipt.dispatch_id) == {DEPARTMENT: Status.DELIVERED}


def test_when_the_queues_do_not_answer_the_outbox_keeps_all(
    province: Province, bus: Assembly, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = accepted(bus, province.signed(a_document(number=number), COMMITTEE))
    with monkeypatch.context() as broken:
        broken.setattr(type(bus.transport), "publish", unavailable)
        with pytest.raises(StoreUnavailable):
            bus.relay.forward()
    assert stands(bus, receipt.dispatch_id) == {DEPARTMENT: Status.ACCEPTED}
    assert bus.relay.forward() >= 1
    assert stands(bus, receipt.dispatch_id) == {DEPARTMENT: Status.QUEUED}


def test_pauses_double_up_to_the_longest_and_no_two_are_the_same() -> None:
    patience = Patience(first_pause_seconds=1, longest_pause_seconds=60)
    seconds = [[patience.pause_after(attempt).total_seconds() for _ in range(50)] for attempt in range(1, 12)]
    for attempt, each in enumerate(seconds):
        middle = min(2.0**attempt, 60)
        assert all(0.8 * middle <= pause <= 1.2 * middle for pause in each)
        assert len(set(each)) > 40
    assert patience.pause_after(10_000).total_seconds() <= 72


class Held:
    """An intake that waits at the gate, and keeps how it was called."""

    def __init__(self, *troubles: LgspError) -> None:
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.troubles = list(troubles)

    def accept(self, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
        self.batches.append(len(arrivals))
        self.entered.set()
        assert self.gate.wait(10)
        if self.troubles:
            raise self.troubles.pop(0)
        return [Receipt(dispatch_id=a.correlation, document_id="", octets=a.octets) for a in arrivals]


def numbered(count: int) -> list[Arrival]:
    return [
        Arrival(octets=b"%d" % n, caller=COMMITTEE, door="soap", correlation=str(n), arrived=datetime.now(UTC))
        for n in range(count)
    ]


def test_reception_serves_all_who_came_meanwhile_with_one_commit_and_answers_each() -> None:
    intake = Held()
    with closing(Reception(intake, batch_limit=10)) as reception:  # type: ignore[arg-type]  # only accept is asked
        first, *others = numbered(16)
        futures = [reception.submit(first)]
        assert intake.entered.wait(10)
        futures += [reception.submit(arrival) for arrival in others]
        intake.gate.set()
        answers = [future.result(10) for future in futures]
    assert intake.batches == [1, 10, 5]
    assert [answer.dispatch_id for answer in answers if isinstance(answer, Receipt)] == [str(n) for n in range(16)]


def test_who_came_together_is_waited_for_when_the_first_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reception_module, "_GATHER_SECONDS", 5.0)
    intake = Held()
    with closing(Reception(intake)) as reception:  # type: ignore[arg-type]  # only accept is asked
        futures = [reception.submit(arrival) for arrival in numbered(1)]
        assert intake.entered.wait(10)
        futures += [reception.submit(arrival) for arrival in numbered(3)]
        intake.gate.set()
        for future in futures:
            future.result(10)
        for arrival in numbered(3):
            futures.append(reception.submit(arrival))
            time.sleep(0.02)
        begun = time.monotonic()
        for future in futures:
            future.result(10)
        assert time.monotonic() - begun < 2.5  # nobody else is waited for
    assert intake.batches == [1, 3, 3]


def test_reception_refuses_more_than_may_wait_and_says_try_again() -> None:
    intake = Held()
    with closing(Reception(intake, waiting_limit=3)) as reception:  # type: ignore[arg-type]  # only accept is asked
        first, *others = numbered(5)
        futures = [reception.submit(first)]
        assert intake.entered.wait(10)
        futures += [reception.submit(arrival) for arrival in others[:3]]
        with pytest.raises(Overloaded):
            reception.submit(others[3])
        intake.gate.set()
        assert all(isinstance(future.result(10), Receipt) for future in futures)


def test_what_is_urgent_goes_to_the_head_of_the_line_at_reception_and_finds_room_a_while_longer() -> None:
    intake = Held()
    served: list[str] = []
    accept = intake.accept

    def serve(arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
        served.extend(arrival.correlation for arrival in arrivals)
        return accept(arrivals)

    intake.accept = serve  # type: ignore[method-assign]  # to see the order
    with closing(Reception(intake, batch_limit=3, waiting_limit=4)) as reception:  # type: ignore[arg-type]  # only accept is asked
        first, *others = numbered(6)
        futures = [reception.submit(first)]
        assert intake.entered.wait(10)
        urgent = replace(others[3], octets=b"<x><edXML:Priority> 3 </edXML:Priority></x>")
        futures += [reception.submit(arrival) for arrival in (*others[:3], others[4])]
        with pytest.raises(Overloaded):
            reception.submit(others[3])
        futures.append(reception.submit(urgent))
        with pytest.raises(Overloaded):
            reception.submit(urgent)
        intake.gate.set()
        for future in futures:
            future.result(10)
    assert served == ["0", "4", "1", "2", "3", "5"]


def test_reception_tells_an_outage_to_everybody_in_the_batch_and_lives_on() -> None:
    intake = Held(StoreUnavailable())
    intake.gate.set()
    with closing(Reception(intake)) as reception:  # type: ignore[arg-type]  # only accept is asked
        one, other = numbered(2)
        with pytest.raises(StoreUnavailable):
            reception.submit(one).result(10)
        assert isinstance(reception.submit(other).result(10), Receipt)


def test_reception_answers_who_is_waiting_before_it_closes() -> None:
    intake = Held()
    reception = Reception(intake)  # type: ignore[arg-type]  # only accept is asked
    futures = [reception.submit(arrival) for arrival in numbered(5)]
    intake.gate.set()
    reception.close()
    assert all(future.done() for future in futures)


def test_a_caller_who_gave_up_waiting_harms_nobody() -> None:
    intake = Held()
    with closing(Reception(intake)) as reception:  # type: ignore[arg-type]  # only accept is asked
        first, gone, last = numbered(3)
        reception.submit(first)
        assert intake.entered.wait(10)
        reception.submit(gone).cancel()
        staying = reception.submit(last)
        intake.gate.set()
        assert isinstance(staying.result(10), Receipt)


def unavailable(*_: object) -> None:
    raise StoreUnavailable


def rounds(bus: Assembly, walk: Courier, count: int) -> None:
    """Let relay and courier go round, with time between for pauses to end."""
    for _ in range(count):
        threading.Event().wait(0.01)
        bus.relay.forward()
        walk.round(0)


def test_an_empty_batch_asks_nothing_of_the_store(bus: Assembly) -> None:
    bus.ledger.record([])
    assert bus.ledger.settled([]) == set()
    assert bus.intake.accept([]) == []
