"""What the rules of the exchange said, and where an operator said otherwise."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Instant, Word, metadata

#: What was remarked about a document when it was accepted.
remark = Table(
    "remark",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: Its place among the remarks about this document, from 1.
    Column("position", Integer, primary_key=True),
    #: The rule, or the stage, that remarked it.
    Column("rule", Word, nullable=False),
    #: Path of the element; empty where the whole document is meant.
    Column("element", Text, nullable=False),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
)

#: Octets that a rule refuses and an operator lets pass all the same.
overrule = Table(
    "overrule",
    metadata,
    Column("rule", Word, primary_key=True),
    #: SHA-256 of the octets, in hexadecimal.
    Column("digest", Word, primary_key=True),
    Column("why", Text, nullable=False),
    #: Who decided it, as the operator's machine knows them.
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
