"""SIGKILL in the middle of the work: nothing is lost, nothing is delivered twice to an idempotent receiver."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Final

import pytest

from adapters.simulators.ministry_rest import MinistryRest, octets
from adapters.simulators.running import running
from lgsp.model.agency import AgencyCode
from lgsp.transport.topology import rights
from tests.chaos.reckoning import reckon
from tests.chaos.sabotaged import MISTAKES
from tests.chaos.storm import (
    BY_AMQP,
    BY_SOAP,
    CONFIGURATION,
    FOLDER,
    MAILBOXES,
    MINISTRY,
    Plan,
    Storm,
    Told,
    files_in,
)
from tests.province import an_agency, make_province
from tests.services.bus import WALKS, Bus
from tests.services.server import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.services.bus import Walk
    from tests.services.postgres import Postgres
    from tests.services.rabbitmq import RabbitMQ

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]

#: `make chaos` takes 2,000.
DOCUMENTS: Final = int(os.environ.get("LGSP_CHAOS_DOCUMENTS", "300"))
SEED: Final = int(os.environ.get("LGSP_CHAOS_SEED", "20260310"))


@pytest.fixture
def weather(
    tmp_path: Path, postgres: Postgres, broker: RabbitMQ, publishers: Mapping[str, str]
) -> Iterator[Callable[..., Told]]:
    """Run a plan in a province of its own, on a database and a virtual host of its own."""
    name = f"chaos_{free_port()}"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE ready")
    open_virtual_host(broker, name)
    users = {code: address + name for code, address in publishers.items()}
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    port = free_port()
    with running(MinistryRest()) as ministry:
        options = {k: v for k, v in ministry.system.options(ministry.address, tmp_path).items() if k != "feed"}
        agencies = [an_agency(code) for code in (*BY_SOAP, *BY_AMQP, *MAILBOXES)]
        agencies += [
            an_agency(FOLDER, "folder", incoming=str(incoming)),
            an_agency(MINISTRY, "ministry_rest", **options),
        ]
        province = make_province(
            tmp_path / "province",
            agencies,
            store=postgres.database(name),
            transport=broker.url + name,
            port=port,
            more=CONFIGURATION,
        )

        def held() -> dict[str, list[tuple[str, str]]]:
            records = ministry.system.records
            ministry_s = [(r["maGiaoDich"], hashlib.sha256(octets(r)).hexdigest()) for r in records]
            return {FOLDER: files_in(incoming), MINISTRY: ministry_s}

        def run(plan: Plan, programs: Mapping[Walk, Sequence[str]] | None = None) -> Told:
            bus = Bus(config=province.config, port=port, logs=tmp_path, programs=programs or {})
            return Storm(plan, province, bus, users).run(held)

        yield run
    broker.control("delete_vhost", name)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def publishers(broker: RabbitMQ) -> dict[str, str]:
    """The broker's address for each agency that publishes, without the virtual host."""
    return {code: broker.add_user(code, "^$", "^$", "^$") for code in BY_AMQP}


def open_virtual_host(broker: RabbitMQ, name: str) -> None:
    """Make a virtual host in which each agency may publish to the bus and read its own receipts, no more."""
    broker.control("add_vhost", name)
    broker.control("set_permissions", "-p", name, "bus", ".*", ".*", ".*")
    for code in BY_AMQP:
        own = rights(AgencyCode(code))
        broker.control("set_permissions", "-p", name, code, own.configure, own.write, own.read)


def test_killing_every_process_in_the_middle_of_the_work_loses_and_doubles_nothing(
    weather: Callable[..., Told], capsys: pytest.CaptureFixture[str]
) -> None:
    told = weather(Plan(documents=DOCUMENTS, seed=SEED, kills=2 + DOCUMENTS // 500, mines=True))
    problems = reckon(told.books)
    with capsys.disabled():
        print("\n", *told.lines(problems), sep="\n")  # noqa: T201 - the figures are the point
    assert not problems
    assert told.audit == []
    assert told.log[1] >= 1
    assert told.quiet
    for walk in WALKS:
        by_itself = told.faults.count(f"{walk} by itself")
        assert by_itself >= 1
        assert told.faults.count(walk) + by_itself >= 3
    assert told.faults.count("upkeep") >= 2


@pytest.mark.parametrize("mistake", MISTAKES if DOCUMENTS >= 2000 else ["record-before-publishing"])
def test_a_bus_with_a_mistake_in_it_is_found_out(
    weather: Callable[..., Told], mistake: str, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = MISTAKES[mistake][0]
    program = (sys.executable, "-m", "tests.chaos.sabotaged", mistake)
    told = weather(Plan(documents=40, seed=SEED, patience_seconds=4), {walk: program})
    problems = reckon(told.books)
    with capsys.disabled():
        print(f"\nmistake       {mistake}: found out by {len(problems)} problems, e.g. {problems[:1]}")  # noqa: T201 - a figure too
    assert told.faults
    assert problems
