"""A backlog without its history: copies of one accepted document, made inside the database and at the broker."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, cast, func, insert, literal, select

from lgsp.model.delivery import Status
from lgsp.store import Outbox
from lgsp.store.engine import commit, look
from lgsp.store.tables import delivery, dispatch, outbox, queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, FromClause

    from lgsp.transport import Parcel

_AT_ONCE: Final = 500


def fill_outbox(engine: Engine, count: int, mark: str = "a") -> None:
    """Let `count` copies of the one document in the store wait in the outbox, each for the recipients it has."""
    commit(engine, lambda connection: _copied(connection, count, mark))


def fill_queue(engine: Engine, count: int, mark: str = "b") -> None:
    """Let `count` copies lie in the embedded queue."""

    def fill(connection: Connection) -> None:
        _copied(connection, count, mark, Status.QUEUED)
        copies = _copies(mark)
        lying = select(delivery.c.dispatch_id, delivery.c.recipient, literal(1)).where(copies)
        connection.execute(insert(queue).from_select(["dispatch_id", "recipient", "attempt"], lying))

    commit(engine, fill)


def parcels(engine: Engine, count: int, mark: str = "b") -> Iterator[list[Parcel]]:
    """Yield `count` copies, kept as queued, in portions to publish."""
    (template,) = Outbox(engine).claim(1, 0.001)
    commit(engine, lambda connection: _copied(connection, count, mark, Status.QUEUED))
    query = select(delivery.c.dispatch_id, delivery.c.recipient).where(_copies(mark))
    rows = look(engine, lambda connection: connection.execute(query).all())
    for at in range(0, len(rows), _AT_ONCE):
        yield [
            replace(template, dispatch_id=row.dispatch_id, recipient=row.recipient) for row in rows[at : at + _AT_ONCE]
        ]


def _copied(connection: Connection, count: int, mark: str, status: Status = Status.ACCEPTED) -> None:
    numbers = _numbers(connection.dialect.name, count)
    first = select(dispatch.c.id).order_by(dispatch.c.id).limit(1).scalar_subquery()
    ids = _id(mark, numbers.c.n)
    changed: dict[str, Any] = {
        name: ids for name in ("id", "digest", "document_id", "number", "numbered", "correlation") if name in dispatch.c
    }
    values = [changed.get(c.name, c).label(c.name) for c in dispatch.c]
    rows = select(*values).select_from(dispatch).join(numbers, dispatch.c.id == first)
    connection.execute(insert(dispatch).from_select([c.name for c in dispatch.c], rows))
    given = {"dispatch_id": ids, "status": literal(status)}
    values = [given.get(c.name, c).label(c.name) for c in delivery.c]
    rows = select(*values).select_from(delivery).join(numbers, delivery.c.dispatch_id == first)
    connection.execute(insert(delivery).from_select([c.name for c in delivery.c], rows))
    if status is Status.ACCEPTED:
        waiting = select(delivery.c.dispatch_id, delivery.c.recipient, literal(1), literal(0), delivery.c.changed)
        names = ["dispatch_id", "recipient", "attempt", "priority", "due"]
        connection.execute(insert(outbox).from_select(names, waiting.where(_copies(mark))))


def _copies(mark: str) -> Any:
    return delivery.c.dispatch_id.like(f"copy-{mark}-%")


def _id(mark: str, number: Any) -> Any:
    return literal(f"copy-{mark}-") + cast(number, String)


def _numbers(dialect: str, count: int) -> FromClause:
    if dialect == "postgresql":
        return select(func.generate_series(1, count).label("n")).subquery("numbers")
    start = select(literal(1).label("n")).cte("numbers", recursive=True)
    return start.union_all(select(start.c.n + 1).where(start.c.n < count))
