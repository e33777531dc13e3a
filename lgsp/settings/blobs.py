"""Where large documents lie, and for how long."""

from __future__ import annotations

from pydantic import PositiveFloat, PositiveInt

from lgsp.settings.values import Place, Section


class BlobsSection(Section):
    """Large documents lie beside the database, each once."""

    #: From so many octets up.
    threshold_bytes: PositiveInt = 65536
    #: A folder that every process sees. Empty: beside an SQLite store; with PostgreSQL they stay in the database.
    folder: Place | None = None
    #: A bucket of an S3-compatible store, instead of a folder; needs `lgsp[s3]`.
    bucket: str = ""
    #: What the names of its objects begin with.
    prefix: str = ""
    #: Its address; empty: Amazon's. Who the bus is there, boto3 finds in the environment or in `~/.aws`.
    endpoint_url: str = ""
    #: What nobody refers to is removed after so long; what was uploaded must be handed in sooner.
    unused_hours: PositiveFloat = 24
