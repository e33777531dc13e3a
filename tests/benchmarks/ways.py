"""Those that carry documents the whole way: the bus as its operator runs it, and the two yardsticks."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.benchmarks.ground import ELSEWHERE
from tests.benchmarks.plain import INTAKE, furnish
from tests.benchmarks.processes import running
from tests.services.bus import WALKS, Bus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmarks.ground import Ground
    from tests.benchmarks.plain import Place
    from tests.province import Province
    from tests.services.bus import Walk

_START_SECONDS: Final = 90
_LOOK_SECONDS: Final = 0.1
#: Of each loop of a yardstick: with both loops twice as many processes as there are cores.
_LOOPS: Final = ("take", "hand")
_COPIES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Processes that take from the exchange `lgsp.intake`, and record deliveries in the table `delivery`."""

    what: str
    place: Place
    pids: Mapping[str, list[int]]
    #: Whose secrets its SOAP door knows, when it has one.
    province: Province | None = None


@contextmanager
def the_bus(ground: Ground, adapter: str = ELSEWHERE, intakes: int = _COPIES) -> Iterator[Way]:
    """The three walks and upkeep, each a process of its own; of intake as many as a yardstick has loops.

    `adapter`: that of the recipients.
    """
    place = ground.fresh_place()
    province = ground.province(place, adapter)
    port = int(province.assembly().settings.http.bind.rpartition(":")[2])
    options: dict[Walk, Sequence[str]] = {"intake": ("--processes", str(intakes))}
    with Bus(config=province.config, port=port, logs=province.folder, options=options) as bus:
        bus.start("upkeep")
        _wait_for_the_door(ground, place, intakes)
        _wait_for_upkeep(bus)
        pids: dict[str, list[int]] = {walk: [bus.pid(walk)] for walk in (*WALKS, "upkeep")}
        yield Way(what="the bus", place=place, pids=pids, province=province)


@contextmanager
def yardstick(ground: Ground, module: str, what: str) -> Iterator[Way]:
    """Two processes for each of its loops."""
    place = ground.fresh_place()
    furnish(place)
    with ExitStack() as stack:
        pids: dict[str, list[int]] = {}
        for loop in _LOOPS * _COPIES:
            told = (place.name, place.store, place.broker, str(place.keys))
            command = [sys.executable, "-m", f"tests.benchmarks.{module}", loop, *told]
            pids.setdefault(loop, []).append(stack.enter_context(running(command, ground.folder / f"{module}.log")))
        _wait_for_the_door(ground, place, _COPIES)
        yield Way(what=what, place=place, pids=pids)


def _wait_for_the_door(ground: Ground, place: Place, consumers: int = 1) -> None:
    """Return once documents are taken: only then is the bus's queue bound to the exchange."""
    until = time.monotonic() + _START_SECONDS
    while _consumers(ground, place) < consumers:
        assert time.monotonic() < until, "nobody takes documents"


def _wait_for_upkeep(bus: Bus) -> None:
    """Return once it runs: what starting takes is not what a document costs."""
    until = time.monotonic() + _START_SECONDS
    while not bus.said("upkeep", b'"started"'):
        assert time.monotonic() < until, "upkeep did not start"
        time.sleep(_LOOK_SECONDS)


def _consumers(ground: Ground, place: Place) -> int:
    lines = ground.broker.control("list_queues", "-p", place.name, "name", "consumers").splitlines()
    return next((int(line.split()[1]) for line in lines if line.split()[0] == INTAKE), 0)
