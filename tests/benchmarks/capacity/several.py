"""The whole way with several processes of each walk, on one store and one broker."""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from tests.benchmarks.cpu import Meter
from tests.benchmarks.papers import sender_of
from tests.services.bus import WALKS, Bus
from tests.services.callers import AmqpCaller
from tests.services.server import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.ground import Ground
    from tests.province import Province

_QUIET_SECONDS: Final = 90
_LOOK_SECONDS: Final = 0.25


class Carried(NamedTuple):
    """What a measurement found."""

    documents: int
    seconds: float
    #: CPU milliseconds a document, by process: all of one walk together.
    costs: Mapping[str, float]
    #: The share of the machine's processors that others' work left.
    left: float


def carry(ground: Ground, brokers: Mapping[str, str], papers: Sequence[bytes], warm: int, processes: int) -> Carried:
    """Carry documents for two each, from the exchange to recorded delivery; the first `warm` are not measured."""
    province = ground.province(ground.fresh_place())
    with ExitStack() as stack:
        buses = [stack.enter_context(bus) for bus in _buses(province, processes)]
        buses[0].start("upkeep")
        connection = stack.enter_context(psycopg.connect(province.assembly().settings.store.url, autocommit=True))
        _open(ground, province.folder.name, processes)
        _send(brokers, province.folder.name, papers, range(warm))
        _until(connection, 2 * warm)
        connection.execute("ANALYZE")
        roots: dict[str, list[int]] = {walk: [bus.pid(walk) for bus in buses] for walk in WALKS}
        roots |= {"upkeep": [buses[0].pid("upkeep")], "clients": [os.getpid()]}
        meter = Meter({**roots, "PostgreSQL": [ground.postgres.pid], "RabbitMQ": [ground.broker.pid]})
        begun, busy = time.monotonic(), _busy()
        wanted = range(warm, len(papers))
        sending = threading.Thread(target=_send, args=(brokers, province.folder.name, papers, wanted))
        sending.start()
        _until(connection, 2 * len(papers))
        seconds, cpu, busy = time.monotonic() - begun, meter.read(), _busy() - busy
        sending.join()
    others = max(0.0, busy - sum(cpu.values())) / seconds / (os.cpu_count() or 1)
    return Carried(len(wanted), seconds, {name: 1000 * used / len(wanted) for name, used in cpu.items()}, 1 - others)


def _buses(province: Province, processes: int) -> list[Bus]:
    """Return the walks once for each process: only where the doors listen is not the same."""
    written = province.config.read_text(encoding="utf-8")
    mine = province.assembly().settings.http.bind
    buses = []
    for number in range(processes):
        port, folder = free_port(), province.folder / f"process-{number}"
        folder.mkdir()
        config: Path = province.config.with_name(f"lgsp-{number}.toml")
        config.write_text(written.replace(mine, f"127.0.0.1:{port}"), encoding="utf-8")
        buses.append(Bus(config=config, port=port, logs=folder))
    return buses


def _open(ground: Ground, virtual_host: str, processes: int) -> None:
    """Return once every AMQP door takes what comes."""
    until = time.monotonic() + 60
    wanted = f"lgsp.intake\t{processes}"
    while wanted not in ground.broker.control("list_queues", "-p", virtual_host, "name", "consumers").splitlines():
        assert time.monotonic() < until, "the AMQP doors did not open"


def _send(brokers: Mapping[str, str], virtual_host: str, papers: Sequence[bytes], numbers: range) -> None:
    for code in brokers:
        with closing(AmqpCaller(brokers[code] + virtual_host, code, lambda *_: None)) as caller:
            for number in numbers:
                if sender_of(number) == code:
                    caller.publish(str(number), papers[number])
            caller.flush()


def _until(connection: psycopg.Connection, wanted: int) -> None:
    """Return once so many deliveries are recorded as delivered."""
    moved, last = time.monotonic(), -1
    while last < wanted:
        row = connection.execute("SELECT count(*) FROM delivery WHERE status = 'delivered'").fetchone()
        now = row[0] if row else 0
        if now > last:
            moved, last = time.monotonic(), now
        assert time.monotonic() - moved < _QUIET_SECONDS, f"{wanted - last} deliveries do not arrive"
        time.sleep(_LOOK_SECONDS)


def _busy() -> float:
    """Return for how many seconds the machine's processors have worked, all together."""
    user, nice, system, _idle, _waiting, *rest = map(
        int, Path("/proc/stat").read_text("ascii").split("\n")[0].split()[1:9]
    )
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")
