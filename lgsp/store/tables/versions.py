"""Which versions of the bus may work on this store."""

from __future__ import annotations

from sqlalchemy import Column, Table

from lgsp.store.tables.types import Word, metadata

#: One row. A version that knows this revision may work here, though the store has gone on to newer ones. A step that
#: takes something away writes its own revision here.
oldest = Table("oldest", metadata, Column("revision", Word, primary_key=True))
