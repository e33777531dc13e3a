"""What a receipt says: read from its XML once, after nothing is believed yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.container.contents import RECEIPT
from lgsp.container.words import Broken, Text

if TYPE_CHECKING:
    from signing import Element

_R: Final = "{urn:lgsp:receipt:1}"
_LARGEST: Final = 4 << 20
_DIGEST: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The bus's word to the sender, as written."""

    root: Element
    dispatch_id: str
    document_id: str
    kind: str
    #: SHA-256 of the document's octets, in hexadecimal.
    digest: str
    sender: str
    recipients: tuple[str, ...]
    accepted: datetime
    standing: str
    verdict: str
    #: SHA-256 of the sender's certificate, in hexadecimal; empty without signature.
    certificate: str
    #: What the verdict led to, where the document does not simply go its way: `for-information` or `hold`.
    admission: str


def read_receipt(octets: bytes) -> Said:
    """Read a receipt. Raises Broken."""
    root = _root(octets)
    words = {field: root.findtext(f"{_R}{name}") or "" for name, field in _WORDS.items()}
    try:
        accepted = datetime.fromisoformat(root.findtext(f"{_R}Accepted") or "")
    except ValueError:
        raise Broken(_NO_RECEIPT, file=RECEIPT) from None
    if accepted.tzinfo is None or not _DIGEST.fullmatch(words["digest"]):
        raise Broken(_NO_RECEIPT, file=RECEIPT)
    recipients = tuple(one.text or "" for one in root.iterfind(f"{_R}Recipients/{_R}Recipient"))
    return Said(root=root, recipients=recipients, accepted=accepted, **words)


def _root(octets: bytes) -> Element:
    if len(octets) > _LARGEST:
        raise Broken(_NO_RECEIPT, file=RECEIPT)
    try:
        root = etree.fromstring(octets, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        raise Broken(_NO_RECEIPT, file=RECEIPT) from None
    if root.tag != f"{_R}Receipt" or root.getroottree().docinfo.internalDTD is not None:
        raise Broken(_NO_RECEIPT, file=RECEIPT)
    return root


_WORDS: Final = {
    "DispatchId": "dispatch_id",
    "DocumentId": "document_id",
    "Kind": "kind",
    "Digest": "digest",
    "Sender": "sender",
    "Standing": "standing",
    "Verdict": "verdict",
    "Certificate": "certificate",
    "Admission": "admission",
}
_NO_RECEIPT: Final = Text(
    "this is no receipt of the bus (urn:lgsp:receipt:1)", "đây không phải giấy biên nhận của trục (urn:lgsp:receipt:1)"
)
