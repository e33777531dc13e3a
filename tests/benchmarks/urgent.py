"""`python -m tests.benchmarks.urgent`: how soon an urgent document arrives while a backlog waits at every stage."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ
from tests.urgent import TARGET_SECONDS, embedded, on_servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.urgent import Overtaking

_PAUSE_SECONDS: Final = 0.5


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.urgent", description=__doc__)
    parser.add_argument("--waiting", type=int, default=100_000, help="at each stage (default: %(default)s)")
    parser.add_argument("--times", type=int, default=20, help="urgent documents sent (default: %(default)s)")
    parser.add_argument("--only", choices=["embedded", "servers"])
    wanted = parser.parse_args()
    console = Console()
    table = Table(title=f"seconds until an urgent document is delivered; goal: under {TARGET_SECONDS:g}")
    for heading in ("", "waiting before", "waiting after", "fastest", "median", "slowest"):
        table.add_column(heading, justify="left" if not heading else "right")
    if wanted.only != "servers":
        with _folder() as folder:
            table.add_row("embedded, SOAP", *_measured(embedded(folder, wanted.waiting), ("soap",), wanted.times))
    if wanted.only != "embedded":
        with _folder() as folder, ExitStack() as stack:
            postgres, broker = Postgres(), RabbitMQ()
            stack.callback(postgres.close)
            stack.callback(broker.close)
            overtaking = on_servers(folder, postgres.start(), broker.start(), wanted.waiting)
            row = _measured(overtaking, ("amqp", "soap"), wanted.times)
            table.add_row("RabbitMQ and PostgreSQL, AMQP and SOAP in turn", *row)
    console.print(table)


def _measured(overtaking: Overtaking, doors: Sequence[str], times: int) -> list[str]:
    with overtaking as bus:
        bus.send_urgent(doors[0])  # what connecting takes is not what is measured
        before, took = bus.waiting(), []
        for _, door in zip(range(times), cycle(doors), strict=False):
            took.append(bus.send_urgent(door))
            time.sleep(_PAUSE_SECONDS)
        after = bus.waiting()
    ranked = sorted(took)
    return [f"{before:,}", f"{after:,}", *(f"{ranked[n]:.2f}" for n in (0, len(ranked) // 2, -1))]


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lgsp-urgent-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
