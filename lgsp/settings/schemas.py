"""Which schemas envelopes are judged by."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from lgsp.settings.values import Place, Section


class GraceSection(Section):
    """Senders that may follow a version whose time is over."""

    #: Codes of the senders; `*` and `?` stand for any part of one.
    agency: str
    #: Id of the version, such as `edxml-qcvn102-2016`.
    schema_version: Annotated[str, Field(alias="schema")]
    #: The first day on which that is over.
    until: date


class SchemasSection(Section):
    """Schemas beside those that come with the bus, and the change from one version to the next."""

    #: Folders that hold a folder a schema, each with its `schema.toml`.
    folders: tuple[Place, ...] = ()
    #: Ids of versions that decide nothing yet: what they would have refused is reported.
    shadow: tuple[str, ...] = ()
    #: Who may go on with an older version, and until when.
    grace: tuple[GraceSection, ...] = ()
