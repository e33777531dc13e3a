"""Answers of OCSP responders (RFC 6960): what was said about one certificate, by someone who may say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from signing.errors import RevocationUnusable
from signing.revocation.crl import CLOCKS_APART
from signing.revocation.issuing import issued, issuer_id, may_sign, strong
from signing.revocation.status import Revocation, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_STATES: Final = {
    ocsp.OCSPCertStatus.GOOD: State.GOOD,
    ocsp.OCSPCertStatus.REVOKED: State.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: State.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a responder that may speak for the issuer said of one certificate."""

    #: Whose certificate it is about, see `issuer_id`.
    issuer: bytes
    serial: int
    said: Revocation
    #: The responder's own certificate, when it is not the issuer itself.
    responder: x509.Certificate | None = None


def question(certificate: x509.Certificate, issuer: x509.Certificate, nonce: bytes = b"") -> bytes:
    """Return the request about one certificate, DER. SHA-1 names the issuer there: what every responder knows."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303  # a name, no proof
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def responders(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the addresses at which a certificate says it can be asked about."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension):
        return ()
    return tuple(
        one.access_location.value
        for one in access
        if one.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
    )


def read_answer(
    octets: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, nonce: bytes = b""
) -> Answer:
    """Return what a responder says of `certificate`, issued by `issuer`. Raises RevocationUnusable.

    A nonce that comes back must be the one sent; responders may leave it out. Outdated answers tell their age.
    """
    try:
        return _read(octets, certificate, issuer, at, nonce)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise RevocationUnusable(f"not an OCSP answer that can be read: {error}"[:200]) from error


def _read(octets: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, nonce: bytes) -> Answer:
    response = ocsp.load_der_ocsp_response(octets)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise RevocationUnusable(f"the responder answers {response.response_status.name.lower()}")
    responder = _responder(response, issuer)
    _same_nonce(response, nonce)
    said = next(_about(response, certificate, issuer), None)
    if said is None:
        raise RevocationUnusable("the answer is about another certificate")
    if said.this_update_utc > at + CLOCKS_APART:
        raise RevocationUnusable(f"the answer is from the future: {said.this_update_utc:%Y-%m-%dT%H:%M:%SZ}")
    return Answer(
        issuer=issuer_id(issuer),
        serial=certificate.serial_number,
        responder=responder,
        said=Revocation(
            state=_STATES[said.certificate_status],
            source="ocsp",
            as_of=said.this_update_utc,
            until=said.next_update_utc,
            revoked_at=said.revocation_time_utc,
            why=said.revocation_reason.value if said.revocation_reason else "",
        ),
    )


def _about(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> Iterator[ocsp.OCSPSingleResponse]:
    """Yield what the answer holds about exactly this certificate of this issuer."""
    for single in response.responses:
        if single.serial_number != certificate.serial_number:
            continue
        # The library computes the issuer's hashes when it writes a request.
        wanted = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm).build()
        if (single.issuer_name_hash, single.issuer_key_hash) == (wanted.issuer_name_hash, wanted.issuer_key_hash):
            yield single


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate) -> x509.Certificate | None:
    """Return the responder's certificate, None for the issuer itself. Refuses whoever the issuer has not authorised."""
    if not isinstance(response.signature_hash_algorithm, _HASHES):
        raise RevocationUnusable("the answer is signed with a hash that no longer holds")
    if _signed_by(response, issuer):
        return None
    for candidate in response.certificates[:5]:
        if _signed_by(response, candidate):
            _authorised(candidate, issuer, response.produced_at_utc)
            return candidate
    raise RevocationUnusable("the answer is signed by nobody who came along, and not by the issuer")


def _authorised(responder: x509.Certificate, issuer: x509.Certificate, at: datetime) -> None:
    """Refuse a responder that the issuer itself has not made one (RFC 6960, 4.2.2.2)."""
    if not issued(responder, issuer):
        raise RevocationUnusable("the responder's certificate is not from the issuer it speaks for")
    try:
        purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        purposes = x509.ExtendedKeyUsage([])
    if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes or not may_sign(responder, "digital_signature"):
        raise RevocationUnusable("the responder's certificate is not meant for OCSP")
    if not responder.not_valid_before_utc <= at <= responder.not_valid_after_utc:
        raise RevocationUnusable("the responder's certificate was not in force when it answered")
    if not isinstance(responder.signature_hash_algorithm, _HASHES) or not strong(responder.public_key()):
        raise RevocationUnusable("the responder's certificate is too weak")


def _signed_by(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    key, algorithm = certificate.public_key(), response.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _same_nonce(response: ocsp.OCSPResponse, nonce: bytes) -> None:
    try:
        returned = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return
    if nonce and returned != nonce:
        raise RevocationUnusable("the nonce is not the one that was sent: an answer to somebody else")
