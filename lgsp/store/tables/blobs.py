"""What lies apart, beyond the column `apart` of a dispatch."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from lgsp.store.tables.types import Code, Instant, Word, metadata

#: Octets that an agency's system uploaded, to hand them in by their digest. Nobody else may.
upload = Table(
    "upload",
    metadata,
    Column("digest", Word, primary_key=True),
    Column("agency", Code, primary_key=True),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)
