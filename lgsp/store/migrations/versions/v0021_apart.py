"""Large documents lie apart: their octets are a blob, and the row says so.

What is in the rows stays there. A process of an earlier version writes rows as before, beside those of this one; it
cannot read what lies apart, so intake is exchanged last (`docs/how-to/large-documents.md`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NAME = "ix_dispatch_apart"


def upgrade() -> None:
    """Add the column, and the index that holds the large alone, built beside the work; anew after it was cut off."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE dispatch ADD COLUMN IF NOT EXISTS apart boolean NOT NULL DEFAULT false")
        with op.get_context().autocommit_block():
            op.execute(f"DROP INDEX IF EXISTS {_NAME}")
            op.execute(f"CREATE INDEX CONCURRENTLY {_NAME} ON dispatch (digest) WHERE apart")
    else:
        op.add_column("dispatch", sa.Column("apart", sa.Boolean, nullable=False, server_default=sa.false()))
        op.create_index(_NAME, "dispatch", ["digest"], sqlite_where=sa.text("apart = 1"))
