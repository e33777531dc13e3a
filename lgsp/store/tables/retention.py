"""What must be kept whatever the rules of retention say."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Instant, Word, metadata

#: A document whose octets nobody may erase: for a court, an inspection, a complaint.
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("reason", Text, nullable=False),
    #: Who placed it, as the operator's machine knows them.
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
