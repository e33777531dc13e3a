"""The tables in code and the tables that the migrations make are the same, on both engines."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from lgsp.model.errors import Misconfigured
from lgsp.store import Directory, Ledger, open_engine, revision, upgrade
from lgsp.store.engine import look
from lgsp.store.tables import metadata
from lgsp.store.upgrading import newest
from tests.dispatches import a_dispatch

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from tests.services.postgres import Postgres


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
    )
    return list(compare_metadata(context, metadata))


def test_migrations_lead_to_the_tables_in_code(store: Engine) -> None:
    assert look(store, _differences) == []


def test_a_new_database_has_no_revision_and_an_upgraded_one_the_newest(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'deep' / 'new.db'}")
    assert revision(engine) == ""
    upgrade(engine)
    assert revision(engine) == newest() != ""
    engine.dispose()


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
