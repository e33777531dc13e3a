"""What senders are still to be told of the end of a wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; who waited before this is not told afterwards."""
    op.create_table(
        "notice",
        sa.Column("id", _COUNTER, nullable=False),
        *(sa.Column(name, _WORD, nullable=False) for name in ("dispatch_id", "door", "admission", "code")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text_vi", "text_en")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_notice_dispatch_id"),
    )
    op.create_index("ix_notice_door_id", "notice", ["door", "id"])
