"""Bringing a database to the tables that this version needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from lgsp.store.engine import commit, has_file, look, make_file, not_upgraded

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: Any number, the same in every version: processes that start together upgrade one after the other.
_LOCK: Final = 0x6C677370


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision, in one commit; nothing happens when it is there already."""
    make_file(engine)
    commit(engine, _upgrade)


def revision(engine: Engine) -> str:
    """Return the revision that the database is at; empty for a new one."""
    if not has_file(engine):
        return ""
    return look(engine, lambda c: MigrationContext.configure(c).get_current_revision()) or ""


def require_newest(engine: Engine) -> str:
    """Return the revision, or raise Misconfigured when it is not the one that this version needs. Makes nothing."""
    found = revision(engine)
    if found != newest():
        raise not_upgraded(f"revision {found}" if found else "no tables")
    return found


def newest() -> str:
    """Return the revision that this version needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "lgsp.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
