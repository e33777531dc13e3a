"""Rows as evidence sees them: what `evidence.rows` makes canonical bytes of, read back from the tables.

What is read here and what the ledger wrote must be the same values; a test changes every column to see it noticed.
The digests of bytes are computed where the bytes are, in the database.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from lgsp.evidence.rows import Kind
from lgsp.store.tables import Instant, delivery, dispatch, history, refusal, report
from lgsp.store.tables import written as written_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Table

    #: `row` stands beside the columns: how people name it.
    Record = tuple[Kind, Mapping[str, Any]]

_BYTES: Final = ("octets", "seal", "receipt")


def about(connection: Connection, identifier: str) -> list[Record]:
    """Return every row about a dispatch, or about a refusal by its correlation id, in the order they were written."""
    return [
        *dispatches(connection, dispatch.c.id == identifier),
        *histories(connection, history.c.dispatch_id == identifier),
        *reports(connection, (report.c.dispatch_id == identifier) | (report.c.about == identifier)),
        *refusals(connection, refusal.c.correlation == identifier),
    ]


def dispatches(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return dispatches with their recipients, and digests in place of bytes."""
    facts = [c for c in dispatch.c if c.name not in _BYTES]
    digests = [_sha256(connection.dialect.name, dispatch.c[name]).label(name) for name in _BYTES]
    query = select(*facts, *digests).where(which).order_by(dispatch.c.id)
    rows = [_row(dispatch, row) for row in connection.execute(query)]
    to: dict[str, list[str]] = defaultdict(list)
    wanted = select(delivery.c.dispatch_id, delivery.c.recipient).join_from(delivery, dispatch).where(which)
    for identifier, recipient in connection.execute(wanted):
        to[identifier].append(recipient)
    return [(Kind.DISPATCH, {**row, "row": row["id"], "recipients": sorted(to[row["id"]])}) for row in rows]


def histories(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return lines of history."""
    lines = plain(connection, history, which)
    return [(Kind.HISTORY, {**row, "row": f"{row['id']} of {row['dispatch_id']}"}) for row in lines]


def reports(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return business statuses."""
    return [(Kind.REPORT, {**row, "row": row["dispatch_id"]}) for row in plain(connection, report, which)]


def refusals(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return refusals."""
    found = plain(connection, refusal, which)
    return [(Kind.REFUSAL, {**row, "row": f"{row['id']}, correlation {row['correlation']}"}) for row in found]


def plain(connection: Connection, table: Table, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return rows in the order of their keys, moments as they are written."""
    query = select(table).where(which).order_by(*table.primary_key)
    return [_row(table, row) for row in connection.execute(query)]


def _sha256(dialect: str, column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.encode(func.sha256(column), "hex") if dialect == "postgresql" else func.sha256_hex(column)


def _row(table: Table, row: Any) -> dict[str, Any]:
    return {name: _value(table, name, value) for name, value in row._mapping.items()}  # noqa: SLF001  # its public face


def _value(table: Table, name: str, value: Any) -> Any:
    moment = value is not None and isinstance(table.c[name].type, Instant)
    return written_moment(value) if moment else value
