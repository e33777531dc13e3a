"""Rows as evidence sees them: what `evidence.rows` makes canonical bytes of, read back from the tables.

What is read here and what the ledger wrote must be the same values; a test changes every column to see it noticed.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from lgsp.evidence.rows import Kind
from lgsp.store.tables import Instant, delivery, dispatch, history, refusal, report
from lgsp.store.tables import written as written_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Table

    Record = tuple[Kind, Mapping[str, Any]]

_BYTES: Final = frozenset({"octets", "seal", "receipt"})


def about(connection: Connection, identifier: str) -> list[Record]:
    """Return every row about a dispatch, or about a refusal by its correlation id, in the order they were written."""
    return [
        *dispatches(connection, dispatch.c.id == identifier, octets=False),
        *histories(connection, history.c.dispatch_id == identifier),
        *reports(connection, (report.c.dispatch_id == identifier) | (report.c.about == identifier)),
        *refusals(connection, refusal.c.correlation == identifier),
    ]


def dispatches(connection: Connection, which: ColumnElement[bool], *, octets: bool) -> list[Record]:
    """Return dispatches with their recipients; with `octets` also `octets`, the digest of them, unless erased."""
    columns = [c for c in dispatch.c if octets or c.name != "octets"]
    rows = [_row(dispatch, row) for row in connection.execute(select(*columns).where(which).order_by(dispatch.c.id))]
    to: dict[str, list[str]] = defaultdict(list)
    wanted = select(delivery.c.dispatch_id, delivery.c.recipient).join_from(delivery, dispatch).where(which)
    for identifier, recipient in connection.execute(wanted):
        to[identifier].append(recipient)
    return [(Kind.DISPATCH, {**row, "recipients": sorted(to[row["id"]])}) for row in rows]


def histories(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return lines of history."""
    query = select(history).where(which).order_by(history.c.dispatch_id, history.c.id)
    return [(Kind.HISTORY, _row(history, row)) for row in connection.execute(query)]


def reports(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return business statuses."""
    query = select(report).where(which).order_by(report.c.dispatch_id)
    return [(Kind.REPORT, _row(report, row)) for row in connection.execute(query)]


def refusals(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return refusals."""
    query = select(refusal).where(which).order_by(refusal.c.correlation, refusal.c.id)
    return [(Kind.REFUSAL, _row(refusal, row)) for row in connection.execute(query)]


def _row(table: Table, row: Any) -> dict[str, Any]:
    return {name: _value(table, name, value) for name, value in row._mapping.items()}  # noqa: SLF001  # its public face


def _value(table: Table, name: str, value: Any) -> Any:
    if name in _BYTES:
        return sha256(value).hexdigest() if value else ""
    if isinstance(table.c[name].type, Instant):
        return None if value is None else written_moment(value)
    return value
