"""The tables in code and the tables that the migrations make are the same, on both engines."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text

from lgsp.evidence.audit import Fault, audit
from lgsp.model.errors import Misconfigured
from lgsp.store import Directory, Leaves, Ledger, open_engine, revision, upgrade, upgrading
from lgsp.store.books import open_books
from lgsp.store.engine import commit, look
from lgsp.store.tables import metadata
from lgsp.store.upgrading import newest, revisions
from tests.dispatches import a_dispatch
from tests.evidence import a_log

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from lgsp.evidence.audit import Finding
    from tests.services.postgres import Postgres


def _differences(connection: Connection) -> list[object]:
    parts = _parts(connection)
    opts = {
        "compare_type": True,
        "compare_server_default": True,
        "render_as_batch": True,
        "include_name": lambda name, _kind, _parents: name not in parts,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=opts), metadata))


def _parts(connection: Connection) -> set[str]:
    """Return the parts of tables, which PostgreSQL shows as tables too."""
    if connection.dialect.name != "postgresql":
        return set()
    return set(
        connection.execute(text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")).scalars()
    )


def test_migrations_lead_to_the_tables_in_code(store: Engine) -> None:
    assert look(store, _differences) == []


def test_a_new_database_has_no_revision_and_an_upgraded_one_the_newest(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'deep' / 'new.db'}")
    assert revision(engine) == ""
    upgrade(engine)
    assert revision(engine) == newest() != ""
    engine.dispose()


def test_the_revisions_that_file_names_tell_are_those_that_alembic_knows() -> None:
    known = [script.revision for script in ScriptDirectory.from_config(upgrading._config()).walk_revisions()]
    assert revisions() == known[::-1]


def test_upgrading_again_keeps_what_is_there(store: Engine) -> None:
    dispatch = a_dispatch(b"kept")
    Ledger(store).accept([dispatch])
    upgrade(store)
    assert Ledger(store).accept([a_dispatch(b"kept")]) == [dispatch.receipt]


def _upgrade_together(urls: list[str]) -> None:
    failed: list[BaseException] = []

    def work(url: str) -> None:
        engine = open_engine(url)
        try:
            upgrade(engine)
        except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
            failed.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=work, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_processes_that_start_together_upgrade_one_after_the_other(postgres: Postgres) -> None:
    postgres.run("CREATE DATABASE together")
    _upgrade_together([postgres.database("together")] * 3)


def test_a_database_without_tables_asks_the_operator_to_upgrade(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Misconfigured, match="lgsp db upgrade"):
        Directory(engine).agencies()
    engine.dispose()


def _back_to_the_first(connection: Connection) -> None:
    """Leave what the first revision can hold of the rows, in the tables that it made."""
    kept = {name: connection.execute(text(f"SELECT * FROM {name}")).mappings().all() for name in metadata.tables}
    metadata.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))
    config = Config()
    config.set_main_option("script_location", "lgsp.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    first = MetaData()
    first.reflect(connection)
    for table in first.sorted_tables:
        rows = [{name: row[name] for name in table.c.keys()} for row in kept.get(table.name, ())]  # noqa: SIM118 - a collection of columns
        if rows and table.name != "directory_revision":
            connection.execute(table.insert(), rows)


def test_what_was_there_before_the_evidence_log_is_entered_and_from_then_on_held_to_it(store: Engine) -> None:
    a_log(store)
    commit(store, _back_to_the_first)
    upgrade(store)
    assert look(store, _differences) == []
    assert _audit(store) == []
    assert Leaves(store).append(1000) == 13
    assert _audit(store) == []
    commit(store, lambda c: c.execute(text("UPDATE dispatch SET admission = 'for-information'")))
    assert {(found.table, found.fault) for found in _audit(store)} == {("dispatch", Fault.CHANGED)}


def _audit(store: Engine) -> list[Finding]:
    with open_books(store) as books:
        return list(audit(books, lambda *_: True))
