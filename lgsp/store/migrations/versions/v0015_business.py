"""Where documents stand by their recipients' words is entered in the evidence log as it is today."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.rows import entry

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_AT_ONCE = 1000


def upgrade() -> None:
    """Tell the log of every row."""
    told = sa.table("entry", *(sa.column(name, sa.String) for name in ("kind", "key", "digest")))
    types: dict[str, Any] = {"changed": _INSTANT}
    fields = FORMS[Kind.BUSINESS].versions[0]
    table = sa.table("business", *(sa.column(name, types.get(name)) for name in fields))
    query = sa.select(table).order_by(table.c.dispatch_id, table.c.recipient)
    for part in op.get_bind().execute(query).mappings().partitions(_AT_ONCE):
        rows = ({name: _value(value) for name, value in row.items()} for row in part)
        op.bulk_insert(told, [entry(Kind.BUSINESS, row, version=1) for row in rows])


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")
    return value
