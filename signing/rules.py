"""What a signature must look like in each format: data, and nothing else decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from signing import names

_EDXML = "{http://www.mic.gov.vn/TBT/QCVN_102_2016}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is allowed. The defaults are the strict ones; a format only says where its signature stands."""

    #: Clark names from the root down to the element whose child the signature is.
    place: tuple[str, ...]
    #: Local names of siblings there that claim to be a signature without being an XML Signature.
    lookalikes: frozenset[str] = frozenset()
    #: Signature algorithms that are checked at all.
    methods: frozenset[str] = frozenset(names.SIGNATURE_METHODS)
    #: Digest algorithms that are checked at all.
    digests: frozenset[str] = frozenset(names.DIGEST_BYTES)
    #: Algorithms that are checked and answered as weak.
    weak: frozenset[str] = frozenset({names.RSA_SHA1, names.ECDSA_SHA1, names.SHA1})
    canonicalizations: frozenset[str] = frozenset({names.EXCLUSIVE, names.INCLUSIVE})
    #: Attributes of the root that a reference may point at.
    ids: tuple[str, ...] = ("Id", "ID", "id")
    #: Whether the signature's own XAdES properties may be signed beside the document.
    properties: bool = True
    #: Below this an RSA key is weak.
    rsa_bits: int = 2048
    #: Above this a key costs more to check than it is worth.
    rsa_bits_limit: int = 8192
    curves: frozenset[str] = frozenset({"secp256r1", "secp384r1", "secp521r1"})
    certificates_limit: int = 5
    #: Elements inside the signature.
    elements_limit: int = 60
    #: Characters in one text or attribute inside the signature.
    text_limit: int = 16_384
    #: Comments and processing instructions in the whole document.
    remarks_limit: int = 1_000
    #: Namespace declarations in force at one element: canonicalization costs more than their number.
    namespaces_limit: int = 64


#: edXML documents and statuses.
EDXML_RULES: Final = Rules(
    place=(f"{_EDXML}edXML", f"{_EDXML}edXMLEnvelope", f"{_EDXML}edXMLHeader"),
    lookalikes=frozenset({"Signature", "DigitalSignature"}),
)
#: Messages of the bus: dossiers and service calls.
MESSAGE_RULES: Final = Rules(place=("{urn:lgsp:message:1}Message",), lookalikes=frozenset({"Signature"}))
#: The bus's word to the sender.
RECEIPT_RULES: Final = Rules(
    place=("{urn:lgsp:receipt:1}Receipt",), lookalikes=frozenset({"Signature"}), properties=False
)
