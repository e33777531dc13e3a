"""Names that the standards give: namespaces, algorithm identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes

if TYPE_CHECKING:
    from collections.abc import Mapping

DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"

EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED: Final = f"{DSIG}enveloped-signature"

RSA_SHA1: Final = f"{DSIG}rsa-sha1"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"
RSA_SHA512: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
ECDSA_SHA1: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"
ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ECDSA_SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
ECDSA_SHA512: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"

SHA1: Final = f"{DSIG}sha1"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA384: Final = "http://www.w3.org/2001/04/xmldsig-more#sha384"
SHA512: Final = "http://www.w3.org/2001/04/xmlenc#sha512"

#: Transforms that sign a part chosen by a program in the signature itself: what they leave out may be anything.
CUTTING: Final = frozenset(
    {
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        f"{DSIG}base64",
    }
)


@cache
def dsig(local: str) -> str:
    """Return the Clark name of an XML Signature element."""
    return f"{{{DSIG}}}{local}"


@dataclass(frozen=True, slots=True)
class SignatureMethod:
    """What a signature algorithm identifier stands for."""

    #: `rsa` (PKCS #1 v1.5) or `ec`.
    kind: str
    hash: hashes.HashAlgorithm


SIGNATURE_METHODS: Final[Mapping[str, SignatureMethod]] = MappingProxyType(
    {
        RSA_SHA1: SignatureMethod("rsa", hashes.SHA1()),  # noqa: S303  # known so that it can be called weak
        RSA_SHA256: SignatureMethod("rsa", hashes.SHA256()),
        RSA_SHA384: SignatureMethod("rsa", hashes.SHA384()),
        RSA_SHA512: SignatureMethod("rsa", hashes.SHA512()),
        ECDSA_SHA1: SignatureMethod("ec", hashes.SHA1()),  # noqa: S303  # the same
        ECDSA_SHA256: SignatureMethod("ec", hashes.SHA256()),
        ECDSA_SHA384: SignatureMethod("ec", hashes.SHA384()),
        ECDSA_SHA512: SignatureMethod("ec", hashes.SHA512()),
    }
)

#: Digest length in bytes.
DIGEST_BYTES: Final[Mapping[str, int]] = MappingProxyType({SHA1: 20, SHA256: 32, SHA384: 48, SHA512: 64})
