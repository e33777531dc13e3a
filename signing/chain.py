"""Whether a chain of certificates is sound: dates, use, constraints. Revocation and belief are asked elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID

from signing.revocation.issuing import may_sign, strong
from signing.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
#: Critical extensions that are understood here. Any other critical one ends the chain, as RFC 5280 demands.
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,  # read by nobody here: signing documents has no purpose of its own in RFC 5280
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
    }
)


class Fault(NamedTuple):
    """What keeps a chain from being believed."""

    reason: Reason
    detail: str


def unfit(certificate: x509.Certificate, at: datetime) -> Fault | None:
    """Return what keeps the signer's own certificate from being used, whoever issued it."""
    try:
        meant = may_sign(certificate, "digital_signature") or may_sign(certificate, "content_commitment")
    except (ValueError, x509.DuplicateExtension) as error:
        return Fault(Reason.CHAIN_BROKEN, f"extensions: {error}"[:200])
    if not meant:
        return Fault(Reason.CERTIFICATE_USAGE, "keyUsage allows no signatures")
    return _untimely(certificate, at)


def broken(chain: Sequence[x509.Certificate], at: datetime) -> Fault | None:
    """Return what is wrong with a chain whose names and signatures fit, the signer's certificate first."""
    for below, certificate in enumerate(chain):
        try:
            fault = _fault(certificate, chain[:below], last=below == len(chain) - 1)
        except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
            fault = f"unreadable: {error}"
        if fault:
            return Fault(Reason.CHAIN_BROKEN, f"{certificate.subject.rfc4514_string()}: {fault}"[:200])
        untimely = _untimely(certificate, at)
        if untimely is not None:
            return untimely
    return None


def _untimely(certificate: x509.Certificate, at: datetime) -> Fault | None:
    name = certificate.subject.rfc4514_string()
    if at < certificate.not_valid_before_utc:
        detail = f"{name}: from {certificate.not_valid_before_utc:%Y-%m-%d}"
        return Fault(Reason.CERTIFICATE_NOT_YET_VALID, detail[:200])
    if at > certificate.not_valid_after_utc:
        return Fault(Reason.CERTIFICATE_EXPIRED, f"{name}: until {certificate.not_valid_after_utc:%Y-%m-%d}"[:200])
    return None


def _fault(certificate: x509.Certificate, below: Sequence[x509.Certificate], *, last: bool) -> str:
    """Say what forbids this certificate its place above the others, or nothing."""
    unknown = [ext.oid for ext in certificate.extensions if ext.critical and ext.oid not in _UNDERSTOOD]
    if unknown:
        return f"critical extension {unknown[0].dotted_string} is not understood"
    if not last and not isinstance(certificate.signature_hash_algorithm, _HASHES):
        return "signed with a hash that no longer holds"
    if not strong(certificate.public_key()):
        return "its key is too weak, or of a kind not used here"
    return _no_authority(certificate, len(below) - 1) or _beyond(certificate, below) if below else ""


def _no_authority(certificate: x509.Certificate, authorities_below: int) -> str:
    """Say why this certificate may not issue others, or nothing."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return "does not say that it is an authority"
    if not constraints.ca:
        return "says that it is not an authority"
    if constraints.path_length is not None and authorities_below > constraints.path_length:
        return "has more authorities below it than it allows"
    return "" if may_sign(certificate, "key_cert_sign") else "may not sign certificates"


def _beyond(certificate: x509.Certificate, below: Sequence[x509.Certificate]) -> str:
    """Say which name below an authority lies beyond what its name constraints allow, or nothing (RFC 5280, 4.2.1.10).

    Subjects are compared. A name of another kind that is constrained (mail, host) is refused: nobody here needs one.
    """
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return ""
    allowed, forbidden = constraints.permitted_subtrees or (), constraints.excluded_subtrees or ()
    others = {type(tree) for tree in (*allowed, *forbidden)} - {x509.DirectoryName}
    for one in below:
        names = [x509.DirectoryName(one.subject), *_alternatives(one)]
        if others.intersection(map(type, names)):
            return "constrains a kind of name that is not understood"
        for name in (name for name in names if isinstance(name, x509.DirectoryName)):
            if _within(name, forbidden) or (_trees(allowed) and not _within(name, allowed)):
                return f"does not allow the name {name.value.rfc4514_string()}"
    return ""


def _alternatives(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _trees(trees: Iterable[x509.GeneralName]) -> list[list[x509.RelativeDistinguishedName]]:
    return [tree.value.rdns for tree in trees if isinstance(tree, x509.DirectoryName)]


def _within(name: x509.DirectoryName, trees: Iterable[x509.GeneralName]) -> bool:
    return any(name.value.rdns[: len(tree)] == tree for tree in _trees(trees))
