"""Bringing a database to the tables that this version needs, while processes of the version before work on it.

PostgreSQL: each step is a transaction of its own, and waits for a table no longer than a second at a time, because all
who come after it for that table wait too. SQLite knows one writer at a time: there all steps are one transaction.
"""

from __future__ import annotations

import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import inspect, select, text
from sqlalchemy.exc import OperationalError

from lgsp.model.errors import Misconfigured, Problem, StoreUnavailable
from lgsp.model.text import Text
from lgsp.store.engine import commit, has_file, look, make_file, not_upgraded, session
from lgsp.store.tables import oldest

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config
    from sqlalchemy import Connection, Engine

#: Any number, the same in every version: processes that start together upgrade one after the other.
_LOCK: Final = 0x6C677370
#: Not reached in time, and deadlock: the step is rolled back, and succeeds when it is done again.
_AGAIN: Final = frozenset({"55P03", "40P01"})
_LOCK_SECONDS: Final = 1.0
#: Between two tries; in it those who waited behind the upgrade go on.
_PAUSE_SECONDS: Final = 2.0
_TRIES: Final = 100
_HOLDERS: Final = """
SELECT string_agg('process ' || pid || ' (' || application_name || ', ' || coalesce(state, '') || ', '
                  || date_trunc('second', clock_timestamp() - xact_start) || ')', '; ' ORDER BY xact_start)
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND xact_start < clock_timestamp() - interval '1 second'
"""


def upgrade(engine: Engine, to: str = "head", *, waits: Callable[[str], None] = lambda _: None) -> None:
    """Bring the database to a revision; nothing happens when it is there already. Done again after it was cut off.

    `waits` is told who keeps a step from its tables, each time that it gives way. Raises Misconfigured on a store
    that a newer version has upgraded.
    """
    make_file(engine)
    if engine.dialect.name == "postgresql":
        _upgrade_in_steps(engine, to, waits)
    else:
        commit(engine, lambda connection: _upgrade(connection, to))


def revision(engine: Engine) -> str:
    """Return the revision that the database is at; empty for a new one."""
    if not has_file(engine):
        return ""
    return look(engine, revision_of)


def revision_of(connection: Connection) -> str:
    """Return the same of the database at the other end."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def require_fitting(engine: Engine) -> str:
    """Return the revision, or raise Misconfigured when this version cannot work on it. Makes nothing.

    On a newer store it can when the store says so: while an upgrade is under way, a process of the version before that
    ends is started again.
    """
    found = revision(engine)
    if found == newest():
        return found
    if found < newest():
        raise not_upgraded(f"revision {found}" if found else "no tables")
    if look(engine, lambda connection: connection.execute(select(oldest.c.revision)).scalar()) not in revisions():
        raise _too_new(found)
    return found


def newest() -> str:
    """Return the revision that this version needs."""
    return revisions()[-1]


@cache
def revisions() -> list[str]:
    """Return the revisions that this version knows, the oldest first: their files are named `v<revision>_<what>.py`.

    Alembic says the same, after loading all of them; each process asks when it starts.
    """
    folder = files("lgsp.store.migrations.versions")
    return sorted(file.name[1:].partition("_")[0] for file in folder.iterdir() if file.name.startswith("v"))


def _upgrade_in_steps(engine: Engine, to: str, waits: Callable[[str], None]) -> None:
    with session(engine) as connection:
        # Asked again and again, not waited for: who waits holds a snapshot, and an index that is being built beside
        # the work (CREATE INDEX CONCURRENTLY) waits for every snapshot.
        while not _said(connection, "SELECT pg_try_advisory_lock(:lock)", lock=_LOCK):
            waits("another upgrade is under way")
            time.sleep(_PAUSE_SECONDS)
        _said(connection, "SELECT set_config('lock_timeout', :long, false)", long=f"{_LOCK_SECONDS}s")
        for _ in range(_TRIES):
            try:
                return _upgrade(connection, to)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _AGAIN:
                    raise
            connection.rollback()
            waits(holders := _said(connection, _HOLDERS) or "")
            time.sleep(_PAUSE_SECONDS)
    raise _held(holders)


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command  # noqa: PLC0415 - Alembic takes long to load, and an upgrade alone needs it

    found = revision_of(connection)
    if found and found not in revisions():
        raise _too_new(found)
    if not connection.get_execution_options().get("lgsp_write"):
        connection.rollback()  # Alembic begins and ends the steps' transactions where none is open
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _said(connection: Connection, statement: str, **values: object) -> Any:
    """Return one value, and leave no transaction open."""
    value = connection.execute(text(statement), values).scalar()
    connection.commit()
    return value


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", "lgsp.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _too_new(found: str) -> Misconfigured:
    cure = Text("run this with the newer version of lgsp", "hãy chạy bằng phiên bản lgsp mới hơn")
    expected = Text("a store on which this version may work", "cơ sở dữ liệu mà phiên bản này được phép làm việc")
    return Misconfigured(Problem(element="[store] url", expected=expected, found=f"revision {found}", cure=cure))


def _held(holders: str) -> StoreUnavailable:
    return StoreUnavailable(
        Problem(
            element="lgsp db upgrade",
            expected=Text(
                "tables that nobody holds for longer than a second", "các bảng không bị ai giữ lâu hơn một giây"
            ),
            found=holders[:300],
            cure=Text(
                "end what holds them, e.g. a report or a backup, and run it again; what is done is kept",
                "hãy kết thúc việc đang giữ bảng, như báo cáo hay sao lưu, rồi chạy lại; phần đã xong được giữ nguyên",
            ),
        )
    )
