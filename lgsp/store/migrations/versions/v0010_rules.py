"""Why paper goes too, what was remarked, and which refusals were overruled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make columns and tables; whether paper went beside documents from before is not known."""
    op.add_column("dispatch", sa.Column("paper", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("dispatch", sa.Column("paper_reason", _WORD, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "remark",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("rule", _WORD, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("element", "text_vi", "text_en")),
        sa.PrimaryKeyConstraint("dispatch_id", "position", name="pk_remark"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_remark_dispatch_id"),
    )
    op.create_table(
        "overrule",
        sa.Column("rule", _WORD, nullable=False),
        sa.Column("digest", _WORD, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("why", "operator")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("rule", "digest", name="pk_overrule"),
    )
