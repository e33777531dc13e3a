"""Where the signature stands in each format, by what the octets themselves are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import Kind
from signing import EDXML_RULES, MESSAGE_RULES, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lgsp.model.envelope import Envelope
    from signing import Element

RULES: Final[Mapping[Kind, Rules]] = MappingProxyType(
    {Kind.DOCUMENT: EDXML_RULES, Kind.STATUS: EDXML_RULES, Kind.MESSAGE: MESSAGE_RULES}
)
_LOOKALIKES: Final = frozenset({"Signature", "DigitalSignature"})
_SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"


def rules_of(envelope: Envelope, root: Element) -> Rules:
    """Return what the signature of an envelope must be; `root` is the root of its own octets."""
    if envelope.original is None:
        return RULES[envelope.kind]
    if root.tag == f"{_SOAP}Envelope":  # variant C
        return Rules(place=(f"{_SOAP}Envelope", f"{_SOAP}Header"), lookalikes=_LOOKALIKES)
    return Rules(place=(str(root.tag),), lookalikes=_LOOKALIKES)  # variant D
