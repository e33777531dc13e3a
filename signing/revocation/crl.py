"""Certificate revocation lists (RFC 5280, 5): read and checked once, then a set of serial numbers.

What is understood: complete lists, and lists for some certificates (users, authorities, or those that name a certain
distribution point). What is refused by name: delta lists, indirect lists, lists of some reasons only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from signing.errors import RevocationUnusable
from signing.revocation.issuing import issuer_id, may_sign
from signing.revocation.status import Revocation, State

_EXPIRED_CERTS_ON_CRL: Final = x509.ObjectIdentifier("2.5.29.60")
#: How far another's clock may be ahead of ours.
CLOCKS_APART: Final = timedelta(minutes=5)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNDERSTOOD: Final = frozenset(
    {ExtensionOID.ISSUING_DISTRIBUTION_POINT, ExtensionOID.CRL_NUMBER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """A list whose issuer's signature is right."""

    #: Who issued it, see `issuer_id`.
    issuer: bytes = field(repr=False)
    as_of: datetime
    until: datetime
    serials: frozenset[int] = field(repr=False)
    #: Addresses of the distribution points it speaks for; empty: for all.
    points: frozenset[str] = frozenset()
    #: Whether it speaks of authorities and of others.
    of_authorities: bool = True
    of_users: bool = True
    #: Since when certificates that ended stay on the list; None: they may leave it.
    keeps_since: datetime | None = None
    _list: x509.CertificateRevocationList = field(repr=False)

    def about(self, certificate: x509.Certificate) -> Revocation | None:
        """Return what the list says of a certificate of its issuer, or None when it does not speak of it."""
        if not (self.of_authorities if _is_authority(certificate) else self.of_users):
            return None
        if self.points and self.points.isdisjoint(distribution_points(certificate)):
            return None
        if certificate.serial_number not in self.serials:
            if certificate.not_valid_after_utc < self.as_of and not self._keeps(certificate):
                return None  # it may have left the list when it ended: silence means nothing
            return Revocation(state=State.GOOD, source="crl", as_of=self.as_of, until=self.until)
        # A second walk over the list, for the few that are on it.
        entry = self._list.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return Revocation(
            state=State.REVOKED,
            source="crl",
            as_of=self.as_of,
            until=self.until,
            revoked_at=entry.revocation_date_utc if entry else None,
            why=_reason(entry) if entry else "",
        )

    def _keeps(self, certificate: x509.Certificate) -> bool:
        return self.keeps_since is not None and self.keeps_since <= certificate.not_valid_after_utc


def read_crl(octets: bytes, issuer: x509.Certificate, at: datetime) -> Crl:
    """Return the list that `octets` (DER or PEM) hold, signed by `issuer`. Raises RevocationUnusable.

    An outdated list is read too: what it says stays true, and it tells its age. One from the future is not.
    """
    try:
        held = _load(octets)
        _authentic(held, issuer)
        return _understood(held, issuer, at)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise RevocationUnusable(f"not a CRL that can be read: {error}"[:200]) from error


def named_issuer(octets: bytes) -> x509.Name:
    """Return whom a list names as its issuer, before anything in it is believed. Raises RevocationUnusable."""
    try:
        return _load(octets).issuer
    except ValueError as error:
        raise RevocationUnusable(f"not a CRL: {error}"[:200]) from error


def distribution_points(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the addresses at which a certificate says its issuer's list is found."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension):
        return ()
    return tuple(uri for point in points if point.full_name and not point.crl_issuer for uri in _addresses(point))


def _addresses(point: x509.DistributionPoint | x509.IssuingDistributionPoint) -> list[str]:
    return [name.value for name in point.full_name or () if isinstance(name, x509.UniformResourceIdentifier)]


def _load(octets: bytes) -> x509.CertificateRevocationList:
    if octets.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_crl(octets)
    return x509.load_der_x509_crl(octets)


def _authentic(held: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    if held.issuer != issuer.subject:
        raise RevocationUnusable(f"issued by {held.issuer.rfc4514_string()}, not by the certificate's issuer"[:200])
    if not isinstance(held.signature_hash_algorithm, _HASHES):
        raise RevocationUnusable("the list is signed with a hash that no longer holds")
    if not may_sign(issuer, "crl_sign"):
        raise RevocationUnusable("its issuer may not sign lists of revoked certificates")
    key = issuer.public_key()
    if not held.is_signature_valid(key):  # type: ignore[arg-type]  # a key of another kind raises TypeError
        raise RevocationUnusable("the signature of the list is not its issuer's")


def _understood(held: x509.CertificateRevocationList, issuer: x509.Certificate, at: datetime) -> Crl:
    for extension in held.extensions:
        if extension.oid == ExtensionOID.DELTA_CRL_INDICATOR:
            raise RevocationUnusable("a delta list: only complete lists are used")
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise RevocationUnusable(f"critical extension {extension.oid.dotted_string} is not understood")
    if held.next_update_utc is None:
        raise RevocationUnusable("the list does not say when the next one comes")
    if held.last_update_utc > at + CLOCKS_APART:
        raise RevocationUnusable(f"the list is from the future: {held.last_update_utc:%Y-%m-%dT%H:%M:%SZ}")
    scope = _scope(held)
    return Crl(
        issuer=issuer_id(issuer),
        as_of=held.last_update_utc,
        until=held.next_update_utc,
        serials=frozenset(entry.serial_number for entry in held),
        points=frozenset(_addresses(scope)) if scope else frozenset(),
        of_authorities=not (scope and scope.only_contains_user_certs),
        of_users=not (scope and scope.only_contains_ca_certs),
        keeps_since=_keeps_since(held),
        _list=held,
    )


def _scope(held: x509.CertificateRevocationList) -> x509.IssuingDistributionPoint | None:
    try:
        scope = held.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return None
    if scope.indirect_crl:
        raise RevocationUnusable("an indirect list, which speaks of other issuers' certificates")
    if scope.only_some_reasons or scope.only_contains_attribute_certs or scope.relative_name:
        raise RevocationUnusable("a list of a part that is not used here: some reasons, attributes, a relative name")
    return scope


def _keeps_since(held: x509.CertificateRevocationList) -> datetime | None:
    """Return what the extension expiredCertsOnCRL (X.509, 9.5.2.8) says, a GeneralizedTime."""
    found = [one.value for one in held.extensions if one.oid == _EXPIRED_CERTS_ON_CRL]
    if not found or not isinstance(found[0], x509.UnrecognizedExtension):
        return None
    return datetime.strptime(found[0].value[2:].decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension):
        return False


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        found = entry.extensions.get_extension_for_oid(CRLEntryExtensionOID.CRL_REASON).value
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension):
        return ""
    return found.reason.value if isinstance(found, x509.CRLReason) else ""
