"""Reading a certificate out of a signature, once."""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing.verdict import Reason, Result, Stop

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Holder:
    """A certificate with what is asked of it again and again. Read once, so equal only to itself."""

    certificate: x509.Certificate
    #: SHA-256 of the DER form, in hexadecimal.
    fingerprint: str
    #: RFC 4514.
    subject: str
    #: `rsa`, `ec`, or empty for a key that no allowed algorithm uses.
    kind: str
    #: RSA modulus or curve size.
    bits: int
    #: Name of the curve; empty for RSA.
    curve: str = ""
    #: The public key, loaded, and as SubjectPublicKeyInfo (DER).
    key: PublicKeyTypes = field(repr=False)
    public_key: bytes = field(repr=False)


#: What XML calls white space. Python's own idea of it is wider, and engines would differ about what is signed.
_WHITE: Final = dict.fromkeys(map(ord, " \t\r\n"))


def decode_base64(text: str | None) -> bytes:
    """Return what `text` stands for. White space may stand anywhere; all else must be canonical, or ValueError."""
    squeezed = (text or "").translate(_WHITE)
    try:
        octets = binascii.a2b_base64(squeezed, strict_mode=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if not octets or binascii.b2a_base64(octets, newline=False).decode() != squeezed:
        message = "empty, or not the canonical form of what it stands for"
        raise ValueError(message)
    return octets


@lru_cache(maxsize=4096)
def read_holder(text: str) -> Holder:
    """Return the certificate that `text` (base64 of DER) holds. Stops as unverifiable when there is none."""
    try:
        return _hold(x509.load_der_x509_certificate(decode_base64(text)))
    except Exception as error:  # noqa: BLE001  # a hostile certificate may raise anything in the libraries below
        detail = f"X509Certificate: {type(error).__name__}: {error}"
        raise Stop(Result.UNVERIFIABLE, Reason.CERTIFICATE_UNREADABLE, detail) from None


def _hold(certificate: x509.Certificate) -> Holder:
    # The library parses names when they are asked for: ask here, where a broken one is expected.
    _ = certificate.issuer, certificate.not_valid_before_utc, certificate.not_valid_after_utc
    key = certificate.public_key()
    kind, bits, curve = "", 0, ""
    if isinstance(key, rsa.RSAPublicKey):
        kind, bits = "rsa", key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        kind, bits, curve = "ec", key.key_size, key.curve.name
    return Holder(
        certificate=certificate,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        subject=certificate.subject.rfc4514_string(),
        kind=kind,
        bits=bits,
        curve=curve,
        key=key,
        public_key=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


def signer_first(holders: tuple[Holder, ...]) -> tuple[Holder, ...]:
    """Return the certificates with the signer's in front: the one that issued none of the others."""
    if len(holders) == 1:
        return holders
    issuers = {
        holder.certificate.issuer for holder in holders if holder.certificate.issuer != holder.certificate.subject
    }
    leaves = [holder for holder in holders if holder.certificate.subject not in issuers]
    if len(leaves) != 1:
        return holders  # no order to be found: the first is what most signers mean
    return (leaves[0], *(holder for holder in holders if holder is not leaves[0]))
