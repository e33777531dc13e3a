"""Reports: tallies of the province and of each agency, kept as the evidence log grows."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_FIGURES: Final = (
    *("sent", "sent_internal", "sent_external", "sent_signed", "sent_unsigned", "sent_electronic", "sent_paper"),
    *("received", "received_internal", "received_external", "received_signed", "received_electronic"),
    *("received_paper", "delivered", "taken", "returned", "failed", "withdrawn", "waiting", "registered", "finished"),
    *("urgent", "urgent_in_time", "statuses", "refused", "dossiers", "dossiers_in_time", "dossiers_late"),
)


def upgrade() -> None:
    """Make the tables, empty: the first counting reads the log from its beginning."""
    op.create_table(
        "contribution",
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("key", _WORD, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_contribution"),
    )
    op.create_table(
        "tally",
        sa.Column("book", _WORD, nullable=False),
        sa.Column("day", _WORD, nullable=False),
        sa.Column("facets", _WORD, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("book", "day", "facets", name="pk_tally"),
    )
    op.create_table(
        "agency_day",
        *(sa.Column(name, _WORD, nullable=False) for name in ("day", "agency", "level", "bloc")),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0")) for name in _FIGURES),
        sa.PrimaryKeyConstraint("day", "agency", "level", "bloc", name="pk_agency_day"),
    )
    op.create_index("ix_agency_day_agency_day", "agency_day", ["agency", "day"])
    op.create_table(
        "reckoning",
        sa.Column("only", sa.Boolean, nullable=False),
        sa.Column("leaves", sa.BigInteger, nullable=False),
        sa.Column("rules", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_reckoning"),
    )
    op.create_table(
        "dossier_step",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("number", _WORD, nullable=False),
        sa.Column("channel", sa.Integer),
        sa.Column("received", _INSTANT),
        sa.Column("due", _INSTANT),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_dossier_step"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name="fk_dossier_step_dispatch_id"),
    )
    op.create_index("ix_dossier_step_number", "dossier_step", ["number"])
