"""The words of a header: every text that a person could read a stamp in, and where it stands.

Seen through a Protocol that lxml's elements satisfy: that the tree is made of them is the reader's promise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lgsp.model.envelope import Envelope

#: Elements whose inside is no header: files, signatures, and what a message carries.
_CARRIERS: Final = frozenset(
    {"AttachmentEncoded", "Attachment", "Attachments", "Signature", "DigitalSignature", "Payload"}
)
#: Stands between two texts; no XML can hold it.
BETWEEN: Final = "\x1e"


class Element(Protocol):
    """An element, for reading only."""

    @property
    def tag(self) -> object:
        """Name in Clark notation; no string where it is a comment."""

    @property
    def text(self) -> str | None:
        """Text before the first child."""

    @property
    def sourceline(self) -> int | None:
        """Line in the sender's octets."""

    @property
    def attrib(self) -> Mapping[str, str]:
        """Attributes, by name in Clark notation."""

    def __iter__(self) -> Iterator[Element]:
        """Children in order."""

    def __len__(self) -> int:
        """How many children."""

    def itertext(self) -> Iterator[str]:
        """Every text inside, in order."""


def root_of(envelope: Envelope) -> Element:
    """Return the root element as its sender wrote it."""
    return cast("Element", envelope.proven_tree)


def local(element: Element) -> str:
    """Return the name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def words(envelope: Envelope) -> str:
    """Return all texts as one, BETWEEN each two: for a quick look. Signatures may be among them."""
    found = [envelope.subject]
    for part in root_of(envelope):
        if local(part) in _CARRIERS:
            continue
        if not len(part):  # without children; an element has no other truth
            found.append(part.text or "")
        for inner in part:
            if local(inner) not in _CARRIERS:
                found += inner.itertext()
    for attachment in envelope.attachments:
        found += (attachment.name, attachment.description)
    return BETWEEN.join(found)


def texts(envelope: Envelope) -> Iterator[tuple[str, int | None, str]]:
    """Yield path, line and text of each element of the header, and the names of attachments."""
    root = root_of(envelope)
    yield from _inside(root, local(root))
    for attachment in envelope.attachments:
        place = "edXML/AttachmentEncoded/Attachment"
        yield f"{place}/AttachmentName", None, attachment.name
        yield f"{place}/Description", None, attachment.description


def _inside(element: Element, path: str) -> Iterator[tuple[str, int | None, str]]:
    if element.text and not element.text.isspace():
        yield path, element.sourceline, element.text
    for child in element:
        name = local(child)
        if name and name not in _CARRIERS:
            yield from _inside(child, f"{path}/{name}")
