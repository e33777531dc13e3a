"""The store through outages: the error says so, and the next call works once the database is back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.delivery import Status
from lgsp.model.errors import Misconfigured, StoreUnavailable
from lgsp.store import Directory, Ledger, Outbox, Views, open_engine, upgrade
from lgsp.store import engine as engines
from tests.conftest import started
from tests.dispatches import RECIPIENT, SENDER, a_dispatch, an_outcome
from tests.services.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@pytest.fixture
def fragile() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, to be killed."""
    server = started(Postgres)
    yield server
    server.close()


@pytest.mark.integration
def test_a_killed_postgresql_keeps_what_has_a_receipt_and_serves_again(fragile: Postgres) -> None:
    engine = open_engine(fragile.url)
    upgrade(engine)
    ledger, directory = Ledger(engine), Directory(engine, refresh_seconds=0)
    directory.add(Agency(code=SENDER, name="Sở"))
    dispatch = a_dispatch(b"before the crash")
    ledger.accept([dispatch])
    fragile.kill()
    for call in (
        lambda: ledger.accept([a_dispatch()]),
        lambda: ledger.record([an_outcome((dispatch, RECIPIENT), Status.QUEUED)]),
        lambda: Outbox(engine).claim(1, 1),
        lambda: Views(engine).counts(),
    ):
        with pytest.raises(StoreUnavailable):
            call()
    assert directory.find(SENDER) is not None  # from memory
    fragile.start()
    assert ledger.accept([a_dispatch(b"before the crash")]) == [dispatch.receipt]
    assert len(Outbox(engine).claim(10, 1)) == 1
    engine.dispose()


def test_sessions_that_the_server_ended_are_replaced_unseen(postgresql_store: Engine, postgres: Postgres) -> None:
    ledger = Ledger(postgresql_store)
    ledger.accept([a_dispatch()])
    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lgsp'")
    ledger.accept([a_dispatch()])


def test_a_store_locked_by_another_is_unavailable_and_then_serves(
    sqlite_store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_SECONDS", 0.2)
    engine = open_engine(str(sqlite_store.url))
    other = sqlite3.connect(str(sqlite_store.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        Ledger(engine).accept([a_dispatch()])
    other.execute("ROLLBACK")
    other.close()
    Ledger(engine).accept([a_dispatch()])
    engine.dispose()


def test_a_full_disk_is_unavailable_and_then_serves(sqlite_store: Engine) -> None:
    with sqlite_store.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # of this pooled connection, the only one
    with pytest.raises(StoreUnavailable, match="full"):
        Ledger(sqlite_store).accept([a_dispatch(b"x" * 100_000)])
    with sqlite_store.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    Ledger(sqlite_store).accept([a_dispatch(b"x" * 100_000)])


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite://", "oracle", "postgres://a:secret@b/c"])
def test_an_address_of_another_kind_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        open_engine(url)
    assert "secret" not in str(refused.value)


def test_the_file_of_a_store_is_its_owners_alone(sqlite_store: Engine) -> None:
    engine = open_engine(f"{sqlite_store.url}.new")
    Directory(engine)
    upgrade(engine)
    path = engine.url.database
    assert path is not None
    assert Path(path).stat().st_mode & 0o077 == 0
    engine.dispose()


def test_what_is_committed_is_on_disk_before_the_answer(sqlite_store: Engine) -> None:
    with sqlite_store.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]  # 2 is FULL


def test_an_agency_code_survives_the_round_trip(store: Engine) -> None:
    Ledger(store).accept([a_dispatch(recipients=[AgencyCode("Đơn vị.1")])])
    (parcel,) = Outbox(store).claim(1, 1)
    assert isinstance(parcel.recipient, AgencyCode)


def test_a_store_without_tables_asks_the_operator_for_them(store: Engine) -> None:
    with store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO elsewhere")

    with pytest.raises(Misconfigured, match="lgsp db upgrade"):
        Outbox(store).claim(1, 30)
