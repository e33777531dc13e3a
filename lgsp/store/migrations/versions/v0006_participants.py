"""Who was at each end of an exchange, as the directory knew it then: the code written, the level and the bloc."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_COLUMNS = {
    "dispatch": ("sender_written", "sender_level", "sender_bloc"),
    "delivery": ("written", "recipient_level", "recipient_bloc"),
}


def upgrade() -> None:
    """Add the columns; of what was accepted before, nothing is known."""
    for table, names in _COLUMNS.items():
        for name in names:
            op.add_column(table, sa.Column(name, _WORD, nullable=False, server_default=sa.text("''")))
