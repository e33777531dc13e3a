"""The store says which versions may work on it: those from 0.1.0 on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table and its one row."""
    oldest = op.create_table("oldest", sa.Column("revision", _WORD, primary_key=True))
    op.bulk_insert(oldest, [{"revision": "0016"}])
