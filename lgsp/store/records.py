"""Rows as evidence sees them: what `evidence.rows` makes canonical bytes of, read back from the tables.

What is read here and what was written must be the same values; a test changes every column to see it noticed. Values
are read as they lie, since SQLite takes any into any column: what is none of ours must not stop an audit. The digests
of bytes are computed where the bytes are, in the database.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import JSON, Boolean, func, select, type_coerce
from sqlalchemy.types import NullType

from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.rows import key_of
from lgsp.store.octets import digest_apart
from lgsp.store.tables import Instant, delivery, dispatch, metadata
from lgsp.store.tables import written as written_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column, ColumnElement, Connection, Table

    #: `row` stands beside the columns: how people name it.
    Record = tuple[Kind, Mapping[str, Any]]

_BYTES: Final = ("octets", "seal", "receipt")
#: The kinds whose rows are about one dispatch, or about it and a recipient, in the order in which they are told.
OF_DISPATCHES: Final = tuple(kind for kind, form in FORMS.items() if form.about[0] == "dispatch_id")


def about(connection: Connection, identifier: str) -> list[Record]:
    """Return every row about a dispatch, or about a refusal by its correlation id, in the order they were written."""
    found = rows_of(connection, Kind.DISPATCH, dispatch.c.id == identifier)
    for kind in OF_DISPATCHES:
        which = metadata.tables[kind].c.dispatch_id == identifier
        if kind in {Kind.REPORT, Kind.MATCHED}:
            which |= metadata.tables[kind].c.about == identifier
        found += rows_of(connection, kind, which)
    return found + rows_of(connection, Kind.REFUSAL, metadata.tables[Kind.REFUSAL].c.correlation == identifier)


def rows_of(connection: Connection, kind: Kind, which: ColumnElement[bool]) -> list[Record]:
    """Return rows of one witnessed table, in the order of their keys."""
    if kind is Kind.DISPATCH:
        return _dispatches(connection, which)
    table = metadata.tables[kind]
    return [(kind, {**row, "row": _name(kind, table, row)}) for row in plain(connection, table, which)]


def plain(connection: Connection, table: Table, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return rows in the order of their keys, moments as they are written."""
    query = select(*_raw(*table.c)).where(which).order_by(*table.primary_key)
    return [_row(table, row) for row in connection.execute(query)]


def _dispatches(connection: Connection, which: ColumnElement[bool]) -> list[Record]:
    """Return dispatches with their recipients, and digests in place of bytes."""
    facts = _raw(*(c for c in dispatch.c if c.name not in _BYTES))
    digests = [_sha256(connection.dialect.name, dispatch.c[name]).label(name) for name in _BYTES]
    query = select(*facts, *digests).where(which).order_by(dispatch.c.id)
    rows = [_found(connection, _row(dispatch, row)) for row in connection.execute(query)]
    to: dict[str, list[str]] = defaultdict(list)
    ways: dict[str, list[list[Any]]] = defaultdict(list)
    names = ("dispatch_id", "recipient", "written", "recipient_level", "recipient_bloc")
    wanted = (
        select(*_raw(*(delivery.c[name] for name in names)))
        .join_from(delivery, dispatch, dispatch.c.id == delivery.c.dispatch_id)
        .where(which)
    )
    for identifier, recipient, written, *rest in connection.execute(wanted):
        to[identifier].append(recipient)
        if written:  # nothing was noted of it before revision 0006
            ways[identifier].append([recipient, written, *rest])
    return [
        (Kind.DISPATCH, {**row, "row": row["id"], "recipients": sorted(to[row["id"]]), "ways": sorted(ways[row["id"]])})
        for row in rows
    ]


def _found(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """Return a dispatch with the digest of the octets that are there, wherever they lie; empty where none are."""
    if row["apart"]:
        row["octets"] = digest_apart(connection, row["digest"])
    return row


def _name(kind: Kind, table: Table, row: Mapping[str, Any]) -> str:
    """Return how people name a row: its key, and what it is about when the key does not tell."""
    keys = [column.name for column in table.primary_key]
    name = " ".join(str(row[key]) for key in keys)
    return name if set(FORMS[kind].about) <= set(keys) else f"{name} of {key_of(kind, row)}"


def _sha256(dialect: str, column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.encode(func.sha256(column), "hex") if dialect == "postgresql" else func.sha256_hex(column)


def _raw(*columns: Column[Any]) -> list[ColumnElement[Any]]:
    """Return columns to be read as they lie: a type of ours would smooth what was changed, a code's capitals say."""
    return [type_coerce(column, NullType()).label(column.name) for column in columns]


def _row(table: Table, row: Any) -> dict[str, Any]:
    return {name: _value(table, name, value) for name, value in row._mapping.items()}  # noqa: SLF001  # its public face


def _value(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type
    if isinstance(kind, Instant):
        return written_moment(value) if isinstance(value, datetime) else value
    if isinstance(kind, Boolean):
        return bool(value) if value in (0, 1) else value
    if isinstance(kind, JSON) and isinstance(value, str):
        return _parsed(value)
    return value


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
