"""What a sender is still to be told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Code, Counter, Instant, Word, metadata

#: The end of a wait, or a delivery that was given up, until the door by which the document came has told the sender.
notice = Table(
    "notice",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), nullable=False),
    #: The door's name.
    Column("door", Word, nullable=False),
    #: What was decided: accept, for-information, refuse; or failed.
    Column("admission", Word, nullable=False),
    #: Whose delivery failed; empty where the whole document is meant.
    Column("recipient", Code, nullable=False, server_default=text("''")),
    #: Stable code of the refusal; empty otherwise.
    Column("code", Word, nullable=False),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "door", "id"),
)
