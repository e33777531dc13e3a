"""Who may speak about a certificate: the identity of its issuer, and what an issuer may sign."""

from __future__ import annotations

import hashlib
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def issuer_id(issuer: x509.Certificate) -> bytes:
    """Return what makes an issuer one: its name and its key. Two certificates of one authority have the same."""
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(issuer.subject.public_bytes() + key).digest()


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether `issuer` signed `certificate`, by name and by signature."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def may_sign(
    certificate: x509.Certificate, what: Literal["content_commitment", "crl_sign", "digital_signature", "key_cert_sign"]
) -> bool:
    """Tell whether keyUsage allows it; a certificate without keyUsage may do anything (RFC 5280, 4.2.1.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return bool(getattr(usage, what))


def strong(key: object) -> bool:
    """Tell whether a public key is of a kind and size that holds."""
    return isinstance(key, ec.EllipticCurvePublicKey) or (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048)  # noqa: PLR2004  # bits
