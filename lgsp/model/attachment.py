"""What was found in the attachments of an accepted document: signatures inside PDF files, by whom, and their worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.agency import AgencyCode

#: The outcome of an attachment that is a PDF and was examined to the end. Any other outcome says why not.
EXAMINED: Final = "examined"
#: The outcome of an attachment that is no PDF: no signatures are looked for.
NOT_PDF: Final = "not-pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentSignature:
    """One signature inside a PDF attachment. The words are those of `signing.pdf`."""

    #: Name of the signature field.
    field: str
    #: `person`, `organ`, `time-stamp` or `unknown`.
    role: str
    #: Which part of the certificate or field says so; `binding` when the directory does; or empty.
    role_by: str
    #: The agency that the certificate is bound to; None for none.
    agency: AgencyCode | None
    #: Subject of the certificate (RFC 4514), or empty.
    signer: str
    #: SHA-256 of that certificate (DER), in hexadecimal, or empty.
    certificate: str
    #: `valid`, `weak`, `unverifiable` or `invalid`.
    result: str
    #: Why not simply valid and believed, in one word; empty when it is.
    reason: str
    detail: str
    #: `yes`, `no` or `indeterminate`: whether the signer's certificate is believed.
    belief: str
    #: Name of the anchor it leads to, or empty.
    anchor: str
    intact: bool
    #: `file`, `revision` or `part`.
    covers: str
    #: What was changed after signing: `none`, `evidence`, `signatures` or `forbidden`.
    changes: str
    #: `CMS`, `B-B`, `B-T`, `B-LT`, `B-LTA`, or empty.
    level: str
    #: When it was signed, as the signer's software wrote it, or empty.
    claimed: str
    #: When it was there for sure, by a trusted time stamp.
    stamped: datetime | None
    visible: bool

    @property
    def good(self) -> bool:
        """Whether it can be relied on."""
        return self.result == "valid" and self.belief == "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedAttachment:
    """One attachment, and the signatures in it."""

    name: str
    #: SHA-256 of its octets, in hexadecimal; empty when they cannot be decoded.
    digest: str
    #: EXAMINED, NOT_PDF, or why it could not be examined, in one word.
    outcome: str
    detail: str = ""
    signatures: tuple[AttachmentSignature, ...] = ()

    def signed_by(self, role: str) -> bool:
        """Whether somebody of that role signed it, in a way to rely on."""
        return any(signature.good and signature.role == role for signature in self.signatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexamined:
    """An accepted document whose attachments wait to be examined."""

    dispatch_id: str
    sender: AgencyCode
    octets: bytes = field(repr=False)
    correlation: str
    accepted: datetime
    #: How often it was begun, this time included.
    attempt: int
