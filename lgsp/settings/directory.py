"""What becomes of documents to bodies that are no more."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from lgsp.model.agency import AgencyCode
from lgsp.settings.values import Section

Closed = Literal["forward", "refuse"]


class DirectorySection(Section):
    """How the directory of agencies leads a document on."""

    #: A document to a closed code goes to its successor, or back to the sender with the reason.
    closed: Closed = "forward"
    #: The same by agency, before `closed`: its code in the directory -> forward or refuse.
    closed_by_agency: dict[Annotated[str, AfterValidator(AgencyCode)], Closed] = Field(default_factory=dict)
