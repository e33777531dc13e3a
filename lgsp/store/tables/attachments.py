"""What was found in attachments."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, ForeignKeyConstraint, Integer, Table, Text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Code, Instant, Word, metadata

#: Documents whose attachments are still to be examined; the row goes when they are.
examination = Table(
    "examination",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: How often it was begun.
    Column("attempt", Integer, nullable=False),
    #: Somebody has it until this moment; empty when nobody has.
    Column("claimed_until", Instant),
)

#: One row an attachment that was looked at.
attachment_examined = Table(
    "attachment_examined",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: From 0, in the order of the document.
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    #: SHA-256 of its octets, in hexadecimal.
    Column("digest", Word, nullable=False),
    Column("outcome", Word, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

#: One row a signature in it.
attachment_signature = Table(
    "attachment_signature",
    metadata,
    Column("dispatch_id", Word, primary_key=True),
    Column("position", Integer, primary_key=True),
    #: From 0, in the order of signing.
    Column("number", Integer, primary_key=True),
    Column("field", Text, nullable=False),
    Column("role", Word, nullable=False),
    Column("role_by", Word, nullable=False),
    #: The agency that the certificate was bound to.
    Column("agency", Code),
    Column("signer", Text, nullable=False),
    #: SHA-256 of the certificate, in hexadecimal.
    Column("certificate", Word, nullable=False),
    Column("result", Word, nullable=False),
    Column("reason", Word, nullable=False),
    Column("detail", Text, nullable=False),
    Column("belief", Word, nullable=False),
    Column("anchor", Text, nullable=False),
    Column("intact", Boolean, nullable=False),
    Column("covers", Word, nullable=False),
    Column("changes", Word, nullable=False),
    Column("level", Word, nullable=False),
    #: As the signer's software wrote it.
    Column("claimed", Word, nullable=False),
    Column("stamped", Instant),
    Column("visible", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["dispatch_id", "position"], [attachment_examined.c.dispatch_id, attachment_examined.c.position]
    ),
)
