"""A system that does not answer is asked seldom, and what waits for it costs nothing and loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lgsp.breaker import Breaker, Sparing
from lgsp.courier import Courier, Patience
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Delivery, Handover, Outcome, Status
from lgsp.model.errors import RecipientUnavailable, Rejected, StoreUnavailable
from lgsp.transport import Parcel
from tests.dispatches import MOMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

AGENCY = AgencyCode("000.00.11.H03")
SPARING = Sparing(after=3, first_pause_seconds=10, longest_pause_seconds=40)


class Kept:
    """Where it is kept what is open; it can be away."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.away = False

    def opened(self, agency: AgencyCode, why: str) -> None:
        self._say(f"opened {agency} {why}")

    def closed(self, agency: AgencyCode) -> None:
        self._say(f"closed {agency}")

    def _say(self, word: str) -> None:
        if self.away:
            raise StoreUnavailable
        self.said.append(word)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(kept: Kept, clock: Clock) -> Breaker:
    return Breaker(AGENCY, SPARING, kept, clock)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        assert breaker.lets()
        breaker.failed("away")


def test_it_opens_after_so_many_failures_in_a_row_and_an_answer_between_begins_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.answered()
    fail(breaker, 2)
    assert breaker.lets()
    breaker.failed("away")
    assert not breaker.lets()


def test_each_pause_is_twice_the_one_before_up_to_the_longest_and_no_two_are_the_same(
    breaker: Breaker, clock: Clock
) -> None:
    fail(breaker, 3)
    for pause in (10, 20, 40, 40):
        rest = breaker.rests()
        assert 0.8 * pause <= rest <= 1.2 * pause
        clock.now += rest - 0.01
        assert not breaker.lets()
        clock.now += 0.02
        fail(breaker)


def test_while_one_parcel_is_tried_no_other_is(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 13
    assert breaker.lets()
    clock.now += 1000
    assert not breaker.lets()
    breaker.answered()
    assert breaker.lets()
    assert breaker.lets()


def test_what_is_kept_and_told_is_each_change_once(breaker: Breaker, kept: Kept, clock: Clock) -> None:
    fail(breaker, 2)
    assert breaker.keep() is None
    fail(breaker)
    assert [breaker.keep(), breaker.keep()] == [True, None]
    clock.now += 13
    fail(breaker)
    assert breaker.keep() is None
    breaker.answered()
    assert [breaker.keep(), breaker.keep()] == [False, None]
    assert kept.said == [f"opened {AGENCY} away", f"closed {AGENCY}"]


def test_the_first_answer_after_a_start_takes_away_what_an_earlier_process_left_and_is_no_news(
    breaker: Breaker, kept: Kept
) -> None:
    breaker.answered()
    assert [breaker.keep(), breaker.keep()] == [None, None]
    assert kept.said == [f"closed {AGENCY}"]


def test_what_could_not_be_kept_is_kept_the_next_time(breaker: Breaker, kept: Kept) -> None:
    fail(breaker, 3)
    kept.away = True
    with pytest.raises(StoreUnavailable):
        breaker.keep()
    kept.away = False
    assert breaker.keep() is True


class Line:
    """A queue in memory: what was received and not acknowledged comes first, again."""

    def __init__(self, count: int) -> None:
        self.parcels = [parcel(number) for number in range(count)]
        self.acknowledged: list[str] = []

    def receive(self, limit: int, wait_seconds: float) -> list[Parcel]:
        assert not wait_seconds
        return self.parcels[:limit]

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        self.acknowledged += [parcel.dispatch_id for parcel in parcels]
        self.parcels = [parcel for parcel in self.parcels if parcel.dispatch_id not in self.acknowledged]

    def close(self) -> None:
        """Nothing is open."""


class Book:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.over: set[tuple[str, AgencyCode]] = set()

    def settled(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        assert parcels
        return self.over

    def record(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes += outcomes


class System:
    """Answers as it is told: away, or with what it takes."""

    def __init__(self) -> None:
        self.away = True
        self.asked: list[str] = []

    def deliver(self, delivery: Delivery) -> Handover:
        self.asked.append(delivery.dispatch_id)
        if self.away:
            raise RecipientUnavailable
        if delivery.dispatch_id == "d4":
            raise Rejected
        return Handover()

    def close(self) -> None:
        """Nothing is open."""


def parcel(number: int) -> Parcel:
    return Parcel(
        dispatch_id=f"d{number}", recipient=AGENCY, octets=b"<x/>", correlation="", accepted=MOMENT, mark=number + 1
    )


def test_an_open_breaker_leaves_parcels_in_their_queue_untried_uncounted_and_in_order(
    breaker: Breaker, clock: Clock
) -> None:
    line, book, system = Line(8), Book(), System()
    walk = Courier(
        consumer=line,
        adapters={AGENCY: system},
        ledger=book,
        patience=Patience(attempts_limit=2),
        breaker=breaker,
    )
    assert walk.round(0) == 3
    assert [walk.round(0) for _ in range(5)] == [0] * 5
    assert system.asked == line.acknowledged == ["d0", "d1", "d2"]
    clock.now += 13
    assert walk.round(0) == 1
    assert system.asked == ["d0", "d1", "d2", "d3"]
    assert {(o.status, o.attempt) for o in book.outcomes} == {(Status.ACCEPTED, 1)}
    system.away = False
    clock.now += 25
    book.over.add(("d5", AGENCY))
    assert walk.round(0) == 4
    assert system.asked[4:] == ["d4", "d6", "d7"]
    assert [o.status for o in book.outcomes[4:]] == [Status.REFUSED, Status.DELIVERED, Status.DELIVERED]
    assert not line.parcels


def test_what_needs_no_delivery_any_more_leaves_the_queue_without_asking_the_system(
    breaker: Breaker, clock: Clock
) -> None:
    line, book, system = Line(8), Book(), System()
    walk = Courier(consumer=line, adapters={AGENCY: system}, ledger=book, breaker=breaker)
    walk.round(0)
    clock.now += 13
    book.over |= {(parcel.dispatch_id, AGENCY) for parcel in line.parcels}
    assert walk.round(0) == 5
    assert len(system.asked) == 3
