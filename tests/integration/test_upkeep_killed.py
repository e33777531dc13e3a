"""Upkeep is killed at any moment while documents flow: the log is complete, and no leaf is there twice."""

from __future__ import annotations

import random
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Outcome, Receipt, Status
from lgsp.model.envelope import Arrival
from lgsp.store import tables
from lgsp.store.engine import look
from tests.builders import COMMITTEE, DEPARTMENT, a_document
from tests.evidence import audited
from tests.province import an_agency, make_province
from tests.services.bus import Bus

if TYPE_CHECKING:
    from pathlib import Path

    from lgsp.assembly import Assembly
    from tests.province import Province

SEED = 20_260_101
#: What tells, before each kill, that upkeep is at work.
SIGNS = ("leaf", "head", "leaf", "head")
_PATIENCE_SECONDS = 60


def _flow(bus: Assembly, province: Province, ended: threading.Event) -> None:
    """Accept documents and record what becomes of them until `ended`."""
    sender, recipient, number = AgencyCode(COMMITTEE), AgencyCode(DEPARTMENT), 0
    while not ended.wait(0.02):
        number += 1
        octets = province.signed(a_document(number=str(number)), sender)
        arrival = Arrival(octets=octets, caller=sender, door="soap", correlation="c", arrived=datetime.now(UTC))
        (answer,) = bus.intake.accept([arrival])
        assert isinstance(answer, Receipt), answer
        outcomes = [
            Outcome(dispatch_id=answer.dispatch_id, recipient=recipient, status=status)
            for status in (Status.QUEUED, Status.DELIVERED)
        ]
        bus.ledger.record(outcomes)


def _count(bus: Assembly, table: str) -> int:
    query = select(func.count()).select_from(tables.metadata.tables[table])
    return look(bus.engine, lambda c: c.execute(query).scalar_one())


@pytest.mark.timeout(300)  # it starts a process five times
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_upkeep_killed_at_random_moments_leaves_a_complete_log_without_a_leaf_twice(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store = "sqlite:///lgsp.db"
    if engine == "postgresql":
        store = request.getfixturevalue("postgresql_store").url.render_as_string(hide_password=False)
    more = "[evidence]\nhead_every_seconds = 0.2\n"
    province = make_province(tmp_path, [an_agency(c) for c in (COMMITTEE, DEPARTMENT)], store=store, more=more)
    chance, ended = random.Random(SEED), threading.Event()
    processes = Bus(config=province.config, port=0, logs=tmp_path)
    with closing(province.assembly()) as bus:
        flow = threading.Thread(target=_flow, args=(bus, province, ended))
        flow.start()
        try:
            for which in SIGNS:
                before, until = _count(bus, which), time.monotonic() + _PATIENCE_SECONDS
                processes.start("upkeep")
                while _count(bus, which) == before and time.monotonic() < until:
                    time.sleep(0.02)  # it is at work now
                time.sleep(chance.uniform(0, 0.6))
                processes.kill("upkeep")
        finally:
            ended.set()
            flow.join()
        processes.start("upkeep")
        try:
            _until_quiet(bus)
        finally:
            processes.stop()
        certificate = bus.keys.current().certificate
        assert audited(bus.engine, lambda one, _: one == certificate) == []
        numbers = look(bus.engine, lambda c: c.execute(select(tables.leaf.c.number)).scalars().all())
        assert sorted(numbers) == list(range(len(numbers)))
        assert _count(bus, "dispatch") > len(SIGNS)
        assert _count(bus, "head") > 1


def _until_quiet(bus: Assembly) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        newest = bus.log.newest()
        if _count(bus, "entry") == 0 and newest is not None and newest.size == bus.leaves.size():
            return
        time.sleep(0.1)
    pytest.fail("entries are left that nobody makes leaves of")
