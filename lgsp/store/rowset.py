"""Many rows as one parameter: what lets a batch of any size be one statement of constant text.

The rows travel as JSON and unfold inside the database; bytes travel beside them in one string and are cut out there.
Long lists of placeholders cost both sides far more, and psycopg's arrays of `bytea` more still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import JSON, bindparam, cast, column, func, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from lgsp.store.tables import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import FromClause, Table
    from sqlalchemy.types import TypeEngine


def rowset(dialect: str, *columns: Any) -> FromClause:
    """Return the parameter `rows` as a table with the names and types of `columns`."""
    typed: Mapping[str, TypeEngine[Any]] = {c.name: c.type for c in columns}
    if dialect == "postgresql":
        unfolded = func.json_to_recordset(cast(bindparam("rows"), JSON(none_as_null=True)))
        return unfolded.table_valued(*(column(n, t) for n, t in typed.items())).render_derived("r", with_types=True)
    entries = func.json_each(bindparam("rows")).table_valued("value")
    values = (type_coerce(func.json_extract(entries.c.value, f"$.{n}"), t).label(n) for n, t in typed.items())
    return select(*values).subquery("r")


def insert(dialect: str, table: Table) -> Any:
    """Return this engine's INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def packed(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as the parameter `rows`. A moment must have been `written`."""
    return orjson.dumps(list(rows)).decode()


__all__ = ["insert", "packed", "rowset", "written"]
