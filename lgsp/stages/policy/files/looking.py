"""Going through the attachments of a document, and saying which one is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.errors import MalformedEnvelope, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.envelope import Attachment, Envelope
    from lgsp.model.text import Text

_PLACE: Final = "edXML/AttachmentEncoded/Attachment"


def files(envelope: Envelope) -> Iterator[tuple[str, Attachment, bytes]]:
    """Yield place, attachment and first octets of each file that can be decoded.

    One that is named but not there, or is not base64, is not for these rules to judge: nobody can open it.
    """
    for number, attachment in enumerate(envelope.attachments, 1):
        try:
            head = attachment.content.head()
        except MalformedEnvelope:
            continue
        yield f"{_PLACE}[{number}]", attachment, head


def about(place: str, attachment: Attachment, expected: Text, found: str, cure: Text | None = None) -> Problem:
    """Return what is wrong with one attachment."""
    return Problem(element=place, expected=expected, found=f"{attachment.name[:100]}: {found}"[:200], cure=cure)
