"""What the evidence log is made of, and what was not accepted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from lgsp.store.tables.types import Code, Counter, Instant, Word, metadata

#: What was not accepted. The octets are not kept.
refusal = Table(
    "refusal",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("caller", Code, nullable=False),
    Column("door", Word, nullable=False),
    Column("digest", Word, nullable=False),
    Column("code", Word, nullable=False),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("correlation", Word, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "caller", "at"),
    Index(None, "correlation"),
)

#: What the evidence log is told in the commit that writes a row, and has not made a leaf of yet.
entry = Table(
    "entry",
    metadata,
    Column("id", Counter, primary_key=True),
    #: Which table the row is of.
    Column("kind", Word, nullable=False),
    #: What the row is about: a dispatch; for a refusal its correlation id.
    Column("key", Word, nullable=False),
    #: SHA-256 of the row's canonical bytes, in hexadecimal.
    Column("digest", Word, nullable=False),
    Index(None, "key"),
)

#: The leaves of the evidence log's tree. Only added to.
leaf = Table(
    "leaf",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Word, nullable=False),
    Column("key", Word, nullable=False),
    Column("digest", Word, nullable=False),
    Index(None, "key"),
)

#: The tree's hashes, 256 a row, from every eighth level: see `lgsp.evidence.tiles`.
tile = Table(
    "tile",
    metadata,
    Column("tier", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

#: The bus's signed word on how the log stood.
head = Table(
    "head",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    #: What is signed and stamped; it holds size, root and time.
    Column("text", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    #: The bus's certificate, PEM.
    Column("certificate", LargeBinary, nullable=False),
    #: RFC 3161 token, DER; empty without one.
    Column("stamp", LargeBinary, nullable=False),
)
