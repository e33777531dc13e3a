"""Deadlines: what asks to be answered, what answers, what was found to be past its time, and who was told."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the tables. What happened before is not looked at: its reminders would all come at once."""
    _table("deadline", _of_dispatch("deadline"), key=["dispatch_id"], words=["dispatch_id", "day"])
    op.create_index("ix_deadline_day_dispatch_id", "deadline", ["day", "dispatch_id"])
    _table(
        "reply",
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        _of_dispatch("reply"),
        key=["dispatch_id", "position"],
        words=["dispatch_id", "sender", "document_id", "numbered", "day"],
    )
    for name in ("document_id", "numbered"):
        op.create_index(f"ix_reply_{name}", "reply", [name])
    told = ("mailed", "reported", "posted")
    _table(
        "reminder",
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("due", "found")),
        *(sa.Column(name, _INSTANT) for name in told),
        _of_dispatch("reminder"),
        key=["what", "dispatch_id", "recipient"],
        words=["what", "dispatch_id", "recipient", "agency"],
    )
    op.create_index("ix_reminder_agency_found", "reminder", ["agency", "found"])
    op.create_index("ix_reminder_found", "reminder", ["found"])
    for name in told:
        where = sa.text(f"{name} IS NULL")
        op.create_index(f"ix_reminder_not_{name}", "reminder", ["found"], postgresql_where=where, sqlite_where=where)
    _table(
        "telling",
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("due", _INSTANT, nullable=False),
        key=["channel", "whom"],
        words=["channel", "whom"],
    )
    _table("bookmark", key=["name"], words=["name", "position"])
    for name, last in (
        ("late", "COALESCE(MAX(id), '') FROM dispatch"),
        ("urgent", "COALESCE(MAX(id), '') FROM dispatch"),
        ("untaken", "CAST(COALESCE(MAX(id), 0) AS TEXT) FROM history"),
    ):
        op.execute(f"INSERT INTO bookmark (name, position) SELECT '{name}', {last}")


def _table(name: str, *more: sa.Column[Any] | sa.Constraint, key: list[str], words: list[str]) -> None:
    columns = [sa.Column(word, _WORD, nullable=False) for word in words]
    op.create_table(name, *columns, *more, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))


def _of_dispatch(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name=f"fk_{name}_dispatch_id")
