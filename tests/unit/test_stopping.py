"""Processes end in good order and in time, whatever hangs; and go on soon after any outage."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from lgsp import running
from lgsp.fleet import Fleet, Wanted
from lgsp.model.errors import StoreUnavailable
from lgsp.running import Loops

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator


class Runner:
    """Counts its rounds; one that hangs does so until it is closed."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.hangs = hangs
        self.begun = threading.Event()
        self.closed = threading.Event()

    def round(self) -> int:
        self.begun.set()
        if self.hangs:
            self.closed.wait(60)
        return 0

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def loops() -> Iterator[Loops]:
    loops = Loops()
    yield loops
    loops.close(1)


def fleet_of(wanted: dict[Hashable, Wanted], loops: Loops) -> Fleet:
    return Fleet(wanted=lambda: wanted, loops=loops, pause_seconds=0.01, stop_seconds=0.5)


def test_a_runner_that_hangs_holds_up_neither_the_end_of_the_others_nor_of_the_process(loops: Loops) -> None:
    runners = [Runner(), Runner(hangs=True), Runner()]
    fleet = fleet_of({n: Wanted(name=str(n), make=lambda r=r: r) for n, r in enumerate(runners)}, loops)  # type: ignore[misc]
    fleet.adjust()
    assert all(runner.begun.wait(10) for runner in runners)
    begun = time.monotonic()
    fleet.close()
    assert time.monotonic() - begun < 2
    assert all(runner.closed.is_set() for runner in runners)


def test_a_runner_that_hangs_and_is_wanted_no_more_holds_up_no_change_of_the_others(loops: Loops) -> None:
    old, new = Runner(hangs=True), Runner()
    wanted: dict[Hashable, Wanted] = {"old": Wanted(name="old", make=lambda: old)}
    fleet = fleet_of(wanted, loops)
    fleet.adjust()
    assert old.begun.wait(10)
    wanted.clear()
    wanted["new"] = Wanted(name="new", make=lambda: new)
    fleet.adjust()
    assert new.begun.wait(10)
    assert not old.closed.is_set()
    old.hangs = False
    old.closed.set()
    fleet.close()


def test_all_that_hang_are_waited_for_together_and_not_one_after_the_other() -> None:
    loops = Loops()
    hanging = threading.Event()
    for number in range(5):
        loops.keep(str(number), lambda: hanging.wait(60) or 0, pause_seconds=0)
    begun = time.monotonic()
    loops.close(0.3)
    assert time.monotonic() - begun < 1.2
    hanging.set()


def test_after_an_outage_of_any_length_the_next_try_is_at_most_a_few_seconds_away() -> None:
    pauses: list[float] = []

    class Stopping:
        def is_set(self) -> bool:
            return len(pauses) == 40

        def wait(self, seconds: float) -> None:
            pauses.append(seconds)

    def away() -> int:
        raise StoreUnavailable

    running._repeat("step", away, running._Pauses(nothing=0.05, full=1), Stopping())  # type: ignore[arg-type]
    assert max(pauses) <= 6
    assert pauses[0] < 1
    assert len(set(pauses[10:])) > 20  # no two processes come at the same moment for long
