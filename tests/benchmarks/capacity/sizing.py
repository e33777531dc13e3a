"""What to buy: processors, memory, disks and network for what comes in somewhere, and how long documents then take."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.benchmarks.capacity.bus import Bus, Machines, with_door
from tests.benchmarks.capacity.demand import GOING, RECIPIENTS, STATUSES, arrivals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.benchmarks.capacity.demand import Demand
    from tests.benchmarks.capacity.figures import Figures

#: In the busiest hour this much of what is bought works; the rest is for bursts, and for a machine that fails.
_FULL: Final = 0.5
#: A processor of a server of today does the work of this many of the measured machine.
SPEED: Final = 3.0
_BATCH: Final = 100
#: Of the copies of a queue's messages, and of the store with its standby.
_COPIES: Final = 3
_STORES: Final = 2
#: Two queues an agency.
_QUEUES: Final = 2
_GIB: Final = 2**30
#: What is simulated of the busiest hour, in seconds, and the seed of it.
_SECONDS, _SEED = 60.0, 1
_KILOBYTES: Final = 50.0  # of a document with its attachments, as most are
_PARTS: Final = ("process", "PostgreSQL", "RabbitMQ")


class Took(NamedTuple):
    """Seconds from arrival to the recipient, in the middle and of one in a hundred; and to the receipt."""

    middle: float
    most: float
    receipt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What a size needs."""

    machines: Machines
    #: Bytes a year: rows, indexes and documents of the store, one copy.
    disk: float
    #: Bytes a second that PostgreSQL writes to its log of changes, at the peak.
    log: float
    #: Commits a second at the peak, each a flush to disk.
    flushes: float
    #: Bits a second on the busiest network card.
    network: float
    #: Bytes that queues hold in memory, on each of three nodes.
    queues: float
    took: Took


def work(figures: Figures, batch: float) -> dict[str, float]:
    """Return the CPU seconds of an average envelope by whose they are, in batches of this size."""
    deliveries = _deliveries()
    going = deliveries * GOING
    times = {"intake": 1.0, "relay": deliveries - going, "sending": going, "courier": going, "upkeep": 1.0}
    walks = {**figures.walks, "intake": with_door(figures)}
    return {
        part: sum(
            count * (walks[name].cpu[part].fixed / batch + walks[name].cpu[part].each) / 1000
            for name, count in times.items()
        )
        for part in _PARTS
    }


def bought(figures: Figures, demand: Demand) -> Bought:
    """Return what this size needs."""
    machines = machines_for(figures, demand)
    each = sum(rows + indexes for rows, indexes in figures.disk.values())
    # A status has one recipient where a document has two, and few octets: about half of the rows.
    share = (1 + RECIPIENTS * STATUSES / 2) / (1 + RECIPIENTS * STATUSES)
    batch = max(1.0, demand.envelopes * 0.02)
    return Bought(
        machines=machines,
        disk=demand.yearly * share * each,
        log=demand.envelopes * share * figures.log_bytes,
        flushes=demand.envelopes * (1 + _deliveries() * (2 + 2 * GOING)) / min(batch, _BATCH),
        network=8 * 1024 * _KILOBYTES * demand.peak * (1 + RECIPIENTS * (1 + _COPIES)),
        queues=demand.agencies * _QUEUES * figures.queue["kib"] * 1024,
        took=simulated(figures, demand, machines),
    )


def machines_for(figures: Figures, demand: Demand) -> Machines:
    """Return processors and processes: in the busiest hour half of each works."""
    need = {part: seconds * demand.envelopes / SPEED / _FULL for part, seconds in work(figures, 10).items()}
    deliveries = _deliveries()
    processes = {
        name: max(2, ceil(demand.envelopes * count * _held(figures, name) / _FULL))
        for name, count in (("intake", 1.0), ("relay", deliveries), ("courier", deliveries), ("upkeep", 1.0))
    }
    return Machines(
        processors=max(2, ceil(need["process"])),
        database=max(2, ceil(need["PostgreSQL"])),
        broker=max(2, ceil(need["RabbitMQ"])),
        speed=SPEED,
        processes=processes,
    )


def simulated(figures: Figures, demand: Demand, machines: Machines, seconds: float = _SECONDS) -> Took:
    """Return how long documents take within the busiest hour."""
    bus = Bus(figures, machines, going=GOING, seed=_SEED)
    bus.run(arrivals(demand.peak, demand.envelopes, seconds, _SEED))
    return Took(_at(bus.delivered, 0.5), _at(bus.delivered, 0.99), _at(bus.answered, 0.5))


def _held(figures: Figures, name: str) -> float:
    """Return how long a process of a walk is busy with one thing, others' work for it included."""
    walk = with_door(figures) if name == "intake" else figures.walks[name]
    return (sum(line.of(_BATCH) for line in walk.cpu.values()) / SPEED + walk.wait.of(_BATCH)) / _BATCH


def _deliveries() -> float:
    """Return how many deliveries an average envelope has."""
    return (RECIPIENTS + RECIPIENTS * STATUSES) / (1 + RECIPIENTS * STATUSES)


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def told(sizes: Mapping[str, Bought]) -> list[tuple[str, ...]]:
    """Return lines for a table: what, and how much of it for each size."""
    lines: dict[str, Callable[[Bought], str]] = {
        "processors for the walks": lambda b: f"{b.machines.processors}",
        "processors for PostgreSQL": lambda b: f"{b.machines.database}",
        "processors for RabbitMQ": lambda b: f"{b.machines.broker}",
        "processes: intake, relay, courier, upkeep": lambda b: ", ".join(
            str(b.machines.processes[name]) for name in ("intake", "relay", "courier", "upkeep")
        ),
        "store, GiB a year": lambda b: f"{b.disk / _GIB:,.0f}",
        "with a standby, GiB in five years": lambda b: f"{5 * _STORES * b.disk / _GIB:,.0f}",
        "log of changes, MB/s": lambda b: f"{b.log / 1e6:,.1f}",
        "flushes a second": lambda b: f"{b.flushes:,.0f}",
        "network, Mbit/s": lambda b: f"{b.network / 1e6:,.0f}",
        "memory of queues, GiB a node": lambda b: f"{b.queues / _GIB:,.1f}",
        "to the receipt, seconds (half)": lambda b: f"{b.took.receipt:.3f}",
        "to the recipient, seconds (half)": lambda b: f"{b.took.middle:.3f}",
        "to the recipient, seconds (99 %)": lambda b: f"{b.took.most:.3f}",
    }
    return [(what, *(tell(b) for b in sizes.values())) for what, tell in lines.items()]
