"""PostgreSQL keeps leaves in parts. What is there becomes the first part, as it lies: nothing is copied.

That it fits is proven by a scan beside the work, so that the table is held for a moment alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: Leaves in a part.
_WIDTH = 1 << 26
_FITS = """
ALTER TABLE leaf DROP CONSTRAINT IF EXISTS first_part;
ALTER TABLE leaf ADD CONSTRAINT first_part CHECK (number < {end}) NOT VALID;
"""
_EXCHANGE = """
ALTER TABLE leaf RENAME TO leaf_first;
ALTER INDEX pk_leaf RENAME TO pk_leaf_first;
ALTER INDEX ix_leaf_key RENAME TO ix_leaf_first_key;
CREATE TABLE leaf (LIKE leaf_first INCLUDING DEFAULTS, CONSTRAINT pk_leaf PRIMARY KEY (number))
  PARTITION BY RANGE (number);
CREATE INDEX ix_leaf_key ON leaf (key);
ALTER TABLE leaf ATTACH PARTITION leaf_first FOR VALUES FROM (MINVALUE) TO ({end});
ALTER TABLE leaf_first DROP CONSTRAINT first_part;
CREATE TABLE leaf_rest PARTITION OF leaf DEFAULT;
"""


def upgrade() -> None:
    """Prove that what is there fits into one part, and exchange."""
    if op.get_bind().dialect.name != "postgresql":
        return
    last = op.get_bind().execute(sa.text("SELECT max(number) FROM leaf")).scalar() or 0
    end = (last // _WIDTH + 1) * _WIDTH
    with op.get_context().autocommit_block():
        op.execute(_FITS.format(end=end))
        op.execute("ALTER TABLE leaf VALIDATE CONSTRAINT first_part")
    op.execute(_EXCHANGE.format(end=end))
