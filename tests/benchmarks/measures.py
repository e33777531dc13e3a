"""The measurements. Each takes documents nobody has seen yet and returns a Figure."""

from __future__ import annotations

import os
import queue
import threading
import time
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import psycopg
import structlog

from lgsp import telemetry
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Arrival
from tests.benchmarks.cpu import Meter
from tests.benchmarks.papers import SENDERS, sender_of
from tests.services.bus import WALKS, Bus
from tests.services.callers import AmqpCaller, SoapCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.benchmarks.ground import Ground
    from tests.province import Province

    #: Hears how many documents are done.
    Progress = Callable[[int], None]

BATCH: Final = 100
_SOAP_CONNECTIONS: Final = 16
_QUIET_SECONDS: Final = 60
#: Between two looks at how far it is: a look costs the database too.
_LOOK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one measurement found."""

    what: str
    documents: int
    seconds: float
    #: CPU seconds by process.
    cpu: Mapping[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Documents a second."""
        return self.documents / self.seconds

    @property
    def cost(self) -> float:
        """CPU milliseconds a document, all processes together."""
        return sum(self.costs.values())

    @property
    def costs(self) -> dict[str, float]:
        """CPU milliseconds a document, by process."""
        return {name: 1000 * seconds / self.documents for name, seconds in self.cpu.items()}


def intake_alone(ground: Ground, papers: Sequence[bytes], done: Progress) -> Figure:
    """Walk 1 in this process: batches of 100 into PostgreSQL."""
    province = ground.fresh_province()
    with closing(province.assembly()) as bus, _logged(province.folder):
        arrivals = [_arrival(number, octets) for number, octets in enumerate(papers)]
        bus.intake.accept(arrivals[:BATCH])  # connections, plans and keys are not what is measured
        meter = Meter({"intake": os.getpid(), "PostgreSQL": ground.postgres.pid})
        begun = time.monotonic()
        for at in range(BATCH, len(arrivals), BATCH):
            answers = bus.intake.accept(arrivals[at : at + BATCH])
            assert all(isinstance(answer, Receipt) for answer in answers), answers[0]
            done(len(answers))
        seconds, cpu = time.monotonic() - begun, meter.read()
    return Figure(what="intake alone", documents=len(papers) - BATCH, seconds=seconds, cpu=cpu)


def whole_way_by_amqp(
    ground: Ground, brokers: Mapping[str, str], papers: Sequence[bytes], warm: int, done: Progress
) -> Figure:
    """Three processes, and upkeep: from the exchange `lgsp.intake` until every delivery is recorded as delivered."""
    province = ground.fresh_province()
    virtual_host = province.folder.name

    def send(numbers: range) -> None:
        for code in brokers:
            mine = [n for n in numbers if sender_of(n) == code]
            with closing(AmqpCaller(brokers[code] + virtual_host, code, lambda *_: None)) as caller:
                for number in mine:
                    caller.publish(str(number), papers[number])
                caller.flush()

    return _whole_way("whole way, AMQP door", ground, province, send, (warm, len(papers)), done)


def whole_way_by_soap(ground: Ground, papers: Sequence[bytes], warm: int, done: Progress) -> Figure:
    """The same through the SOAP door: some clients with kept-alive connections, each waiting for its receipt."""
    province = ground.fresh_province()

    def send(numbers: range) -> None:
        clients = []
        for code in SENDERS:
            pile: queue.SimpleQueue[bytes] = queue.SimpleQueue()
            for number in numbers:
                if sender_of(number) == code:
                    pile.put(papers[number])
            clients += [
                threading.Thread(target=_work_off, args=(province, code, pile))
                for _ in range(_SOAP_CONNECTIONS // len(SENDERS))
            ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    return _whole_way("whole way, SOAP door", ground, province, send, (warm, len(papers)), done)


def _work_off(province: Province, code: str, pile: queue.SimpleQueue[bytes]) -> None:
    with closing(SoapCaller(_port(province), *province.secrets[AgencyCode(code)])) as caller:
        while not pile.empty():
            try:
                caller.send(pile.get_nowait())
            except queue.Empty:
                return


def _whole_way(
    what: str,
    ground: Ground,
    province: Province,
    send: Callable[[range], None],
    bounds: tuple[int, int],
    done: Progress,
) -> Figure:
    warm, count = bounds
    bus = Bus(config=province.config, port=_port(province), logs=province.folder)
    with bus, psycopg.connect(province.assembly().settings.store.url, autocommit=True) as connection:
        bus.start("upkeep")
        _wait_for_the_door(ground, province.folder.name)
        _wait_for_upkeep(bus)
        send(range(warm))
        _until(connection, 2 * warm, lambda _: None)
        roots: dict[str, int] = {process: bus.pid(process) for process in (*WALKS, "upkeep")}
        roots |= {"PostgreSQL": ground.postgres.pid, "RabbitMQ": ground.broker.pid, "clients": os.getpid()}
        meter = Meter(roots)
        begun = time.monotonic()
        sending = threading.Thread(target=send, args=(range(warm, count),))
        sending.start()
        _until(connection, 2 * count, done, 2 * warm)
        seconds, cpu = time.monotonic() - begun, meter.read()
        sending.join()
    return Figure(what=what, documents=count - warm, seconds=seconds, cpu=cpu)


def _wait_for_the_door(ground: Ground, virtual_host: str) -> None:
    """Return once the AMQP door takes what comes: only then is its queue bound to the exchange."""
    until = time.monotonic() + 30
    while "lgsp.intake\t1" not in ground.broker.control("list_queues", "-p", virtual_host, "name", "consumers"):
        assert time.monotonic() < until, "the AMQP door did not open"


def _wait_for_upkeep(bus: Bus) -> None:
    """Return once it runs: what starting takes is not what a document costs."""
    until = time.monotonic() + 30
    while not bus.said("upkeep", b'"started"'):
        assert time.monotonic() < until, "upkeep did not start"
        time.sleep(0.05)


def _until(connection: psycopg.Connection, wanted: int, done: Progress, before: int = 0) -> None:
    """Wait until so many deliveries are recorded as delivered."""
    moved, last = time.monotonic(), before
    while last < wanted:
        row = connection.execute("SELECT count(*) FROM delivery WHERE status = 'delivered'").fetchone()
        now = row[0] if row else 0
        if now > last:
            done((now - last) // 2)
            moved, last = time.monotonic(), now
        assert time.monotonic() - moved < _QUIET_SECONDS, f"{wanted - last} deliveries do not arrive"
        time.sleep(_LOOK_SECONDS)


def _port(province: Province) -> int:
    return int(province.assembly().settings.http.bind.rpartition(":")[2])


@contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Let this process write its events to a file, as a process of the bus would."""
    with (folder / "intake.log").open("w", encoding="utf-8") as log, redirect_stderr(log):
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
