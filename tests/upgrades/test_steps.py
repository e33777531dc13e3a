"""Steps of the store: they only add, give way, and can be cut off and taken again."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import MetaData, create_engine, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.schema import ColumnCollectionConstraint

from lgsp.model.errors import Misconfigured, StoreUnavailable
from lgsp.store import Ledger, open_engine, require_fitting, revision, upgrade, upgrading
from lgsp.store.engine import commit, look
from lgsp.store.migrations import versions
from lgsp.store.tables import oldest
from lgsp.store.upgrading import newest, revisions
from tests.dispatches import a_dispatch
from tests.upgrades.releases import Release, releases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine, Table

    from tests.services.postgres import Postgres

#: What a table holds of one kind, by name: a type, or a rule that rows are held to.
Shape = dict[str, str]
_STEP: Final = """
from alembic import op
revision, down_revision = "9001", {newest!r}
def upgrade():
    {work}
"""
RULE: Final = "docs/decisions/0026-upgrades-and-backups.md"
_BESIDE_THE_WORK: Final = """
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_dispatch_subject ON dispatch (subject)")
"""


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give the bus one step more, which does this."""

    def give(work: str) -> None:
        (tmp_path / "v9001.py").write_text(_STEP.format(newest=newest(), work=work), encoding="utf-8")
        config, known = upgrading._config(), [*revisions(), "9001"]
        config.set_main_option("version_locations", f"{versions.__path__[0]}:{tmp_path}")
        monkeypatch.setattr(upgrading, "_config", lambda: config)
        monkeypatch.setattr(upgrading, "revisions", lambda: known)

    return give


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[Engine]:
    """A PostgreSQL database without tables."""
    postgres.run("CREATE DATABASE steps")
    engine = open_engine(postgres.database("steps"))
    yield engine
    engine.dispose()
    postgres.run("DROP DATABASE steps WITH (FORCE)")


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_a_step_only_adds_or_says_that_it_takes_something_away(release: Release, empty: Engine) -> None:
    upgrade(empty, release.revision)
    before, works_from = _shapes(empty), _oldest(empty)
    for number in revisions()[revisions().index(release.revision) + 1 :]:
        upgrade(empty, number)
        after, now_from = _shapes(empty), _oldest(empty)
        taken = [] if now_from != works_from else list(_taken(before, after))
        assert not taken, f"step {number} breaks the version before ({RULE}): {taken}"
        before, works_from = after, now_from


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE haste",
        "ALTER TABLE dispatch DROP COLUMN anchor",
        "ALTER TABLE dispatch ALTER priority TYPE bigint",
        "ALTER TABLE dispatch ADD COLUMN later integer NOT NULL",
        "ALTER TABLE history ALTER status SET NOT NULL",
        "CREATE UNIQUE INDEX once ON dispatch (document_id)",
    ],
)
def test_a_step_that_breaks_the_version_before_is_found_out(postgresql_store: Engine, change: str) -> None:
    before = _shapes(postgresql_store)
    _say(postgresql_store, change)
    assert len(list(_taken(before, _shapes(postgresql_store)))) == 1


def test_the_last_release_may_work_on_the_newest_store(store: Engine) -> None:
    assert _oldest(store) <= releases()[-1].revision


def test_while_a_table_is_held_an_upgrade_gives_way_and_documents_are_accepted(
    postgresql_store: Engine, step: Callable[[str], None]
) -> None:
    step('op.execute("ALTER TABLE dispatch ADD COLUMN later integer")')
    told: list[str] = []
    upgrading_ = threading.Thread(target=lambda: upgrade(postgresql_store, waits=told.append))
    longest = 0.0
    with postgresql_store.connect() as report:
        report.execute(text("SELECT count(*) FROM dispatch"))
        upgrading_.start()
        until = time.monotonic() + 20
        while len(told) < 2 and time.monotonic() < until:
            begun = time.monotonic()
            Ledger(postgresql_store).accept([a_dispatch(f"{begun}".encode())])
            longest = max(longest, time.monotonic() - begun)
    upgrading_.join(20)
    assert revision(postgresql_store) == "9001"
    assert "lgsp, idle in transaction" in told[-1]
    assert longest < 3


def test_an_upgrade_that_gets_no_turn_at_a_table_names_who_holds_it(
    postgresql_store: Engine, step: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    step('op.execute("ALTER TABLE dispatch ADD COLUMN later integer")')
    monkeypatch.setattr(upgrading, "_TRIES", 1)
    with postgresql_store.connect() as report:
        report.execute(text("SELECT count(*) FROM dispatch"))
        with pytest.raises(StoreUnavailable, match="idle in transaction"):
            upgrade(postgresql_store)
    upgrade(postgresql_store)
    assert revision(postgresql_store) == "9001"


def test_two_upgrades_at_once_can_build_an_index_beside_the_work(
    postgresql_store: Engine, step: Callable[[str], None]
) -> None:
    step(_BESIDE_THE_WORK)
    threads = [threading.Thread(target=upgrade, args=(postgresql_store,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert revision(postgresql_store) == "9001"
    assert "ix_dispatch_subject" in {index["name"] for index in inspect(postgresql_store).get_indexes("dispatch")}


def test_an_upgrade_that_was_killed_is_taken_up_where_it_stood(empty: Engine) -> None:
    url = empty.url.set(drivername="postgresql").render_as_string(hide_password=False)
    killed = subprocess.Popen([sys.executable, "-c", f"from lgsp.store import *; upgrade(open_engine({url!r}))"])
    until = time.monotonic() + 30
    while not revision(empty) and time.monotonic() < until:
        time.sleep(0.001)
    killed.kill()
    killed.wait()
    assert revision(empty)
    upgrade(empty)
    assert require_fitting(empty) == newest()


def test_a_process_works_on_a_newer_store_that_lets_it_and_on_no_other(store: Engine) -> None:
    _say(store, "UPDATE alembic_version SET version_num = '9002'")
    assert require_fitting(store) == "9002"
    _say(store, "UPDATE oldest SET revision = '9001'")
    with pytest.raises(Misconfigured, match="newer version of lgsp"):
        require_fitting(store)


def test_a_newer_store_is_upgraded_by_nobody_older(store: Engine) -> None:
    _say(store, "UPDATE alembic_version SET version_num = '9002'")
    with pytest.raises(Misconfigured, match="newer version of lgsp"):
        upgrade(store)


def test_a_process_does_not_start_on_a_store_that_is_not_upgraded(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(engine, "0016")
    with pytest.raises(Misconfigured, match="lgsp db upgrade"):
        require_fitting(engine)
    engine.dispose()


def _say(engine: Engine, statement: str) -> None:
    commit(engine, lambda connection: connection.execute(text(statement)))


def _oldest(engine: Engine) -> str:
    if not inspect(engine).has_table("oldest"):
        return releases()[0].revision
    found: str = look(engine, lambda connection: connection.execute(select(oldest.c.revision)).scalar_one())
    return found


def _shapes(engine: Engine) -> dict[str, Shape]:
    """Return what every table is made of."""
    plain = create_engine(make_url(engine.url))  # an inspector remembers, and an engine of its own does not
    tables = MetaData()
    tables.reflect(plain)
    plain.dispose()
    return {name: dict(_parts(table)) for name, table in tables.tables.items()}


def _parts(table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        needed = "needed" if not column.nullable and column.server_default is None else "may be left out"
        yield f"column {column.name}", f"{column.type} {needed}"
    for constraint in table.constraints:
        assert isinstance(constraint, ColumnCollectionConstraint)
        yield f"rule {constraint.name}", ", ".join(sorted(column.name for column in constraint.columns))
    for index in table.indexes:
        if index.unique:
            yield f"rule {index.name}", ", ".join(column.name for column in index.columns)


def _taken(before: dict[str, Shape], after: dict[str, Shape]) -> Iterator[str]:
    """Yield what processes that know only the shapes before can no longer do."""
    for name, parts in before.items():
        now = after.get(name)
        if now is None:
            yield f"table {name} is gone"
            continue
        for part, said in parts.items():
            if part.startswith("column") and now.get(part) not in {said, said.replace("needed", "may be left out")}:
                yield f"{name}: {part} was {said}, is {now.get(part, 'gone')}"
        for part in now.keys() - parts.keys():
            if part.startswith("rule") or now[part].endswith(" needed"):
                yield f"{name}: {part} is new: {now[part]}"
