"""Queues deliver more than once and out of order: whatever order outcomes come in, the ledger ends consistent."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import FOLLOWS, Handover, Outcome, Receipt, Status
from lgsp.model.envelope import Arrival
from tests.builders import a_document
from tests.province import Province, an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lgsp.assembly import Assembly

COMMITTEE = AgencyCode("000.00.00.H03")
DEPARTMENT = AgencyCode("000.00.11.H03")
ENDS = frozenset({Status.REFUSED})
PAST = datetime(2020, 1, 1, tzinfo=UTC)
#: The news of one delivery: each attempt may be queued, tried, told of again, and told of late.
NEWS = st.lists(st.tuples(st.sampled_from(sorted(Status)), st.integers(1, 4)), max_size=12)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    return make_province(tmp_path_factory.mktemp("province"), [an_agency(COMMITTEE), an_agency(DEPARTMENT)])


@pytest.fixture(scope="module")
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        yield assembly


class Sender:
    """Sends a new document each time it is asked."""

    def __init__(self, province: Province, bus: Assembly) -> None:
        self.province, self.bus, self.sent = province, bus, 0

    def send(self) -> str:
        self.sent += 1
        octets = self.province.signed(a_document(number=str(self.sent)), COMMITTEE)
        arrival = Arrival(octets=octets, caller=COMMITTEE, door="soap", correlation="c", arrived=datetime.now(UTC))
        (receipt,) = self.bus.intake.accept([arrival])
        assert isinstance(receipt, Receipt)
        return receipt.dispatch_id


@pytest.fixture(scope="module")
def sender(province: Province, bus: Assembly) -> Sender:
    return Sender(province, bus)


def an_outcome(dispatch_id: str, status: Status, attempt: int) -> Outcome:
    return Outcome(
        dispatch_id=dispatch_id,
        recipient=DEPARTMENT,
        status=status,
        attempt=attempt,
        handover=Handover(reference=f"lan-{attempt}") if status is Status.DELIVERED else None,
        due=PAST if status is Status.ACCEPTED else None,
    )


def standing(bus: Assembly, dispatch_id: str) -> tuple[Status, int]:
    (trace,) = bus.views.trace(dispatch_id)
    (stand,) = trace.deliveries
    return stand.status, stand.attempt


def steps(bus: Assembly, dispatch_id: str) -> list[Status]:
    (trace,) = bus.views.trace(dispatch_id)
    return [Status.ACCEPTED, *(e.status for e in trace.history if e.recipient is not None and e.status is not None)]


def in_outbox(bus: Assembly, dispatch_id: str) -> list[int]:
    """Return the attempts that wait, and leave the outbox as it was."""
    parcels = bus.outbox.claim(1000, 30)
    bus.outbox.release(parcels)
    return [parcel.attempt for parcel in parcels if parcel.dispatch_id == dispatch_id]


several = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@several
@given(news=NEWS, cuts=st.lists(st.booleans(), min_size=12, max_size=12))
def test_in_any_order_and_any_batches_each_step_follows_the_one_before(
    bus: Assembly, sender: Sender, news: Sequence[tuple[Status, int]], cuts: list[bool]
) -> None:
    dispatch_id = sender.send()
    batch: list[Outcome] = []
    for (status, attempt), cut in zip(news, cuts, strict=False):
        batch.append(an_outcome(dispatch_id, status, attempt))
        if cut:
            bus.ledger.record(batch)
            batch = []
    bus.ledger.record(batch)
    way = steps(bus, dispatch_id)
    status, attempt = standing(bus, dispatch_id)
    assert all(after in FOLLOWS[before] for before, after in pairwise(way))
    assert way[-1] is status
    # What is accepted waits in the outbox, once, as the attempt to come; nothing else does.
    assert in_outbox(bus, dispatch_id) == ([attempt] if status is Status.ACCEPTED else [])
    bus.ledger.record([an_outcome(dispatch_id, Status.FAILED, attempt)])


@several
@given(news=NEWS, data=st.data())
def test_news_told_twice_changes_nothing_more(
    bus: Assembly, sender: Sender, news: Sequence[tuple[Status, int]], data: st.DataObject
) -> None:
    dispatch_id = sender.send()
    for status, attempt in news:
        outcome = an_outcome(dispatch_id, status, attempt)
        bus.ledger.record([outcome])
        before = standing(bus, dispatch_id)
        if before[0] is not Status.ACCEPTED and data.draw(st.booleans()):
            bus.ledger.record([outcome])
            assert standing(bus, dispatch_id) == before
    bus.ledger.record([an_outcome(dispatch_id, Status.FAILED, standing(bus, dispatch_id)[1])])


@several
@given(end=st.sampled_from(sorted(ENDS)), news=NEWS)
def test_after_an_end_nothing_follows(
    bus: Assembly, sender: Sender, end: Status, news: Sequence[tuple[Status, int]]
) -> None:
    dispatch_id = sender.send()
    bus.ledger.record([an_outcome(dispatch_id, end, 1)])
    bus.ledger.record([an_outcome(dispatch_id, status, attempt) for status, attempt in news])
    assert standing(bus, dispatch_id)[0] is end


def test_every_status_but_an_end_leads_somewhere_and_all_are_reachable() -> None:
    assert {status for status, after in FOLLOWS.items() if not after} == ENDS
    reached, waiting = {Status.ACCEPTED}, [Status.ACCEPTED]
    while waiting:
        new = FOLLOWS[waiting.pop()] - reached
        reached |= new
        waiting += new
    assert reached == set(Status) == set(FOLLOWS)


def test_what_is_with_the_recipient_never_goes_back_into_a_queue() -> None:
    for there in (Status.DELIVERED, Status.TAKEN):
        assert not FOLLOWS[there] & {Status.ACCEPTED, Status.QUEUED, Status.FAILED}


def test_what_was_given_up_goes_nowhere_but_to_the_recipient_s_own_word_that_it_has_it() -> None:
    assert FOLLOWS[Status.FAILED] == {Status.DELIVERED, Status.TAKEN, Status.REFUSED}


def test_what_was_taken_can_only_be_returned() -> None:
    assert FOLLOWS[Status.TAKEN] == {Status.REFUSED}


def test_what_was_withdrawn_goes_into_no_queue_again_for_an_attempt_that_failed(bus: Assembly, sender: Sender) -> None:
    dispatch_id = sender.send()
    news = (Status.QUEUED, Status.WITHDRAWN, Status.ACCEPTED, Status.QUEUED)
    bus.ledger.record([an_outcome(dispatch_id, status, 1) for status in news])
    assert standing(bus, dispatch_id) == (Status.WITHDRAWN, 1)
    assert in_outbox(bus, dispatch_id) == []


def test_late_news_of_an_attempt_that_was_given_up_changes_nothing(bus: Assembly, sender: Sender) -> None:
    dispatch_id = sender.send()
    due = datetime.now(UTC) + timedelta(hours=1)
    postponed = Outcome(
        dispatch_id=dispatch_id, recipient=DEPARTMENT, status=Status.ACCEPTED, attempt=1, detail="bận", due=due
    )
    bus.ledger.record([postponed])
    bus.ledger.record([an_outcome(dispatch_id, Status.QUEUED, 1), postponed])
    assert standing(bus, dispatch_id) == (Status.ACCEPTED, 2)
    assert in_outbox(bus, dispatch_id) == []
    bus.ledger.record([an_outcome(dispatch_id, Status.FAILED, 2)])
