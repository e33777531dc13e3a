"""What was put away for good."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from lgsp.store.tables.types import Instant, metadata

#: Refusals that are no longer kept. Written once; the leaves of what is gone stay in the log.
pruning = Table(
    "pruning",
    metadata,
    #: Those from before this moment.
    Column("upto", Instant, primary_key=True),
    #: How many they were.
    Column("count", BigInteger, nullable=False),
    #: Their leaves have numbers below this.
    Column("leaves", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
)
