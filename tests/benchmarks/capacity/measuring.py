"""Measuring what each walk costs by the size of its batches, in this process, against private servers."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import psycopg
import structlog

from lgsp import telemetry
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Arrival
from lgsp.model.lane import Lane
from lgsp.running import Loops
from lgsp.store import Outbox
from tests.benchmarks.capacity.figures import fitted
from tests.benchmarks.capacity.several import carry
from tests.benchmarks.cpu import Meter
from tests.benchmarks.ground import about
from tests.benchmarks.papers import sender_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lgsp.assembly import Assembly
    from lgsp.courier import Courier
    from tests.benchmarks.capacity.several import Carried
    from tests.benchmarks.ground import Ground

#: Size of a batch, and how many documents are measured in batches of it.
SIZES: Final = {1: 80, 5: 200, 20: 400, 100: 1000}
_WARM: Final = 100
_LEAVES: Final = 6
#: What the whole way takes to get warm, and how much of it is measured.
_WAY: Final = (200, 2500)
#: Of each walk.
_PROCESSES: Final = (1, 2, 4)
PAPERS: Final = _WARM + sum(SIZES.values()) + sum(_WAY)
#: What is in these is on its way, and goes again; and what is fewer bytes a document is not of documents.
_PASSING: Final = frozenset({"entry", "outbox", "queue"})
_SLIGHT: Final = 100
_PARTS: Final = ("process", "PostgreSQL", "RabbitMQ")


class Point(NamedTuple):
    """What calls of one size cost on average: seconds."""

    size: float
    wall: float
    cpu: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Timed:
    """Measures calls."""

    roots: Mapping[str, int]

    def calls(self, work: Callable[[], int]) -> Point:
        """Call `work` until it has nothing to do."""
        meter, begun = Meter({name: [pid] for name, pid in self.roots.items()}), time.monotonic()
        sizes = []
        while size := work():
            sizes.append(size)
        wall, cpu = time.monotonic() - begun, meter.read()
        count = len(sizes)
        return Point(sum(sizes) / count, wall / count, {part: seconds / count for part, seconds in cpu.items()})


def measured(ground: Ground, brokers: Mapping[str, str], papers: Sequence[bytes]) -> dict[str, Any]:
    """Return everything that `figures.json` holds of service times, disk and the whole way."""
    way = papers[-sum(_WAY) :]  # from an even number on: whose a document is, its number says
    province = ground.province(ground.fresh_place())
    with closing(province.assembly()) as bus, _logged(province.folder):
        points = _points(bus, ground, iter(enumerate(papers)))
        disk, log_bytes = _room(bus.settings.store.url)
    whole = {processes: carry(ground, brokers, way, _WAY[0], processes) for processes in _PROCESSES}
    walks = {name: _walk(found) for name, found in points.items()}
    return {
        "facts": about(ground),
        "walks": walks,
        "door": _door(whole[1], walks),
        "whole_way": {
            "documents": whole[1].documents,
            "seconds": whole[1].seconds,
            "processors": os.cpu_count(),
            "left": whole[1].left,
            "clients_ms": whole[1].costs["clients"],
        },
        "processes": {
            str(count): {"documents_per_second": one.documents / one.seconds, "cpu_ms": one.costs}
            for count, one in whole.items()
        },
        "disk": disk,
        "log_bytes": log_bytes,
    }


def _points(bus: Assembly, ground: Ground, papers: Iterator[tuple[int, bytes]]) -> dict[str, list[Point]]:
    timed = _Timed({"process": os.getpid(), "PostgreSQL": ground.postgres.pid, "RabbitMQ": ground.broker.pid})
    found: dict[str, list[Point]] = defaultdict(list)
    for turn, (size, documents) in enumerate(((_WARM, _WARM), *SIZES.items())):
        to_mailboxes, to_systems = ([_arrival(*p) for p in islice(papers, documents // 2)] for _ in range(2))
        courier = _courier(bus, size)
        walks: dict[str, Callable[[], int]] = {
            "intake": partial(_accept, bus, to_mailboxes, size),
            "relay": replace(bus.relay, batch_limit=size).forward,
            "again": partial(_accept, bus, to_systems, size),
            "sending": replace(bus.relay, outbox=Outbox(bus.engine), batch_limit=size).forward,
            "courier": partial(courier.round, 0.5),
            "upkeep": partial(_note, bus, size),
        }
        points = {name: timed.calls(work) for name, work in walks.items()}
        courier.close()
        del points["again"]
        _learn(bus.settings.store.url)
        for name, point in points.items() if turn else ():  # connections, plans and queues are made in the first
            found[name].append(point)
    return found


@contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Let this process write its events to a file, as a process of the bus would."""
    with (folder / "walks.log").open("w", encoding="utf-8") as log, redirect_stderr(log):
        telemetry.configure()
        yield
    structlog.reset_defaults()


def _arrival(number: int, octets: bytes) -> Arrival:
    return Arrival(
        octets=octets,
        caller=AgencyCode(sender_of(number)),
        door="bench",
        correlation=f"bench-{number}",
        arrived=datetime.now(UTC),
    )


def _learn(url: str) -> None:
    """Let PostgreSQL learn what its tables hold, which it does by itself within a minute."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _accept(bus: Assembly, arrivals: list[Arrival], size: int) -> int:
    batch, arrivals[:size] = arrivals[:size], []
    answers = bus.intake.accept(batch) if batch else []
    assert all(isinstance(answer, Receipt) for answer in answers), answers[0]
    return len(batch)


def _courier(bus: Assembly, size: int) -> Courier:
    for key, wanted in bus.couriers(Loops()).wanted().items():
        if Lane.ORDINARY in key:  # type: ignore[operator]  # a tuple
            return cast("Courier", replace(wanted.make(), batch_limit=size))  # type: ignore[type-var]  # a dataclass
    raise AssertionError("nobody to serve")


def _note(bus: Assembly, size: int) -> int:
    """Make leaves of what was entered, and count; return how many documents' worth that was."""
    taken = bus.leaves.append(_LEAVES * size)
    bus.tallies.advance(bus.counting.rules, _LEAVES * size)
    return -(-taken // _LEAVES)


def _walk(points: Sequence[Point]) -> dict[str, Any]:
    # Disks and answers; what grows with the batch beyond that is others' work on the same processors.
    wait = min(1000 * max(0.0, p.wall - sum(p.cpu.values())) for p in points)
    return {
        "cpu": {part: fitted([(p.size, 1000 * p.cpu[part]) for p in points]) for part in _PARTS},
        "wait": (wait, 0.0),
        "points": [
            [round(p.size, 2), round(1000 * p.wall, 3), {k: round(1000 * v, 3) for k, v in p.cpu.items()}]
            for p in points
        ],
    }


def _door(whole: Carried, walks: Mapping[str, Any]) -> dict[str, float]:
    """Return what the whole way costs beyond its walks, in batches of a hundred."""
    times = {"intake": 1, "relay": 2, "upkeep": 1}  # all recipients are mailboxes
    told = {part: sum(_each(walks[name]["cpu"][part], count) for name, count in times.items()) for part in _PARTS}
    costs = whole.costs
    process = costs["intake"] + costs["relay"] + costs["courier"] + costs["upkeep"]
    have = {"process": process, "PostgreSQL": costs["PostgreSQL"], "RabbitMQ": costs["RabbitMQ"]}
    return {part: have[part] - told[part] for part in _PARTS}


def _each(line: Sequence[float], times: int) -> float:
    return times * (line[0] / 100 + line[1])


def _room(url: str) -> tuple[dict[str, tuple[float, float]], float]:
    """Return bytes a document by table, and of the log of changes."""
    query = """SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
               WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC"""
    with psycopg.connect(url) as connection:
        documents = _number(connection, "SELECT count(*) FROM dispatch")
        written = _number(connection, "SELECT pg_current_wal_insert_lsn() - '0/0'")
        tables = connection.execute(query).fetchall()
    disk = {name: (rows / documents, indexes / documents) for name, rows, indexes in tables}
    return {
        name: sizes for name, sizes in disk.items() if sum(sizes) > _SLIGHT and name not in _PASSING
    }, written / documents


def _number(connection: psycopg.Connection, query: str) -> float:
    row = connection.execute(query.encode()).fetchone()
    return float(row[0]) if row else 0.0
