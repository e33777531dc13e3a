"""The store as it is at one moment, for as long as a copy of it takes."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, and_, func, inspect, or_, select, text

from lgsp.model.delivery import Outcome, Status
from lgsp.store.engine import commit, has_file, look, snapshot
from lgsp.store.leaves import newest_head
from lgsp.store.octets import keep_all
from lgsp.store.tables import delivery, dispatch, entry, leaf
from lgsp.store.upgrading import revision_of, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine, Table

    from lgsp.evidence import Head

_PAGES_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A moment of the store."""

    at: datetime
    revision: str
    documents: int
    #: Leaves of the evidence log, and entries that were none yet.
    leaves: int
    entries: int
    #: The newest head of the log; None while there is none.
    head: Head | None
    #: PostgreSQL's name of it, while it is open; empty on SQLite.
    name: str
    _connection: Connection

    def copy_to(self, file: Path, told: Callable[[int, int], None]) -> None:
        """Copy an SQLite store: one file, complete in itself. Writers go on meanwhile."""
        source: Any = self._connection.connection.driver_connection
        with closing(sqlite3.connect(file)) as copy:
            # The open transaction keeps the moment: without it each write of others would begin the copy anew.
            source.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda _, left, all_: told(all_ - left, all_))
            copy.execute("PRAGMA journal_mode = DELETE")

    def apart(self) -> Iterator[str]:
        """Yield the digest of each document whose octets lie among the blobs, once."""
        # A backup before an upgrade is taken by the version after it: in its store nothing lies apart yet.
        if "apart" in {column["name"] for column in inspect(self._connection).get_columns("dispatch")}:
            query = select(dispatch.c.digest).where(dispatch.c.apart).distinct().order_by(dispatch.c.digest)
            yield from self._connection.execute(query).scalars()


class Points:
    """A store as what is copied, or made out of a copy."""

    def __init__(self, engine: Engine) -> None:
        """Nothing is asked of it yet."""
        self._engine = engine
        #: `postgresql` or `sqlite`.
        self.kind = engine.dialect.name

    @property
    def address(self) -> tuple[str, str]:
        """Where a PostgreSQL store is, as its own tools take it, and the password; empty where it needs none."""
        url = self._engine.url.set(drivername="postgresql")
        return URL.create(**{**url._asdict(), "password": None}).render_as_string(), url.password or ""

    @property
    def file(self) -> Path:
        """Where an SQLite store is."""
        return Path(self._engine.url.database or "")

    @contextmanager
    def now(self) -> Iterator[Point]:
        """Give the store as it is now, as long as the caller wants."""
        postgresql = self.kind == "postgresql"
        with snapshot(self._engine) as connection:
            keep_all(connection)
            yield Point(
                revision=revision_of(connection),
                at=datetime.now(UTC),
                documents=_count(connection, dispatch),
                leaves=_count(connection, leaf),
                entries=_count(connection, entry),
                head=newest_head(connection),
                name=connection.execute(text("SELECT pg_export_snapshot()")).scalar_one() if postgresql else "",
                _connection=connection,
            )

    def is_empty(self) -> bool:
        """Tell whether nothing lies where a store is to be made."""
        if self.kind == "postgresql":
            return look(self._engine, lambda connection: not inspect(connection).get_table_names())
        return not has_file(self._engine)

    def make_ready(self) -> None:
        """Bring what was restored to this version, and let PostgreSQL count it: until then it guesses how to read."""
        upgrade(self._engine)
        if self.kind == "postgresql":
            commit(self._engine, lambda connection: connection.execute(text("ANALYZE")))

    def in_queues(self, detail: str, limit: int, after: tuple[str, str]) -> list[Outcome]:
        """Return, for deliveries that were in a queue, that they wait again; a page, by dispatch and recipient."""
        keys = delivery.c.dispatch_id, delivery.c.recipient
        further = or_(keys[0] > after[0], and_(keys[0] == after[0], keys[1] > after[1]))
        query = select(*keys, delivery.c.attempt).where(delivery.c.status == Status.QUEUED, further)
        rows = look(self._engine, lambda connection: connection.execute(query.order_by(*keys).limit(limit)).all())
        return [
            Outcome(
                dispatch_id=row.dispatch_id,
                recipient=row.recipient,
                status=Status.ACCEPTED,
                attempt=row.attempt,
                detail=detail,
                due=datetime.now(UTC),
            )
            for row in rows
        ]


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
