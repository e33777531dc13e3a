"""Whom we believe: the configured authorities, and whether a certificate leads to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID

from signing.errors import CertificateUnreadable
from signing.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

_DEPTH = 5
_REMEMBERED = 8_192
_RSA_BITS = 2048
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
#: Critical extensions that are understood here. Any other critical one ends the chain, as RFC 5280 demands.
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,  # read by nobody here: signing documents has no purpose of its own in RFC 5280
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether a certificate is believed, and if not, why."""

    trusted: bool
    reason: Reason | None = None
    detail: str = ""


_TRUSTED: Final = Judgement(trusted=True)


class Authorities:
    """The certificates that may vouch for signers.

    A certificate is trusted when a chain of at most five leads from it to a configured one, each in its time, each
    issuer an authority by its own words, each signature made with a hash and key that hold, and when it is meant for
    signing. A certificate that is itself configured needs no chain. Revocation is not looked at. Thread-safe.
    """

    def __init__(self, certificates: Iterable[x509.Certificate]) -> None:
        """Believe these certificates."""
        self._anchors = tuple(certificates)
        self._anchor_prints = frozenset(_print(anchor) for anchor in self._anchors)
        self._proven: dict[tuple[bytes, ...], tuple[datetime, datetime]] = {}

    @classmethod
    def load(cls, paths: Iterable[Path | str]) -> Self:
        """Believe what stands in these PEM files; of a folder, every `.pem` and `.crt`.

        Raises CertificateUnreadable.
        """
        return cls(certificate for path in paths for certificate in _read(Path(path)))

    def judge(
        self, certificate: x509.Certificate, intermediates: Sequence[x509.Certificate], at: datetime
    ) -> Judgement:
        """Say whether `certificate` is trusted at the time `at`, with the help of untrusted `intermediates`.

        A chain that was proven once is not computed again while all of its certificates are in their time.
        """
        key = (_print(certificate), *sorted(map(_print, intermediates)))
        window = self._proven.get(key)
        if window is not None and window[0] <= at <= window[1]:
            return _TRUSTED
        fault = _unfit(certificate, at)
        if fault is not None:
            return fault
        worst = Judgement(trusted=False, reason=Reason.AUTHORITY_UNKNOWN, detail=_issuer(certificate))
        for chain in self._chains((certificate,), tuple(intermediates)):
            fault = _broken(chain, at)
            if fault is None:
                self._remember(key, chain)
                return _TRUSTED
            worst = fault
        return worst

    def _chains(
        self, chain: tuple[x509.Certificate, ...], pool: tuple[x509.Certificate, ...]
    ) -> Iterator[tuple[x509.Certificate, ...]]:
        """Yield every chain to a configured certificate whose names and signatures fit."""
        last = chain[-1]
        if _print(last) in self._anchor_prints:
            yield chain
            return
        for anchor in self._anchors:
            if _issued(last, anchor):
                yield (*chain, anchor)
        if len(chain) < _DEPTH - 1:
            for candidate in pool:
                if candidate not in chain and _issued(last, candidate):
                    yield from self._chains((*chain, candidate), pool)

    def _remember(self, key: tuple[bytes, ...], chain: Sequence[x509.Certificate]) -> None:
        if len(self._proven) >= _REMEMBERED:
            self._proven.clear()
        start = max(certificate.not_valid_before_utc for certificate in chain)
        self._proven[key] = (start, min(certificate.not_valid_after_utc for certificate in chain))


def _print(certificate: x509.Certificate) -> bytes:
    return certificate.fingerprint(hashes.SHA256())


def _issuer(certificate: x509.Certificate) -> str:
    return f"issued by {certificate.issuer.rfc4514_string()}"[:200]


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _untimely(certificate: x509.Certificate, at: datetime) -> Judgement | None:
    if at < certificate.not_valid_before_utc:
        detail = f"{certificate.subject.rfc4514_string()}: from {certificate.not_valid_before_utc:%Y-%m-%d}"
        return Judgement(trusted=False, reason=Reason.CERTIFICATE_NOT_YET_VALID, detail=detail[:200])
    if at > certificate.not_valid_after_utc:
        detail = f"{certificate.subject.rfc4514_string()}: until {certificate.not_valid_after_utc:%Y-%m-%d}"
        return Judgement(trusted=False, reason=Reason.CERTIFICATE_EXPIRED, detail=detail[:200])
    return None


def _unfit(certificate: x509.Certificate, at: datetime) -> Judgement | None:
    """Return what keeps the signer's own certificate from being used, whoever issued it."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        meant = usage.digital_signature or usage.content_commitment
    except x509.ExtensionNotFound:
        meant = True  # no word about usage: RFC 5280 allows any
    except (ValueError, x509.DuplicateExtension) as error:
        return Judgement(trusted=False, reason=Reason.CHAIN_BROKEN, detail=f"extensions: {error}"[:200])
    if not meant:
        return Judgement(trusted=False, reason=Reason.CERTIFICATE_USAGE, detail="keyUsage allows no signatures")
    return _untimely(certificate, at)


def _broken(chain: Sequence[x509.Certificate], at: datetime) -> Judgement | None:
    """Return what is wrong with a chain whose names and signatures fit, the signer's certificate first."""
    for below, certificate in enumerate(chain):
        try:
            fault = _fault(certificate, below - 1, last=below == len(chain) - 1)
        except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
            fault = f"unreadable: {error}"
        if fault:
            detail = f"{certificate.subject.rfc4514_string()}: {fault}"
            return Judgement(trusted=False, reason=Reason.CHAIN_BROKEN, detail=detail[:200])
        untimely = _untimely(certificate, at)
        if untimely is not None:
            return untimely
    return None


def _fault(certificate: x509.Certificate, authorities_below: int, *, last: bool) -> str:
    """Say what forbids this certificate its place in the chain, or nothing. The signer's has -1 authorities below."""
    unknown = [ext.oid for ext in certificate.extensions if ext.critical and ext.oid not in _UNDERSTOOD]
    if unknown:
        return f"critical extension {unknown[0].dotted_string} is not understood"
    if not last and not isinstance(certificate.signature_hash_algorithm, _HASHES):
        return "signed with a hash that no longer holds"
    key = certificate.public_key()
    if not (
        isinstance(key, ec.EllipticCurvePublicKey) or (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS)
    ):
        return "its key is too weak, or of a kind not used here"
    return "" if authorities_below < 0 else _no_authority(certificate, authorities_below)


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
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    return "" if usage.key_cert_sign else "may not sign certificates"


def _read(path: Path) -> Iterator[x509.Certificate]:
    if path.is_dir():
        for file in sorted((*path.glob("*.pem"), *path.glob("*.crt"))):
            yield from _read(file)
        return
    try:
        yield from x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"{path}: {error}"
        raise CertificateUnreadable(message) from error
