"""Who takes part, and how they prove it."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Table, Text

from lgsp.store.tables.types import Code, Instant, Word, metadata

#: Who takes part.
agency = Table(
    "agency",
    metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", Word, nullable=False),
    Column("bloc", Word, nullable=False),
    Column("parent", Code),
    Column("adapter", Word, nullable=False),
    Column("options", JSON, nullable=False),
)

#: Whose signature is whose.
certificate = Table(
    "certificate",
    metadata,
    #: SHA-256 of the DER form, in hexadecimal.
    Column("fingerprint", Word, primary_key=True),
    Column("agency", Code, ForeignKey(agency.c.code), nullable=False),
    Column("subject", Text, nullable=False),
    Column("pem", Text, nullable=False),
    Column("bound", Instant, nullable=False),
    #: The time in which it speaks for the agency; empty on a side without end.
    Column("since", Instant),
    Column("until", Instant),
)

#: What an agency's system shows at a door. The secret itself is not kept.
credential = Table(
    "credential",
    metadata,
    Column("system_id", Word, primary_key=True),
    Column("agency", Code, ForeignKey(agency.c.code), nullable=False),
    #: SHA-256 of the secret, in hexadecimal.
    Column("secret_hash", Word, nullable=False),
    Column("given", Instant, nullable=False),
)

#: One row; its number grows with every change of agency, certificate or credential.
directory_revision = Table(
    "directory_revision",
    metadata,
    Column("only", Boolean, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
