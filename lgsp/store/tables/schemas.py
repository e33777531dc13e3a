"""What versions of schemas that run in the shadow would have refused."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Code, Instant, Word, metadata

#: How far a version has come.
shadow = Table(
    "shadow",
    metadata,
    #: Id and digest of the version: a changed file begins anew.
    Column("schema", Word, primary_key=True),
    #: The last dispatch that it was asked about.
    Column("dispatch_id", Word, nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("objected", BigInteger, nullable=False),
    Column("began", Instant, nullable=False),
)

#: A document that it would have refused, with the first problem it names.
shadow_objection = Table(
    "shadow_objection",
    metadata,
    Column("schema", Word, ForeignKey(shadow.c.schema), primary_key=True),
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("sender", Code, nullable=False),
    #: Path with the places of repeated elements left out, so that like objections can be counted together.
    Column("element", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("text_vi", Text, nullable=False),
    Index(None, "schema", "sender"),
)
