"""Reading one signature of a PDF with pyHanko. Only the worker process imports this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asn1crypto import core
from pyhanko.pdf_utils.generic import parse_pdf_date
from pyhanko.sign.diff_analysis import (
    DiffResult,
    FormUpdatingRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.policies import DEFAULT_DIFF_POLICY
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    extract_self_reported_ts,
    get_signing_cert_attr,
    validate_sig_integrity,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.pdf.byterange import misplaced
from signing.pdf.findings import Change, Covers, Level
from signing.pdf.raw import RawSignature, hexed
from signing.pdf.stamps import read_token, stamps_of
from signing.verdict import Reason

if TYPE_CHECKING:
    from signing.pdf.raw import RawStamp

_PADES: Final = "/ETSI.CAdES.detached"
_DETACHED: Final = frozenset({_PADES, "/adbe.pkcs7.detached"})
_TIME: Final = "/ETSI.RFC3161"
_WEAK: Final = frozenset({"md5", "sha1"})
_SOUND: Final = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})
_DETAIL: Final = 200

#: What may follow a signature: further signatures, time stamps, evidence. pyHanko's own policy also lets form fields be
#: filled in; an official document has none to fill, and they change what is read.
_POLICY: Final = StandardDiffPolicy(
    global_rules=DEFAULT_DIFF_POLICY.global_rules,
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
)
_CHANGES: Final = {
    ModificationLevel.NONE: Change.NONE,
    ModificationLevel.LTA_UPDATES: Change.EVIDENCE,
    ModificationLevel.FORM_FILLING: Change.SIGNATURES,
}
_COVERS: Final = {
    SignatureCoverageLevel.ENTIRE_FILE: Covers.FILE,
    SignatureCoverageLevel.ENTIRE_REVISION: Covers.REVISION,
}


def read_signature(octets: bytes, reader: Any, name: str, field: Any) -> tuple[int, RawSignature]:
    """Return the revision that a signature belongs to, and what it says. Raises what hostile content makes raise."""
    filled = field.get_object()
    visible = _visible(filled)
    form = str(filled["/V"].get("/SubFilter", ""))
    if form not in _DETACHED | {_TIME}:
        unknown = f"SubFilter {form}"[:_DETAIL]
        unread = RawSignature(field=name, visible=visible, reason=Reason.ALGORITHM.value, detail=unknown)
        return reader.xrefs.total_revisions, unread
    embedded = EmbeddedPdfSignature(reader, field, name)
    covers, changes, changed = _integrity(octets, embedded)
    told = _told(embedded, stamped=form == _TIME)
    reason, detail = _weighed(told, covers, changes, changed)
    stamps = told.stamps if told.intact else ()
    return embedded.signed_revision, RawSignature(
        field=name,
        visible=visible,
        time_stamp=form == _TIME,
        reason=reason.value if reason else "",
        detail=detail[:_DETAIL],
        intact=told.intact,
        covers=covers.value,
        changes=changes.value,
        claimed=_claimed(embedded),
        level=_level(embedded, form, stamped=bool(stamps)),
        algorithm=told.algorithm,
        certificates=told.certificates,
        stamps=stamps,
    )


class _Told:
    """What the cryptographic message of a signature says."""

    def __init__(self, embedded: Any, stamps: tuple[RawStamp, ...]) -> None:
        found = extract_certs_for_validation(embedded.signed_data)
        signer = embedded.signer_info
        self.stamps = stamps
        self.digest: str = signer["digest_algorithm"]["algorithm"].native
        self.algorithm = f"{self.digest} {signer['signature_algorithm']['algorithm'].native}"[:60]
        self.certificates = hexed([found.signer_cert.dump(), *(other.dump() for other in found.other_certs)])
        self.intact = False
        self.said = ""


def _told(embedded: Any, *, stamped: bool) -> _Told:
    """Check digest and signature value."""
    if stamped:
        token = read_token(embedded.signed_data, embedded.compute_digest)
        told = _Told(embedded, (token,) if token else ())
        told.intact = token is not None
        return told
    told = _Told(embedded, stamps_of(embedded.signer_info))
    if embedded.signed_data["encap_content_info"]["content"] is not core.VOID:
        told.said = "the signature carries content of its own"
        return told
    try:
        same, right = validate_sig_integrity(
            embedded.signer_info,
            extract_certs_for_validation(embedded.signed_data).signer_cert,
            expected_content_type="data",
            actual_digest=embedded.compute_digest(),
        )
    except SignatureValidationError as error:
        told.said = str(error)
        return told
    told.intact = same and right
    return told


def _integrity(octets: bytes, embedded: Any) -> tuple[Covers, Change, str]:
    """Say what is covered, and what was changed since."""
    wrong = misplaced(octets, embedded.byte_range, embedded.pkcs7_content)
    if wrong:
        return Covers.PART, Change.FORBIDDEN, wrong
    embedded.compute_integrity_info(diff_policy=_POLICY)
    covers = _COVERS.get(embedded.coverage, Covers.PART)
    if covers is Covers.PART:
        return covers, Change.FORBIDDEN, "the revision that was signed is not covered whole"
    difference = embedded.diff_result
    if not isinstance(difference, DiffResult):
        said = str(difference) if isinstance(difference, SuspiciousModification) else "not comparable"
        return covers, Change.FORBIDDEN, said
    allowed = embedded.summarise_integrity_info()["docmdp_ok"] is not False
    change = _CHANGES.get(difference.modification_level, Change.FORBIDDEN)
    return (covers, change, "") if allowed else (covers, Change.FORBIDDEN, "more changed than the signer allowed")


def _weighed(told: _Told, covers: Covers, changes: Change, changed: str) -> tuple[Reason | None, str]:
    """Say why a signature is not simply valid, the gravest reason first."""
    if covers is Covers.PART:
        return Reason.COVERAGE, changed
    if not told.intact:
        return Reason.MATHEMATICS, told.said
    if changes is Change.FORBIDDEN:
        return Reason.ALTERED, changed
    if told.digest in _WEAK:
        return Reason.WEAK_ALGORITHM, told.algorithm
    return (None, "") if told.digest in _SOUND else (Reason.ALGORITHM, told.algorithm)


def _level(embedded: Any, form: str, *, stamped: bool) -> str:
    if form == _TIME:
        return ""
    if form != _PADES or get_signing_cert_attr(embedded.signer_info["signed_attrs"]) is None:
        return Level.CMS
    return Level.B_T if stamped else Level.B_B


def _claimed(embedded: Any) -> str:
    said = extract_self_reported_ts(embedded.signer_info)
    if said is None and "/M" in embedded.sig_object:
        said = parse_pdf_date(embedded.sig_object["/M"], strict=False)
    return said.isoformat() if said is not None else ""


def _visible(field: Any) -> bool:
    """Tell whether the field, or the one annotation that shows it, has an area."""
    kids = field.get("/Kids", ())
    shown = field if "/Rect" in field else (kids[0].get_object() if kids else field)
    corners = [float(corner) for corner in shown.get("/Rect", (0, 0, 0, 0))]
    return len(corners) == 4 and corners[0] != corners[2] and corners[1] != corners[3]  # noqa: PLR2004
