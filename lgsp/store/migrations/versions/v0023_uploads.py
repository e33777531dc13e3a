"""Uploads: what may be handed in by its digest, and by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "upload",
        sa.Column("digest", _WORD, nullable=False),
        sa.Column("agency", _WORD, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", "agency", name="pk_upload"),
    )
    op.create_index("ix_upload_at", "upload", ["at"])
