"""Faults in the middle of the work: nothing is lost, nothing is delivered twice to an idempotent receiver."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from lgsp.store import open_engine, upgrade
from tests.chaos.faults import FAULTS, SPECIAL
from tests.chaos.ground import Ground
from tests.chaos.mined import PLACES
from tests.chaos.reckoning import reckon
from tests.chaos.sabotaged import MISTAKES
from tests.chaos.storm import Plan
from tests.conftest import started
from tests.services.bus import WALKS
from tests.services.cluster import Cluster
from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.chaos.told import Told

LONG: Final = bool(os.environ.get("LONG"))
#: `make chaos` takes 2,000, and with LONG=1 200,000.
DOCUMENTS: Final = int(os.environ.get("LGSP_CHAOS_DOCUMENTS", "300"))
#: Fewer than there are kinds: a short choice.
STRIKES: Final = int(os.environ.get("LGSP_CHAOS_FAULTS", str(1000 if LONG else DOCUMENTS // 40)))
SEED: Final = int(os.environ.get("LGSP_CHAOS_SEED", "20260310"))
FEWEST: Final = (*WALKS, "upkeep")
#: What a short run brings; each costs the seconds that it lasts.
SHORT: Final = (
    "kill relay 2",
    "freeze relay",
    "freeze courier",
    "kill PostgreSQL",
    "kill RabbitMQ",
    "cut the lines to PostgreSQL",
    "lose confirms of RabbitMQ",
    "lose answers of PostgreSQL",
    "recipient answers after the time-out",
)

pytestmark = [pytest.mark.chaos, pytest.mark.integration, pytest.mark.timeout(6 * 3600 if LONG else 1800)]


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, RabbitMQ]]:
    """A PostgreSQL and a RabbitMQ to be killed."""
    postgres, broker = started(Postgres), started(RabbitMQ)
    make_ready(postgres)
    yield postgres, broker
    broker.close()
    postgres.close()


@pytest.fixture
def ground(servers: tuple[Postgres, RabbitMQ], tmp_path: Path) -> Ground:
    """The ground of one storm."""
    postgres, broker = servers
    return Ground(folder=tmp_path, postgres=postgres, broker=broker)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 400 MB in memory; only root can make one."""
    place = Path(tempfile.mkdtemp(prefix="lgsp-disk-"))
    place.chmod(0o755)  # PostgreSQL runs as another user
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(place)], check=False)
    if made.returncode:
        place.rmdir()
        pytest.skip("no disk can be made here")
    yield place
    subprocess.run(["umount", str(place)], check=True)
    place.rmdir()


def make_ready(postgres: Postgres) -> None:
    """Make a database with all tables to copy from."""
    postgres.run("CREATE DATABASE ready")
    engine = open_engine(postgres.database("ready"))
    upgrade(engine)
    engine.dispose()


def forecast() -> Sequence[str]:
    """Return which faults strike, each as often as the length of the run allows."""
    if len(FAULTS) > STRIKES:
        return SHORT
    return [*FAULTS] * (STRIKES // len(FAULTS)) + [*FAULTS][: STRIKES % len(FAULTS)]


def judge(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    """Print what happened, and fail when anything is wrong."""
    problems = reckon(told.books)
    with capsys.disabled():
        print("\n", *told.lines(problems), sep="\n")  # noqa: T201 - the figures are the point
    assert not problems
    assert told.audit == []
    assert told.log[1] >= 1
    assert told.quiet


def test_no_fault_in_the_middle_of_the_work_loses_or_doubles_anything(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(words: str) -> None:
        with capsys.disabled():
            print(words, flush=True)  # noqa: T201 - a long run shows that it lives

    plan = Plan(documents=DOCUMENTS, faults=forecast(), mines=True, tell=tell)
    told = ground.storm(plan, SEED)
    judge(told, capsys)
    for fault in plan.faults:
        assert told.faults[fault] >= 1
    for walk, places in PLACES.items():
        for place in places:
            assert told.faults[f"kill {walk}: {place}"] == 1, place


def test_a_full_disk_loses_and_doubles_nothing(
    servers: tuple[Postgres, RabbitMQ], small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    postgres = Postgres(place=small_disk).start()
    try:
        make_ready(postgres)
        ground = Ground(folder=tmp_path, postgres=postgres, broker=servers[1], disk=small_disk)
        plan = Plan(documents=min(DOCUMENTS, 2000), faults=[*SPECIAL] * max(2, STRIKES // 20), walks=FEWEST)
        judge(ground.storm(plan, SEED), capsys)
    finally:
        postgres.close()


def test_a_cluster_that_loses_any_one_node_loses_and_doubles_nothing(
    servers: tuple[Postgres, RabbitMQ], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster = started(Cluster)
    try:
        ground = Ground(folder=tmp_path, postgres=servers[0], broker=cluster)
        plan = Plan(documents=min(DOCUMENTS, 2000), faults=["kill RabbitMQ"] * max(2, STRIKES // 20), walks=FEWEST)
        judge(ground.storm(plan, SEED), capsys)
    finally:
        cluster.close()


@pytest.mark.parametrize("mistake", MISTAKES if DOCUMENTS >= 2000 else ["record-before-publishing"])
def test_a_bus_with_a_mistake_in_it_is_found_out(
    ground: Ground, tmp_path: Path, mistake: str, capsys: pytest.CaptureFixture[str]
) -> None:
    walk, *_, shows = MISTAKES[mistake]
    graves = tmp_path / "graves"
    graves.mkdir()
    program = (sys.executable, "-m", "tests.chaos.sabotaged", mistake, str(graves))
    plan = Plan(documents=60, walks=FEWEST, patience_seconds=40)
    told = ground.storm(plan, SEED, {walk: program})
    found = [problem for problem in reckon(told.books) if shows in problem]
    with capsys.disabled():
        print(f"\nmistake       {mistake}: found out by {len(found)} problems, e.g. {found[:1]}")  # noqa: T201 - a figure too
    assert found
