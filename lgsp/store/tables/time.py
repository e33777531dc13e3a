"""What is measured and watched in time: how fast the urgent goes, which deadlines pass, and who was told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, Integer, Table

from lgsp.store.tables.documents import delivery, dispatch
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

#: Until when documents ask to be answered (edXML `DueDate`). A row is gone once its day has been looked at.
deadline = Table(
    "deadline",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: As `yyyy-mm-dd`.
    Column("day", Word, nullable=False),
    Index(None, "day", "dispatch_id"),
)

#: Which documents a document answers (edXML `ResponseFor`), in the form that is compared: see `lgsp.model.citation`.
reply = Table(
    "reply",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("sender", Code, nullable=False),
    Column("document_id", Word, nullable=False),
    Column("numbered", Word, nullable=False),
    Column("day", Word, nullable=False),
    Index(None, "document_id"),
    Index(None, "numbered"),
)

#: What was found to be past its time: told once, and kept until whoever must know has been told.
reminder = Table(
    "reminder",
    metadata,
    #: late, untaken, unanswered, unheeded or urgent.
    Column("what", Word, primary_key=True),
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: Whom it was sent to; empty for what concerns the whole document.
    Column("recipient", Code, primary_key=True),
    #: Who must act.
    Column("agency", Code, nullable=False),
    Column("due", Instant, nullable=False),
    Column("found", Instant, nullable=False),
    #: When the agency was told by mail, the operators, and the webhook; empty before.
    Column("mailed", Instant),
    Column("reported", Instant),
    Column("posted", Instant),
    Index(None, "agency", "found"),
    Index(None, "found"),
)
for _told in (reminder.c.mailed, reminder.c.reported, reminder.c.posted):
    Index(
        f"ix_reminder_not_{_told.name}",
        reminder.c.found,
        postgresql_where=_told.is_(None),
        sqlite_where=_told.is_(None),
    )

#: How telling somebody went, so that a failure is tried again and a day has one mail.
telling = Table(
    "telling",
    metadata,
    #: `mail` or `webhook`.
    Column("channel", Word, primary_key=True),
    #: Who is told; `operators`, or empty for a webhook.
    Column("whom", Word, primary_key=True),
    #: How often in a row it failed.
    Column("failures", Integer, nullable=False),
    #: Not before this moment again. A process that tells pushes it ahead of itself.
    Column("due", Instant, nullable=False),
)

#: How far a broom has read what only grows.
bookmark = Table(
    "bookmark",
    metadata,
    Column("name", Word, primary_key=True),
    Column("position", Word, nullable=False),
)
