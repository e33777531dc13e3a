"""The capacity model: its events keep time, its queues follow theory, and it says what was measured."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.capacity.bus import Bus, Machines
from tests.benchmarks.capacity.checking import TOLERANCE, measured_rate, simulated_rate
from tests.benchmarks.capacity.demand import NATION, PROVINCE, RECIPIENTS, arrivals, at_once
from tests.benchmarks.capacity.events import Clock, Pool, Station
from tests.benchmarks.capacity.figures import Line, fitted, load
from tests.benchmarks.capacity.sizing import machines_for, simulated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.capacity.events import Act


def test_what_happens_at_one_moment_happens_in_the_order_in_which_it_was_planned() -> None:
    clock, seen = Clock(), list[str]()
    for moment, name in ((2.0, "c"), (1.0, "a"), (1.0, "b")):
        clock.at(moment, lambda name=name: seen.append(name))  # type: ignore[misc]  # a lambda that binds
    clock.run()
    assert (seen, clock.now) == (["a", "b", "c"], 2.0)


def test_processors_take_turns_so_that_short_work_does_not_wait_for_long_work() -> None:
    clock, ends = Clock(), dict[str, float]()
    pool = Pool(clock, processors=1, speed=2.0)
    pool.work(2.0, lambda: ends.update(long=clock.now))
    pool.work(0.002, lambda: ends.update(short=clock.now))
    clock.run()
    assert ends["short"] < 0.01
    assert ends["long"] == pytest.approx(1.001)
    assert pool.busy == pytest.approx(1.001)


def test_a_line_is_as_long_as_theory_says() -> None:
    # Arrivals at random, service always as long, one server (M/D/1): the mean wait is s * u / (2 * (1 - u)).
    clock, random, waits = Clock(), Random(7), list[float]()
    service, use = 0.01, 0.8

    def serve(batch: Sequence[object], done: Act) -> None:
        waits.extend(clock.now - float(str(moment)) for moment in batch)
        clock.at(clock.now + service, done)

    station = Station(1, 1, serve)
    moment = 0.0
    for _ in range(60_000):
        moment += random.expovariate(use / service)
        clock.at(moment, lambda at=moment: station.offer([at]))  # type: ignore[misc]  # a lambda that binds
    clock.run()
    assert sum(waits) / len(waits) == pytest.approx(service * use / (2 * (1 - use)), rel=0.05)


def test_batches_grow_with_the_load_and_never_beyond_their_limit() -> None:
    figures = load()
    sizes = []
    for rate in (5.0, 0.8 * measured_rate(figures)):
        bus = Bus(figures, Machines(processors=2, alone=True))
        bus.run(arrivals(rate, rate, 10, seed=3))
        sizes.append(bus.stations["intake"].served / bus.stations["intake"].batches)
    backlog = Bus(figures, Machines(processors=2, alone=True))
    backlog.run(at_once(1000, 2))
    assert sizes[0] < sizes[1] < 100
    assert backlog.stations["intake"].batches == 11  # the first came alone


def test_everything_that_arrives_is_delivered_also_where_systems_do_not_answer() -> None:
    bus = Bus(load(), Machines(processors=2, alone=True), going=0.5, unanswered=0.3)
    bus.run(at_once(300, 2))
    assert len(bus.delivered) == 600
    assert max(bus.delivered) > 1.0  # the first pause


def test_the_same_seed_tells_the_same_story() -> None:
    figures = load()
    machines = machines_for(figures, PROVINCE)
    assert simulated(figures, PROVINCE, machines, 30) == simulated(figures, PROVINCE, machines, 30)
    drawn = list(arrivals(50, 50, 100, seed=2))
    assert drawn == list(arrivals(50, 50, 100, seed=2))
    assert sum(one.recipients for one in drawn) / len(drawn) == pytest.approx(RECIPIENTS, rel=0.1)


def test_the_simulation_says_what_was_measured() -> None:
    figures = load()
    assert simulated_rate(figures) == pytest.approx(measured_rate(figures), rel=TOLERANCE)


def test_what_is_bought_for_a_nation_carries_its_busiest_hour() -> None:
    figures = load()
    took = simulated(figures, NATION, machines_for(figures, NATION), seconds=5)
    assert took.most < 2.0


@pytest.mark.parametrize("line", [Line(3.0, 0.5), Line(0.0, 2.0), Line(4.0, 0.0)])
def test_a_line_is_found_through_its_own_points(line: Line) -> None:
    found = fitted([(size, 1000 * line.of(size)) for size in (1, 5, 20, 100)])
    assert found == pytest.approx(line)
