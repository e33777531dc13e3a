"""The mathematics of a whole signature, behind one protocol."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import xmlsec

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.gate import Claim


class Engine(Protocol):
    """Checks one signature whose structure the gate has passed. Changes nothing in the tree. Thread-safe."""

    def holds(self, claim: Claim, holder: Holder) -> bool:
        """Return whether digest and signature value are right under the public key of `holder`."""


class Xmlsec:
    """libxmlsec1. It canonicalizes inclusively inside edXML too, where lxml does not (a stray `xmlns=""`)."""

    def holds(self, claim: Claim, holder: Holder) -> bool:
        """Return whether digest and signature value are right under the public key of `holder`."""
        context = xmlsec.SignatureContext()
        context.key = _key(holder.public_key)
        if claim.id_attribute:
            context.register_id(claim.root, claim.id_attribute)
        try:
            context.verify(claim.signature)
        except xmlsec.Error:
            return False
        return True


@lru_cache(maxsize=4096)
def _key(public_key: bytes) -> xmlsec.Key:
    return xmlsec.Key.from_memory(public_key, xmlsec.constants.KeyDataFormatDer)


XMLSEC: Final[Engine] = Xmlsec()
