"""PostgreSQL compresses documents by lz4 where it can: its own way costs three times the CPU, and saves 1.5 % of room.

Nothing is written anew: each value says how it was compressed.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: PostgreSQL 13 does not know the words, and a server may be built without lz4.
_CHANGE = """
DO $$ BEGIN
  EXECUTE 'ALTER TABLE dispatch ALTER octets SET COMPRESSION lz4, ALTER seal SET COMPRESSION lz4,
           ALTER receipt SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL;
END $$
"""


def upgrade() -> None:
    """Say it of the three columns that hold whole documents."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_CHANGE)
