"""What was accepted, and what became of it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from lgsp.store.tables.types import URGENT, Code, Counter, Instant, Word, metadata

#: A document with a receipt. Written once, never changed.
dispatch = Table(
    "dispatch",
    metadata,
    Column("id", Word, primary_key=True),
    #: The code that the directory files the sender under.
    Column("sender", Code, nullable=False),
    #: The sender's own identifier, as written; not unique.
    Column("document_id", Word, nullable=False),
    Column("kind", Word, nullable=False),
    Column("number", Word, nullable=False),
    Column("notation", Word, nullable=False),
    Column("promulgated", Word, nullable=False),
    #: edXML `BussinessDocType`; 0 for what is no document, and for all from before revision 0008.
    Column("business", Integer, nullable=False, server_default=text("0")),
    #: Number and notation as they are compared: `lgsp.model.citation.numbered`.
    Column("numbered", Word, nullable=False, server_default=text("''")),
    #: Date and number that no other document of the sender may have with this `numbered`; empty where none is kept.
    Column("reserved", Word),
    Column("subject", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("digest", Word, nullable=False),
    Column("size", BigInteger, nullable=False),
    #: As received; empty once they are erased, and where they lie apart.
    Column("octets", LargeBinary, nullable=False),
    #: Whether they lie among the blobs, under `digest`.
    Column("apart", Boolean, nullable=False, server_default=false()),
    Column("seal", LargeBinary, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("standing", Word, nullable=False),
    Column("verdict", Word, nullable=False),
    Column("signer", Text, nullable=False),
    Column("certificate", Word, nullable=False),
    Column("algorithm", Word, nullable=False),
    #: What the verdict led to when it came; for one that was held, `hold` has the end of it.
    Column("admission", Word, nullable=False, server_default="accept"),
    #: Why the verdict is not simply valid; empty otherwise.
    Column("doubt", Text, nullable=False, server_default=text("''")),
    #: Name of the anchor that vouches for the signer.
    Column("anchor", Text, nullable=False, server_default=text("''")),
    #: What was known about revocation, from where and as of when.
    Column("revocation", Text, nullable=False, server_default=text("''")),
    #: Id and digest of each schema version that judged it, separated by blanks; empty from before they were kept.
    Column("schema_version", Text, nullable=False, server_default=text("''")),
    #: Whether a paper copy goes too, and the class of its reason (`lgsp.model.paper`); empty without paper.
    Column("paper", Boolean, nullable=False, server_default=false()),
    Column("paper_reason", Word, nullable=False, server_default=text("''")),
    Column("door", Word, nullable=False),
    #: The sender as it wrote itself, and what the directory knew of it then; empty from before revision 0006.
    Column("sender_written", Code, nullable=False, server_default=text("''")),
    Column("sender_level", Word, nullable=False, server_default=text("''")),
    Column("sender_bloc", Word, nullable=False, server_default=text("''")),
    #: The agency that handed it in: the sender, or who speaks for it.
    Column("caller", Code, nullable=False),
    Column("correlation", Word, nullable=False),
    Column("accepted", Instant, nullable=False),
    UniqueConstraint("sender", "digest"),
    Index(None, "sender", "id"),
    Index(None, "document_id"),
    Index(None, "numbered", "sender", "reserved", unique=True),
)

#: Who refers to a blob; few rows, and none where there is no large document.
Index(
    "ix_dispatch_apart",
    dispatch.c.digest,
    postgresql_where=dispatch.c.apart,
    sqlite_where=dispatch.c.apart == true(),
)

#: Where a dispatch stands with one recipient. Written with it in one commit; as history, outbox and queue it names it
#: without a constraint, which would look each one up (docs/decisions/0028-the-price-of-a-document.md).
delivery = Table(
    "delivery",
    metadata,
    Column("dispatch_id", Word, primary_key=True),
    Column("recipient", Code, primary_key=True),
    Column("status", Word, nullable=False),
    Column("attempt", Integer, nullable=False),
    #: What the recipient's system called the document; empty until it says.
    Column("reference", Text, nullable=False),
    Column("changed", Instant, nullable=False),
    #: The recipient as the sender wrote it, and what the directory knew of it then; empty from before revision 0006.
    Column("written", Code, nullable=False, server_default=text("''")),
    Column("recipient_level", Word, nullable=False, server_default=text("''")),
    Column("recipient_bloc", Word, nullable=False, server_default=text("''")),
    #: How urgent it is; a status has the urgency of the document that it speaks of.
    Column("priority", Integer, nullable=False, server_default=text("0")),
    Index(None, "recipient", "status", "dispatch_id"),
)
#: The urgent alone: few, however many ordinary ones there are.
Index(
    "ix_delivery_urgent",
    delivery.c.recipient,
    delivery.c.status,
    delivery.c.priority,
    delivery.c.dispatch_id,
    postgresql_where=delivery.c.priority > URGENT,
    sqlite_where=delivery.c.priority > URGENT,
)
Index(
    "ix_delivery_urgent_dispatch_id",
    delivery.c.dispatch_id,
    postgresql_where=delivery.c.priority > URGENT,
    sqlite_where=delivery.c.priority > URGENT,
)

#: Every change of a delivery, and notes. Only added to.
history = Table(
    "history",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("dispatch_id", Word, nullable=False),
    #: Empty for what concerns the whole dispatch.
    Column("recipient", Code),
    #: Empty for a note without a change.
    Column("status", Word),
    Column("attempt", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    #: What the recipient's system called the document by then.
    Column("reference", Text, nullable=False, server_default=text("''")),
    Column("at", Instant, nullable=False),
    Index(None, "dispatch_id"),
)

#: The business status that an agency reported about a document. One row a status envelope.
report = Table(
    "report",
    metadata,
    #: The status envelope's own dispatch.
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("reporter", Code, nullable=False),
    Column("code", Word, nullable=False),
    Column("reason", Text, nullable=False),
    #: Local time of the reporting system, as written.
    Column("reported", Word, nullable=False),
    Column("subject_agency", Code, nullable=False),
    Column("subject_code", Word, nullable=False),
    Column("subject_promulgated", Word, nullable=False),
    Column("subject_document_id", Word, nullable=False),
    #: The dispatch it speaks of; empty when the bus does not know that document.
    Column("about", Word, ForeignKey(dispatch.c.id)),
    Index(None, "about"),
)

#: What was accepted and waits to be judged again: one row a dispatch, kept when it is decided.
hold = Table(
    "hold",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: `hold` while it waits, then what was decided: accept, for-information, refuse.
    Column("admission", Word, nullable=False),
    Column("detail", Text, nullable=False),
    Column("decided", Instant),
    Index(None, "admission", "dispatch_id"),
)

#: A dispatch whose octets were erased. What is known of it stays, their digest too.
erasure = Table(
    "erasure",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
