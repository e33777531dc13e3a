"""What is asked of signatures in PDF files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from lgsp.settings.values import Expression, Section


class AttachmentDemandSection(Section):
    """Whose signatures the PDF of a document should carry."""

    #: `person` and `organ` (Decree 30/2020/NĐ-CP, Art. 5), or one of them.
    signed_by: Annotated[tuple[Literal["person", "organ"], ...], Field(min_length=1)] = ("person", "organ")
    #: Codes of the senders; `*` and `?` stand for any part of one.
    agency: str = "*"
    #: Name of the type of document, as the sender writes it; `*` and `?` as above.
    type_name: str = "*"


class AttachmentRoleSection(Section):
    """How a signer is known for a person or an organ."""

    role: Literal["person", "organ"]
    #: Where to look.
    part: Literal["identifier", "title", "personal-name", "common-name", "same-name", "policy", "field"]
    #: A regular expression.
    pattern: Expression


class AttachmentsSection(Section):
    """Signatures in PDF files, examined after acceptance."""

    examine: bool = True
    #: How long deliveries of documents with attachments wait for that at most; 0: they do not.
    hold_seconds: NonNegativeFloat = 0
    #: Whose signatures are missed; the first that fits counts. Nothing is stopped by it.
    demands: tuple[AttachmentDemandSection, ...] = ()
    #: Asked before the rules that come with the bus.
    roles: tuple[AttachmentRoleSection, ...] = ()
    size_limit_bytes: PositiveInt = 64 * 1024 * 1024
    signatures_limit: PositiveInt = 20
    seconds_limit: PositiveInt = 20
    memory_limit_bytes: Annotated[int, Field(ge=256 * 1024 * 1024)] = 1024 * 1024 * 1024
