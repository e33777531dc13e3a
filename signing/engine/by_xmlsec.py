"""libxmlsec1: checks on the tree itself."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import xmlsec

from signing.engine.finding import RIGHT, WRONG, Finding

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.gate import Claim


class Xmlsec:
    """It canonicalizes inclusively inside edXML too, where lxml does not (a stray `xmlns=""`). Always able."""

    name = "xmlsec"

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:  # noqa: ARG002  # it has the tree
        """Say whether digest and signature value are right under the public key of `holder`."""
        context = xmlsec.SignatureContext()
        context.key = _key(holder.public_key)
        if claim.id_attribute:
            context.register_id(claim.root, claim.id_attribute)
        if claim.properties:
            context.register_id(claim.properties.element, "Id")
        try:
            context.verify(claim.signature)
        except xmlsec.Error:
            return WRONG
        return RIGHT


@lru_cache(maxsize=4096)
def _key(public_key: bytes) -> xmlsec.Key:
    return xmlsec.Key.from_memory(public_key, xmlsec.constants.KeyDataFormatDer)
