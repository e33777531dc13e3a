"""What was told as waiting for too long, what is put out again, and whose delivery a notice is about."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the tables, and give notices a recipient."""
    op.add_column("notice", sa.Column("recipient", _WORD, nullable=False, server_default=sa.text("''")))
    _table("alarm", _moment("since"), _moment("told"), key=["what", "agency"], words=["what", "agency"])
    _table(
        "replay",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("chosen", "operator")),
        *(_moment(name) for name in ("made", "paced")),
        sa.Column("rate", sa.Float, nullable=False),
        key=["id"],
        words=["id", "agency", "state"],
    )
    op.create_index("ix_replay_state", "replay", ["state"])
    _table(
        "replay_item",
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("position", "attempt", "became")),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", _INSTANT),
        sa.ForeignKeyConstraint(["replay_id"], ["replay.id"], name="fk_replay_item_replay_id"),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "recipient"],
            ["delivery.dispatch_id", "delivery.recipient"],
            name="fk_replay_item_dispatch_id_recipient",
        ),
        key=["replay_id", "position"],
        words=["replay_id", "dispatch_id", "recipient", "status"],
    )
    op.create_index("ix_replay_item_dispatch_id_recipient", "replay_item", ["dispatch_id", "recipient"])


def _table(name: str, *more: sa.Column[Any] | sa.Constraint, key: list[str], words: list[str]) -> None:
    columns = [sa.Column(word, _WORD, nullable=False) for word in words]
    op.create_table(name, *columns, *more, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INSTANT, nullable=False)
