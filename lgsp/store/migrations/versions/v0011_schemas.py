"""By which versions of schemas each document was judged; and what versions in the shadow object to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Add the column; of what was accepted before, nothing is known."""
    op.add_column("dispatch", sa.Column("schema_version", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "shadow",
        sa.Column("schema", _WORD, nullable=False),
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("judged", sa.BigInteger, nullable=False),
        sa.Column("objected", sa.BigInteger, nullable=False),
        sa.Column("began", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("schema", name="pk_shadow"),
    )
    op.create_table(
        "shadow_objection",
        sa.Column("schema", _WORD, nullable=False),
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("sender", _WORD, nullable=False),
        sa.Column("element", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.Column("text_vi", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("schema", "dispatch_id", name="pk_shadow_objection"),
        sa.ForeignKeyConstraint(["schema"], ["shadow.schema"], name="fk_shadow_objection_schema"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_shadow_objection_dispatch_id"),
    )
    op.create_index("ix_shadow_objection_schema_sender", "shadow_objection", ["schema", "sender"])
