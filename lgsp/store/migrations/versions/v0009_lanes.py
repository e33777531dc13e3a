"""Lanes: how urgent each delivery and each parcel is, and how long the urgent ones took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_URGENT = sa.text("priority > 0")


def upgrade() -> None:
    """Add the columns, fill them for what is urgent, and make the indexes that hold the urgent alone."""
    for table in ("delivery", "queue"):
        op.add_column(table, sa.Column("priority", sa.Integer, nullable=False, server_default=sa.text("0")))
        op.execute(
            f"UPDATE {table} SET priority = (SELECT d.priority FROM dispatch d WHERE d.id = {table}.dispatch_id) "  # noqa: S608 - two names of our own
            "WHERE dispatch_id IN (SELECT id FROM dispatch WHERE priority > 0)"
        )
    for name, table, columns in (
        ("ix_queue_urgent", "queue", ["recipient", "priority", "position"]),
        ("ix_delivery_urgent", "delivery", ["recipient", "status", "priority", "dispatch_id"]),
        ("ix_delivery_urgent_dispatch_id", "delivery", ["dispatch_id"]),
    ):
        op.create_index(name, table, columns, postgresql_where=_URGENT, sqlite_where=_URGENT)
    op.create_table(
        "haste",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("recipient", _WORD, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("accepted", _INSTANT, nullable=False),
        sa.Column("delivered", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", "recipient", name="pk_haste"),
        sa.ForeignKeyConstraint(
            ["dispatch_id", "recipient"],
            ["delivery.dispatch_id", "delivery.recipient"],
            name="fk_haste_dispatch_id_recipient",
        ),
    )
    op.create_index("ix_haste_delivered", "haste", ["delivered"])
