"""The bus as stations: intake, relay, couriers and upkeep, on machines of their own or on one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.benchmarks.capacity.events import Clock, Pool, Station
from tests.benchmarks.capacity.figures import Line, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tests.benchmarks.capacity.events import Act
    from tests.benchmarks.capacity.figures import Figures

_BATCH: Final = 100
#: Upkeep takes a thousand leaves: six a document for two.
_NOTED: Final = 170
#: How long a walk rests that found nothing, and one that found less than a full batch.
_RESTS: Final = 0.05
_GATHERS: Final = 0.02
#: The first pause after a system did not answer, and the longest; each is twice the one before.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 3600.0
_PARTS: Final = ("process", "PostgreSQL", "RabbitMQ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """What the bus runs on. Speed 1 is the machine that the figures were measured on."""

    #: Processors of the walks together; with `alone` all of it shares them.
    processors: int
    database: int = 0
    broker: int = 0
    speed: float = 1.0
    alone: bool = False
    #: How many processes of each walk.
    processes: Mapping[str, int] = field(default_factory=dict)


class Document(NamedTuple):
    """What comes in."""

    arrived: float
    recipients: int


class Parcel(NamedTuple):
    """One delivery of it, and how often it was tried in vain."""

    arrived: float
    #: Whether it goes to a system of its recipient; otherwise it lies where it is fetched.
    goes: bool = False
    attempt: int = 0


class Bus:
    """The stations, and what went through them."""

    def __init__(
        self, figures: Figures, machines: Machines, *, going: float = 0.0, unanswered: float = 0.0, seed: int = 1
    ) -> None:
        """`going`: the share of deliveries that go to systems; `unanswered`: that of attempts without an answer."""
        self.clock = Clock()
        self._random = Random(seed)  # to be repeated, not to be secret
        self._going, self._unanswered = going, unanswered
        self.pools = self._pools(machines)
        self._walks = {**figures.walks, "intake": with_door(figures)}
        #: Seconds from arrival until it is recorded as delivered, and until its sender has a receipt.
        self.delivered: list[float] = []
        self.answered: list[float] = []
        #: When the last of them was.
        self.last = 0.0
        makers: dict[str, tuple[Callable[[Any], None], int]] = {
            "intake": (self._accepted, _BATCH),
            "relay": (self._queued, _BATCH),
            "courier": (self._handed, _BATCH),
            "upkeep": (lambda _: None, _NOTED),
        }
        self.stations = {
            name: Station(machines.processes.get(name, 1), limit, partial(self._serve, name, limit, after))
            for name, (after, limit) in makers.items()
        }

    def run(self, documents: Iterable[Document]) -> None:
        """Let documents arrive, in the order of time, until all are delivered and counted."""
        coming = iter(documents)

        def arrive(document: Document) -> None:
            self._offer("intake", [document])
            if (following := next(coming, None)) is not None:
                self.clock.at(following.arrived, lambda: arrive(following))

        if (first := next(coming, None)) is not None:
            self.clock.at(first.arrived, lambda: arrive(first))
        self.clock.run()

    def _serve(self, name: str, limit: int, after: Callable[[Any], None], batch: Sequence[Any], done: Act) -> None:
        work = [(self.pools[part], self._cost(name, part, batch)) for part in _PARTS]
        wait = self._walks[name].wait.of(len(batch))
        # As in `lgsp.running`: after less than a full batch more may gather. Intake takes what waits at once.
        rest = _GATHERS if name in {"relay", "courier"} and len(batch) < limit else 0.0

        def end() -> None:
            after(batch)
            self.clock.at(self.clock.now + rest, done)

        def go_on() -> None:
            if work:
                pool, seconds = work.pop(0)
                pool.work(seconds, go_on)
            else:
                self.clock.at(self.clock.now + wait, end)

        go_on()

    def _cost(self, name: str, part: str, batch: Sequence[Any]) -> float:
        """Return seconds of CPU. A relay's batch costs by where its parcels go."""
        line = self._walks[name].cpu[part]
        if name != "relay" or not (going := sum(parcel.goes for parcel in batch)):
            return line.of(len(batch))
        sending = self._walks["sending"].cpu[part]
        return Line(sending.fixed + line.each * (len(batch) - going), sending.each).of(going)

    def _accepted(self, batch: Sequence[Document]) -> None:
        now = self.clock.now
        self.answered += [now - one.arrived for one in batch]
        parcels = [Parcel(one.arrived, self._goes()) for one in batch for _ in range(one.recipients)]
        self._offer("relay", parcels)
        self._offer("upkeep", batch)

    def _queued(self, batch: Sequence[Parcel]) -> None:
        self._arrive([one for one in batch if not one.goes])
        if going := [one for one in batch if one.goes]:
            self._offer("courier", going)

    def _handed(self, batch: Sequence[Parcel]) -> None:
        there = []
        for one in batch:
            if self._unanswered and self._random.random() < self._unanswered:
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**one.attempt) * self._random.uniform(0.5, 1.0)
                again = one._replace(attempt=one.attempt + 1)
                self.clock.at(self.clock.now + pause, partial(self._offer, "relay", [again]))
            else:
                there.append(one)
        self._arrive(there)

    def _arrive(self, parcels: Sequence[Parcel]) -> None:
        if parcels:
            self.delivered += [self.clock.now - one.arrived for one in parcels]
            self.last = self.clock.now

    def _goes(self) -> bool:
        return bool(self._going) and self._random.random() < self._going

    def _offer(self, name: str, things: Sequence[object]) -> None:
        """Put things before a walk. One that rests since it found nothing looks again after a while."""
        station = self.stations[name]
        if name in {"relay", "upkeep"} and station.rests:
            self.clock.at(self.clock.now + self._random.uniform(0, _RESTS), lambda: station.offer(things))
        else:
            station.offer(things)

    def _pools(self, machines: Machines) -> dict[str, Pool]:
        walks = Pool(self.clock, machines.processors, machines.speed)
        if machines.alone:
            return dict.fromkeys(_PARTS, walks)
        database = Pool(self.clock, machines.database, machines.speed)
        return {"process": walks, "PostgreSQL": database, "RabbitMQ": Pool(self.clock, machines.broker, machines.speed)}


def with_door(figures: Figures) -> Walk:
    """Return what intake costs with the door in front of it."""
    walk = figures.walks["intake"]
    lines = {part: walk.cpu.get(part, Line(0, 0)) for part in _PARTS}
    return Walk(
        cpu={part: Line(line.fixed, max(0.0, line.each + figures.door.get(part, 0.0))) for part, line in lines.items()},
        wait=walk.wait,
    )
