"""What an operator is told of deliveries that stand still, and what is put out again."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, ForeignKeyConstraint, Index, Integer, Table, Text

from lgsp.store.tables.documents import delivery
from lgsp.store.tables.types import Code, Instant, Word, metadata

#: What has waited for too long, from when that was told until it is over.
alarm = Table(
    "alarm",
    metadata,
    Column("what", Word, primary_key=True),
    #: Empty where it concerns no single agency.
    Column("agency", Code, primary_key=True),
    #: Since when the oldest waited when it was told.
    Column("since", Instant, nullable=False),
    Column("told", Instant, nullable=False),
)

#: An operator's order to put deliveries out again.
replay = Table(
    "replay",
    metadata,
    Column("id", Word, primary_key=True),
    Column("agency", Code, nullable=False),
    #: How they were chosen, for people.
    Column("chosen", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("made", Instant, nullable=False),
    #: How many a second at most.
    Column("rate", Float, nullable=False),
    #: running, stopped, done.
    Column("state", Word, nullable=False),
    #: Up to when the rate is used up.
    Column("paced", Instant, nullable=False),
    Index(None, "state"),
)

#: One delivery of such an order, as it stood when the order was given: later ones are not in it.
replay_item = Table(
    "replay_item",
    metadata,
    Column("replay_id", Word, ForeignKey(replay.c.id), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("dispatch_id", Word, nullable=False),
    Column("recipient", Code, nullable=False),
    Column("status", Word, nullable=False),
    Column("attempt", Integer, nullable=False),
    #: Why it had ended.
    Column("reason", Text, nullable=False),
    #: The attempt as which it was put out; 0 while it waits for that, -1 when it had moved by itself meanwhile.
    Column("became", Integer, nullable=False),
    Column("at", Instant),
    ForeignKeyConstraint(["dispatch_id", "recipient"], [delivery.c.dispatch_id, delivery.c.recipient]),
    Index(None, "dispatch_id", "recipient"),
)
