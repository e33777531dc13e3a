"""`python -m tests.benchmarks.queues`: what an agency's queues cost a node of RabbitMQ while nothing is in them.

Declared as the bus declares them, both lanes of each agency; after every step: how long it took, and how much memory
the node holds by then. At the end the node is stopped and started again on all of them.
"""

from __future__ import annotations

import argparse
import json
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.console import Console

from lgsp.model.agency import AgencyCode
from lgsp.transport.amqp import Amqp
from tests.benchmarks.cpu import cpu_seconds
from tests.services.rabbitmq import RabbitMQ

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of each agency: one a lane.
_QUEUES: Final = 2
_SECONDS_IDLE: Final = 10


class Held(NamedTuple):
    """What a node holds."""

    queues: int
    #: Seconds since the line before.
    seconds: float
    #: Bytes of memory.
    memory: int


def measured(broker: RabbitMQ, queues: int, step: int) -> Iterator[Held]:
    """Declare queues step by step, and tell of each step."""
    yield Held(0, 0.0, _memory(broker.pid))
    with closing(Amqp(broker.url, settle_seconds=0)) as transport:
        for first in range(0, queues // _QUEUES, step // _QUEUES):
            begun = time.monotonic()
            codes = [AgencyCode(f"000.{n // 100:03}.{n % 100:02}.H03") for n in range(first, first + step // _QUEUES)]
            transport.provide(codes)
            yield Held((first + step // _QUEUES) * _QUEUES, time.monotonic() - begun, _memory(broker.pid))


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    console = Console(width=100)
    with closing(RabbitMQ()) as broker:
        broker.start()
        broker.control("set_vm_memory_high_watermark", "absolute", "6GB")
        held = []
        for one in measured(broker, wanted.queues, wanted.step):
            held.append(one)
            console.print(f"{one.queues:>7,} queues   {one.seconds:>6.1f} s   {one.memory / 2**20:>7,.0f} MiB")
        begun = cpu_seconds(broker.pid)
        time.sleep(_SECONDS_IDLE)
        idle = (cpu_seconds(broker.pid) - begun) / _SECONDS_IDLE
        console.print(f"idle: {100 * idle:.1f} % of a processor")
        broker.stop()
        begun = time.monotonic()
        broker.start()
        started = time.monotonic() - begun
        console.print(f"started again in {started:.1f} s, {_memory(broker.pid) / 2**20:,.0f} MiB")
    each = (held[-1].memory - held[1].memory) / (held[-1].queues - held[1].queues)
    console.print(f"each queue: {each / 1024:.0f} KiB, {1000 * sum(h.seconds for h in held) / held[-1].queues:.1f} ms")
    if wanted.json:
        told = {"steps": [one._asdict() for one in held], "idle_processors": idle, "restart_seconds": started}
        wanted.json.write_text(json.dumps(told, indent=2), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.queues", description=__doc__)
    parser.add_argument("--queues", type=int, default=4000, help="(default: %(default)s)")
    parser.add_argument("--step", type=int, default=500, help="(default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _memory(pid: int) -> int:
    """Return what the process has in memory, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
