"""The measurements of a part of the way. Each takes documents nobody has seen yet and returns a Figure."""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager, redirect_stderr
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from lgsp import telemetry
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Arrival
from tests.benchmarks.cpu import Meter
from tests.benchmarks.figure import Figure
from tests.benchmarks.papers import sender_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.benchmarks.carrying import Progress
    from tests.benchmarks.ground import Ground

BATCH: Final = 100


def intake_alone(ground: Ground, papers: Sequence[bytes], done: Progress) -> Figure:
    """Walk 1 in this process: batches of 100 into PostgreSQL."""
    province = ground.fresh_province()
    with closing(province.assembly()) as bus, _logged(province.folder):
        bus.intake.accept(_arrivals(papers, range(BATCH)))  # connections, plans and keys are not what is measured
        meter = Meter({"intake": [os.getpid()], "PostgreSQL": [ground.postgres.pid]})
        begun = time.monotonic()
        for at in range(BATCH, len(papers), BATCH):
            answers = bus.intake.accept(_arrivals(papers, range(at, min(at + BATCH, len(papers)))))
            assert all(isinstance(answer, Receipt) for answer in answers), answers[0]
            done(len(answers))
        seconds, cpu = time.monotonic() - begun, meter.read()
    return Figure(what="intake alone", documents=len(papers) - BATCH, seconds=seconds, cpu=cpu)


@contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Let this process write its events to a file, as a process of the bus would."""
    with (folder / "intake.log").open("w", encoding="utf-8") as log, redirect_stderr(log):
        telemetry.configure()
        yield
    structlog.reset_defaults()


def _arrivals(papers: Sequence[bytes], numbers: range) -> list[Arrival]:
    return [
        Arrival(
            octets=papers[number],
            caller=AgencyCode(sender_of(number)),
            door="bench",
            correlation=f"bench-{number}",
            arrived=datetime.now(UTC),
        )
        for number in numbers
    ]
