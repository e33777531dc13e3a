"""Where large documents lie, and for how long."""

from __future__ import annotations

from pydantic import PositiveInt

from lgsp.settings.values import Place, Section


class BlobsSection(Section):
    """Large documents lie beside the database, each once."""

    #: From so many octets up.
    threshold_bytes: PositiveInt = 65536
    #: A folder that every process sees. Empty: beside an SQLite store; with PostgreSQL they stay in the database.
    folder: Place | None = None
