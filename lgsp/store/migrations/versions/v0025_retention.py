"""Legal holds: documents whose octets nobody may erase."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "legal_hold",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_legal_hold"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_legal_hold_dispatch_id_dispatch"),
    )
