"""What is found in attachments, and which are still to be examined."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Make the tables; documents accepted before are examined too."""
    op.create_table(
        "examination",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("claimed_until", _INSTANT),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_examination"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_examination_dispatch_id"),
    )
    op.execute("INSERT INTO examination (dispatch_id, attempt) SELECT id, 0 FROM dispatch WHERE kind = 'document'")
    op.create_table(
        "attachment_examined",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        *(sa.Column(name, _WORD, nullable=False) for name in ("digest", "outcome")),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", "position", name="pk_attachment_examined"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_attachment_examined_dispatch_id"),
    )
    _signatures()


def _signatures() -> None:
    op.create_table(
        "attachment_signature",
        sa.Column("dispatch_id", _WORD, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("position", "number")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("field", "signer", "detail", "anchor")),
        *(sa.Column(name, _WORD, nullable=False) for name in ("role", "role_by", "certificate", "result", "reason")),
        *(sa.Column(name, _WORD, nullable=False) for name in ("belief", "covers", "changes", "level", "claimed")),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in ("intact", "visible")),
        sa.Column("agency", _WORD),
        sa.Column("stamped", _INSTANT),
        sa.PrimaryKeyConstraint("dispatch_id", "position", "number", name="pk_attachment_signature"),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "position"],
            ["attachment_examined.dispatch_id", "attachment_examined.position"],
            name="fk_attachment_signature_dispatch_id",
        ),
    )
