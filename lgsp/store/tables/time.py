"""What is measured and watched in time: how fast the urgent goes."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, Table

from lgsp.store.tables.documents import delivery
from lgsp.store.tables.types import Code, Instant, Word, metadata

#: How long an urgent delivery took: one row, once it is delivered.
haste = Table(
    "haste",
    metadata,
    Column("dispatch_id", Word, primary_key=True),
    Column("recipient", Code, primary_key=True),
    Column("priority", Integer, nullable=False),
    Column("accepted", Instant, nullable=False),
    Column("delivered", Instant, nullable=False),
    ForeignKeyConstraint(["dispatch_id", "recipient"], [delivery.c.dispatch_id, delivery.c.recipient]),
    Index(None, "delivered"),
)
