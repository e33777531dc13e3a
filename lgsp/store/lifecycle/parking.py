"""What speaks of a document that the bus does not know, or not yet. It waits; it is never an error.

Statuses come before their documents, for documents of other ways, and for documents long gone. A document that comes
looks for what waits for it; two that came at the same moment and missed each other are brought together by upkeep.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, or_, select, tuple_

from lgsp.store.rowset import insert, packed, rowset
from lgsp.store.tables import dispatch, parked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from lgsp.store.lifecycle.seeking import Seeker
    from lgsp.store.pen import Pen

    Place = tuple[str, int]


def park(pen: Pen, seekers: Sequence[Seeker]) -> None:
    """Let these wait."""
    pen.add(_insert(pen.connection.dialect.name), [seeker.row() for seeker in seekers])


def called(connection: Connection, documents: Iterable[Mapping[str, str]]) -> list[Any]:
    """Return what waits for these documents, each with `id`, `document_id` and `numbered`; perhaps for others."""
    return list(connection.execute(_called(connection.dialect.name), {"rows": packed(documents)}))


def youngest(connection: Connection, since: datetime, limit: int, after: Place) -> list[Any]:
    """Return what has waited since `since` at the earliest, in the order of its key, after `after`."""
    key = tuple_(parked.c.dispatch_id, parked.c.position)
    query = select(parked).where(parked.c.since >= since, key > tuple_(*after)).order_by(*key.clauses).limit(limit)
    return list(connection.execute(query))


def still(connection: Connection, rows: Sequence[Any]) -> list[Any]:
    """Return those of these that nobody else has brought to their documents; they are the caller's until the commit."""
    key = tuple_(parked.c.dispatch_id, parked.c.position)
    keys = rowset(connection.dialect.name, parked.c.dispatch_id, parked.c.position)
    mine = select(parked).where(key.in_(select(keys.c.dispatch_id, keys.c.position))).order_by(*key.clauses)
    asked = packed({"dispatch_id": row.dispatch_id, "position": row.position} for row in rows)
    return list(connection.execute(mine.with_for_update(), {"rows": asked}))


def leave(connection: Connection, places: Iterable[Place]) -> None:
    """Let these wait no more."""
    keys = rowset(connection.dialect.name, parked.c.dispatch_id, parked.c.position)
    mine = tuple_(parked.c.dispatch_id, parked.c.position).in_(select(keys.c.dispatch_id, keys.c.position))
    rows = packed({"dispatch_id": i, "position": p} for i, p in places)
    connection.execute(delete(parked).where(mine), {"rows": rows})


def counted(connection: Connection, before: datetime) -> tuple[int, int]:
    """Return how many wait, and how many of these since before `before`."""
    old = select(func.count()).select_from(parked).where(parked.c.since < before)
    return connection.execute(select(func.count()).select_from(parked)).scalar_one(), connection.execute(
        old
    ).scalar_one()


@lru_cache
def _insert(dialect: str) -> Any:
    given = rowset(dialect, *parked.c)
    return insert(dialect, parked).from_select([c.name for c in parked.c], select(*given.c))


@lru_cache
def _called(dialect: str) -> Any:
    came = rowset(dialect, dispatch.c.id, dispatch.c.document_id, dispatch.c.numbered)
    by_id = or_(parked.c.document_id == came.c.document_id, parked.c.instead == came.c.document_id)
    by_number = and_(came.c.numbered != "", parked.c.numbered == came.c.numbered)
    return (
        select(parked)
        .join_from(came, parked, or_(by_id, by_number))
        .where(parked.c.dispatch_id != came.c.id)
        .distinct()
    )
