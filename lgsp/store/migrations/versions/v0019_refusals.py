"""PostgreSQL keeps refusals in parts, a quarter of the year each; that old ones were put away is witnessed.

As with leaves: what is there becomes the first part, and is held for a moment alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_FITS = """
ALTER TABLE refusal DROP CONSTRAINT IF EXISTS first_part;
ALTER TABLE refusal ADD CONSTRAINT first_part CHECK (at < '{end}') NOT VALID;
"""
#: A key of a table in parts holds what it is parted by.
_KEY = "CREATE UNIQUE INDEX CONCURRENTLY pk_refusal_first ON refusal (id, at)"
_EXCHANGE = """
ALTER TABLE refusal RENAME TO refusal_first;
ALTER TABLE refusal_first DROP CONSTRAINT pk_refusal;
ALTER TABLE refusal_first ADD CONSTRAINT pk_refusal_first PRIMARY KEY USING INDEX pk_refusal_first;
ALTER INDEX ix_refusal_caller_at RENAME TO ix_refusal_first_caller_at;
ALTER INDEX ix_refusal_correlation RENAME TO ix_refusal_first_correlation;
CREATE TABLE refusal (LIKE refusal_first INCLUDING DEFAULTS, CONSTRAINT pk_refusal PRIMARY KEY (id, at))
  PARTITION BY RANGE (at);
CREATE INDEX ix_refusal_caller_at ON refusal (caller, at);
CREATE INDEX ix_refusal_correlation ON refusal (correlation);
ALTER TABLE refusal ATTACH PARTITION refusal_first FOR VALUES FROM (MINVALUE) TO ('{end}');
ALTER TABLE refusal_first DROP CONSTRAINT first_part;
CREATE TABLE refusal_rest PARTITION OF refusal DEFAULT;
ALTER SEQUENCE refusal_id_seq OWNED BY refusal.id;
"""


def upgrade() -> None:
    """Make the table of what was put away; on PostgreSQL prove that what is there fits into one part, and exchange."""
    if op.get_bind().dialect.name == "postgresql":
        end = _end(datetime.now(UTC))
        with op.get_context().autocommit_block():
            op.execute(_FITS.format(end=end))
            op.execute("ALTER TABLE refusal VALIDATE CONSTRAINT first_part")
            op.execute("DROP INDEX IF EXISTS pk_refusal_first")
            op.execute(_KEY)
        op.execute(_EXCHANGE.format(end=end))
    op.create_table(
        "pruning",
        sa.Column("upto", _INSTANT, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("leaves", sa.BigInteger, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("upto", name="pk_pruning"),
    )


def _end(now: datetime) -> str:
    """Return when the quarter of the year ends that `now` lies in."""
    after = now.month - (now.month - 1) % 3 + 2
    return datetime(now.year + after // 12, after % 12 + 1, 1, tzinfo=UTC).isoformat()
