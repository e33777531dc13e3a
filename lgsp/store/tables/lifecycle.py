"""What became of a document in its recipient's hands, and what its sender asked for afterwards."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Code, Instant, Word, metadata

#: Where a document stands at one recipient by what it reported, on two strands: see `lgsp.model.lifecycle`.
business = Table(
    "business",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("recipient", Code, primary_key=True),
    #: 01 to 06; empty before any.
    Column("progress", Word),
    #: 13, 15 or 16; empty before any.
    Column("asked", Word),
    #: The recipient's words to `progress`.
    Column("reason", Text, nullable=False),
    Column("changed", Instant, nullable=False),
)

#: A recall, an update or a replacement, for one recipient of the document it is about.
request = Table(
    "request",
    metadata,
    #: The document, or the status 13, that asks.
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("about", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("recipient", Code, primary_key=True),
    Column("kind", Word, nullable=False),
    Column("state", Word, nullable=False),
    #: When it came, and until when an answer is expected.
    Column("asked", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    #: The status that answered; empty before.
    Column("answer", Word, ForeignKey(dispatch.c.id)),
    Column("changed", Instant, nullable=False),
    Index(None, "about", "recipient"),
    Index(None, "state", "due"),
)

#: What speaks of a document that the bus does not know, or not yet.
parked = Table(
    "parked",
    metadata,
    #: The status, or the document that asks.
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: A replacement may name several.
    Column("position", Integer, primary_key=True, autoincrement=False),
    #: What is asked; empty for a status that only reports.
    Column("kind", Word, nullable=False),
    #: How the document is cited, in the form that is compared.
    Column("document_id", Word, nullable=False),
    #: A second DocumentId that may be meant; empty without one.
    Column("instead", Word, nullable=False),
    Column("numbered", Word, nullable=False),
    Column("day", Word, nullable=False),
    #: Whose document it should be: as the directory knows that agency, and as it was written.
    Column("owner", Code, nullable=False),
    Column("written", Code, nullable=False),
    #: Who should have got it; empty for all.
    Column("holder", Code, nullable=False),
    #: For whom something is asked: codes with blanks between.
    Column("recipients", Text, nullable=False),
    #: When the bus accepted it, and when its own system made it: local time, as written.
    Column("since", Instant, nullable=False),
    Column("said", Word, nullable=False),
    Index(None, "document_id"),
    Index(None, "numbered"),
)

#: Which document a status speaks of, where that was found out after the status had come.
matched = Table(
    "matched",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("about", Word, ForeignKey(dispatch.c.id), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "about"),
)
