"""What is on its way."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, text

from lgsp.store.tables.types import URGENT, Code, Counter, Instant, Word, metadata

#: What waits for the relay.
outbox = Table(
    "outbox",
    metadata,
    Column("dispatch_id", Word, primary_key=True),
    Column("recipient", Code, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    #: Not before this moment.
    Column("due", Instant, nullable=False),
    #: A relay has it until this moment; empty when nobody has. Kept out of every index: claims come often.
    Column("claimed_until", Instant),
    Index(None, "priority", "due"),
)

#: The queues of the embedded transport. Octets stay in `dispatch`.
queue = Table(
    "queue",
    metadata,
    Column("position", Counter, primary_key=True),
    Column("dispatch_id", Word, nullable=False),
    Column("recipient", Code, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("claimed_until", Instant),
    Column("priority", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("dispatch_id", "recipient", "attempt"),
    Index(None, "recipient", "position"),
)
#: The urgent lane: small however long the ordinary one is.
Index(
    "ix_queue_urgent",
    queue.c.recipient,
    queue.c.priority,
    queue.c.position,
    postgresql_where=queue.c.priority > URGENT,
    sqlite_where=queue.c.priority > URGENT,
)

#: An agency's system that does not answer: nothing leaves its queue but what is tried now and then.
breaker = Table(
    "breaker",
    metadata,
    Column("agency", Code, primary_key=True),
    Column("why", Text, nullable=False),
    Column("since", Instant, nullable=False),
)
