"""What trust rests on: windows of bindings, news of revocation, what verdicts led to, and what waits for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Add to what there is; what was accepted before was valid, or an unsigned status."""
    op.add_column("dispatch", sa.Column("admission", _WORD, nullable=False, server_default="accept"))
    for name in ("doubt", "anchor", "revocation"):
        op.add_column("dispatch", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''")))
    for name in ("since", "until"):
        op.add_column("certificate", sa.Column(name, _INSTANT))
    op.create_table(
        "revocation",
        *(sa.Column(name, _WORD, nullable=False) for name in ("source", "about")),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("certificate", "issuer", "octets")),
        sa.Column("digest", _WORD, nullable=False),
        sa.Column("as_of", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT),
        sa.Column("fetched", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "about", name="pk_revocation"),
    )
    op.create_table(
        "issuer",
        sa.Column("fingerprint", _WORD, nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("seen", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_issuer"),
    )
    op.create_table(
        "hold",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("admission", _WORD, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("decided", _INSTANT),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_hold"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_hold_dispatch_id"),
    )
    op.create_index("ix_hold_admission_dispatch_id", "hold", ["admission", "dispatch_id"])
