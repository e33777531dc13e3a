"""What is found in one file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from signing.pdf.roles import Role
from signing.verdict import Belief, Reason, Result

if TYPE_CHECKING:
    from datetime import datetime


class Fault(StrEnum):
    """Why nothing can be said about the signatures of a file."""

    NOT_PDF = "not-pdf"  # something else; no fault of anybody's
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"  # signatures
    ENCRYPTED = "encrypted"  # with a password that we do not have
    MALFORMED = "malformed"
    TIME = "time"  # not examined within its limit of time
    MEMORY = "memory"
    CRASHED = "crashed"  # the worker died, or answered nonsense


class Covers(StrEnum):
    """What a signature speaks about."""

    FILE = "file"  # the whole file as it is
    REVISION = "revision"  # the whole file as it was when it was signed; something was added since
    PART = "part"  # less than that: it proves nothing


class Change(StrEnum):
    """What was done to the file after it was signed."""

    NONE = "none"
    EVIDENCE = "evidence"  # certificates, revocation data, time stamps, empty signature fields
    SIGNATURES = "signatures"  # further signatures
    FORBIDDEN = "forbidden"  # anything else: what is shown may not be what was signed


class Level(StrEnum):
    """Which baseline level of PAdES (ETSI EN 319 142-1) the form of the signature shows. Trust is another question."""

    CMS = "CMS"  # older than PAdES: adbe.pkcs7.detached, or without the signer's certificate among what is signed
    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfSignature:
    """One signature field that is filled."""

    #: Full name of the field, as the file has it.
    field: str
    #: Whether the field has an area on a page.
    visible: bool
    result: Result
    #: None only when the result is valid and the signer trusted.
    reason: Reason | None = None
    #: English, never more than 200 characters.
    detail: str = ""
    #: Digest and signature value are right for the octets they cover, whatever was done to the file since.
    intact: bool = False
    covers: Covers = Covers.PART
    changes: Change = Change.FORBIDDEN
    #: RFC 4514, or empty.
    signer: str = ""
    #: SHA-256 of the certificate (DER), in hexadecimal, or empty.
    fingerprint: str = ""
    #: Whether that certificate leads to a configured anchor. Says nothing about whose it is.
    belief: Belief = Belief.NO
    #: Name of that anchor, or empty.
    anchor: str = ""
    #: When it was signed, as the signer's software wrote it (ISO 8601; its clock is nobody's proof), or empty.
    claimed: str = ""
    #: When it was there for sure, by a time stamp that is intact and of a trusted authority.
    stamped: datetime | None = None
    #: Empty when the signature cannot be read.
    level: Level | None = None
    role: Role = Role.UNKNOWN
    #: Which part of the certificate or field says so, or empty.
    role_by: str = ""
    #: Names of digest and signature algorithm, or empty.
    algorithm: str = ""

    @property
    def good(self) -> bool:
        """Whether it can be relied on: right, whole, nothing changed since that may not, by somebody trusted."""
        return self.result is Result.VALID and self.belief is Belief.YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found in one file."""

    #: In the order of signing.
    signatures: tuple[PdfSignature, ...] = ()
    #: None when the file was examined.
    fault: Fault | None = None
    detail: str = ""
    #: Not quite as ISO 32000 wants it, so that readers may differ; examined leniently.
    irregular: bool = False

    def signed_by(self, role: Role) -> bool:
        """Whether somebody of that role signed, in a way to rely on."""
        return any(signature.good and signature.role is role for signature in self.signatures)
