"""Erasures; and the directory, holds and findings in attachments are entered in the evidence log as they are today."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.rows import entry

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_AT_ONCE = 1000
_KINDS = (Kind.AGENCY, Kind.CERTIFICATE, Kind.CREDENTIAL, Kind.HOLD, Kind.EXAMINED, Kind.SIGNATURE)
#: What a column holds that is neither text nor a number.
_TYPES: dict[str, Any] = {
    "options": sa.JSON,
    **dict.fromkeys(("intact", "visible"), sa.Boolean),
    **dict.fromkeys(("bound", "since", "until", "given", "decided", "at", "stamped"), _INSTANT),
}


def upgrade() -> None:
    """Make the table and tell the log of every row."""
    op.create_table(
        "erasure",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_erasure"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_erasure_dispatch_id"),
    )
    told = sa.table("entry", *(sa.column(name, sa.String) for name in ("kind", "key", "digest")))
    for kind in _KINDS:
        entries = [entry(kind, row, version=1) for row in _rows(op.get_bind(), kind)]
        for at in range(0, len(entries), _AT_ONCE):
            op.bulk_insert(told, entries[at : at + _AT_ONCE])


def _rows(connection: sa.Connection, kind: Kind) -> Iterator[dict[str, Any]]:
    fields = FORMS[kind].versions[0]
    table = sa.table(kind.value, *(sa.column(name, _TYPES.get(name)) for name in fields))
    query = sa.select(table).order_by(*(table.c[name] for name in fields[:3]))
    for row in connection.execute(query).mappings():
        yield {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")
    return value
