"""What the findings of the worker are worth: whom we believe, and who they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.pdf.findings import Change, Covers, Examination, Fault, Level, PdfSignature
from signing.pdf.roles import Role, role_of
from signing.verdict import Belief, Reason, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from signing.authorities import Authorities
    from signing.pdf.raw import RawFile, RawSignature, RawStamp
    from signing.pdf.roles import RoleRule

_RSA_BITS: Final = 2048
_DETAIL: Final = 200
_RESULTS: Final = {
    Reason.WEAK_ALGORITHM: Result.WEAK,
    Reason.WEAK_KEY: Result.WEAK,
    Reason.ALGORITHM: Result.UNVERIFIABLE,
    Reason.KEY_KIND: Result.UNVERIFIABLE,
    Reason.CERTIFICATE_UNREADABLE: Result.UNVERIFIABLE,
    Reason.CERTIFICATE_MISSING: Result.UNVERIFIABLE,
}


def judged(raw: RawFile, authorities: Authorities, at: datetime, roles: Sequence[RoleRule]) -> Examination:
    """Return what was found, judged at the time `at`. Raises ValueError when the worker told nonsense."""
    return Examination(
        signatures=tuple(_signature(one, authorities, at, roles) for one in raw.signatures),
        fault=Fault(raw.fault) if raw.fault else None,
        detail=raw.detail[:200],
        irregular=bool(raw.irregular),
    )


def _signature(raw: RawSignature, authorities: Authorities, at: datetime, roles: Sequence[RoleRule]) -> PdfSignature:
    certificates = _certificates(raw.certificates)
    wrong = Reason(raw.reason) if raw.reason else None
    if not certificates:
        unread = Reason.CERTIFICATE_UNREADABLE if raw.certificates else Reason.CERTIFICATE_MISSING
        return _told(raw, wrong or unread, raw.detail)
    signer, others = certificates[0], certificates[1:]
    stamped = next(filter(None, (_proven(stamp, authorities) for stamp in raw.stamps)), None)
    judgement = authorities.judge(signer, others, at, proven_at=stamped)
    wrong, detail = (wrong, raw.detail) if wrong else _weak_key(signer)
    untrusted, why = judgement.reason, judgement.detail
    belief = judgement.belief
    if raw.time_stamp and stamped is None and judgement.trusted:
        belief, untrusted, why = Belief.NO, Reason.CERTIFICATE_USAGE, "not meant for time stamps alone"
    role, role_by = (Role.TIME_STAMP, "") if raw.time_stamp else role_of(signer, raw.field, roles)
    return replace(
        _told(raw, wrong, detail if wrong else why),
        reason=wrong or untrusted,
        signer=signer.subject.rfc4514_string(),
        fingerprint=signer.fingerprint(hashes.SHA256()).hex(),
        belief=belief,
        anchor=judgement.anchor,
        stamped=stamped,
        role=role,
        role_by=role_by,
    )


def _told(raw: RawSignature, wrong: Reason | None, detail: str) -> PdfSignature:
    """Return what the worker told, in our words."""
    return PdfSignature(
        field=raw.field,
        visible=bool(raw.visible),
        result=Result.VALID if wrong is None else _RESULTS.get(wrong, Result.INVALID),
        reason=wrong,
        detail=detail[:_DETAIL],
        intact=bool(raw.intact),
        covers=Covers(raw.covers),
        changes=Change(raw.changes),
        claimed=raw.claimed[:40],
        level=Level(raw.level) if raw.level else None,
        algorithm=raw.algorithm,
    )


def _proven(stamp: RawStamp, authorities: Authorities) -> datetime | None:
    """Return the time of a stamp whose authority is trusted, and is one for time."""
    certificates, time = _certificates(stamp.certificates), datetime.fromisoformat(stamp.time).astimezone(UTC)
    if not certificates or not _for_time(certificates[0]):
        return None
    return time if authorities.judge(certificates[0], certificates[1:], time).trusted else None


def _for_time(certificate: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return list(usages) == [ExtendedKeyUsageOID.TIME_STAMPING]  # RFC 3161, 2.3: this purpose and no other


def _weak_key(certificate: x509.Certificate) -> tuple[Reason | None, str]:
    try:
        key = certificate.public_key()
    except ValueError:
        return Reason.KEY_KIND, "its key cannot be read"
    if isinstance(key, rsa.RSAPublicKey):
        return (Reason.WEAK_KEY, f"RSA, {key.key_size} bits") if key.key_size < _RSA_BITS else (None, "")
    return (None, "") if isinstance(key, ec.EllipticCurvePublicKey) else (Reason.KEY_KIND, type(key).__name__)


def _certificates(told: Sequence[str]) -> list[x509.Certificate]:
    """Return the certificates that can be read; none when the first, the signer's, cannot."""
    read = []
    for number, der in enumerate(told):
        try:
            read.append(x509.load_der_x509_certificate(bytes.fromhex(der)))
        except ValueError:
            if number == 0:
                return []
    return read
