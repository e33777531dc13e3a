"""What a sender is still to be told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Counter, Instant, Word, metadata

#: The end of a wait, until the door by which the document came has told the sender. One row a held dispatch at most.
notice = Table(
    "notice",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), nullable=False),
    #: The door's name.
    Column("door", Word, nullable=False),
    #: What was decided: accept, for-information, refuse.
    Column("admission", Word, nullable=False),
    #: Stable code of the refusal; empty otherwise.
    Column("code", Word, nullable=False),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "door", "id"),
)
