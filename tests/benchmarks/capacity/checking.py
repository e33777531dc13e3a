"""The simulation held against what was measured: the whole way of a backlog, on the machine that was measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.benchmarks.capacity.bus import Bus, Machines
from tests.benchmarks.capacity.demand import arrivals, at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.capacity.figures import Figures

#: How far what is simulated may lie from what was measured.
TOLERANCE: Final = 0.15
_RECIPIENTS: Final = 2
_LOADS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
_SECONDS: Final = 40.0


def here(figures: Figures) -> Machines:
    """Return the machine that was measured, as far as others' work left it: one process a walk, all on one machine."""
    way = figures.whole_way
    left = way["processors"] * way["left"]
    processors = max(1, round(left))  # whoever has most to do gets most of what is left: not a part of each
    return Machines(processors=processors, speed=left / processors, alone=True)


def undisturbed(figures: Figures) -> Machines:
    """Return the same machine with nobody else on it."""
    return Machines(processors=int(figures.whole_way["processors"]), alone=True)


def measured_rate(figures: Figures) -> float:
    """Return the documents a second that were measured."""
    return figures.whole_way["documents"] / figures.whole_way["seconds"]


def simulated_rate(figures: Figures, machines: Machines | None = None) -> float:
    """Return the documents a second that the simulation makes of the same: who sends works on the machine too."""
    door = {**figures.door, "process": figures.door["process"] + figures.whole_way["clients_ms"]}
    bus = Bus(replace(figures, door=door), machines or here(figures))
    documents = int(figures.whole_way["documents"])
    bus.run(at_once(documents, _RECIPIENTS))
    return documents / bus.last


def by_load(figures: Figures) -> Iterator[tuple[float, float, float]]:
    """Yield documents a second, and seconds from arrival to the recipient: in the middle, and of one in a hundred."""
    machines = undisturbed(figures)
    rate = simulated_rate(figures, machines)
    for load in _LOADS:
        bus = Bus(figures, machines)
        bus.run(arrivals(load * rate, load * rate, _SECONDS, seed=1))
        ordered = sorted(bus.delivered)
        yield load * rate, ordered[len(ordered) // 2], ordered[int(0.99 * len(ordered))]
