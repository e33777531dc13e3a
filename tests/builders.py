"""Envelopes for tests: plain functions that return octets. What is not said has a value that passes every stage."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import Reference
from lgsp.sdk.dossier import Applicant, Dossier, write_dossier
from lgsp.sdk.writing import File, Party, write_document, write_message, write_status

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMITTEE: Final = "000.00.00.H03"
DEPARTMENT: Final = "000.00.11.H03"
COMMUNE: Final = "000.20.31.H03"
MINISTRY: Final = "000.00.00.G22"
SENT: Final = datetime(2020, 9, 24, 2, 15, 30, tzinfo=UTC)


class InHand(bytes):
    """The content of an attachment that needs no decoding."""

    def __call__(self) -> bytes:
        return self

    def head(self) -> bytes:
        return self[:512]

    def size(self) -> int:
        return len(self)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self)


def a_document(
    *, sender: str = COMMITTEE, recipients: Sequence[str] = (DEPARTMENT,), number: str = "5123", **changes: Any
) -> bytes:
    """Return an unsigned edXML document; `changes` are arguments of `write_document`."""
    wanted: dict[str, Any] = {
        "notation": "UBND-KGVX",
        "promulgated": date(2020, 9, 24),
        "subject": "V/v gửi, nhận văn bản điện tử",
        "at": SENT,
        "priority": 1,
    } | changes
    return write_document(
        sender=Party(code=sender, name="UBND tỉnh Bắc Kạn"),
        recipients=[Party(code=recipient) for recipient in recipients],
        number=number,
        **wanted,
    )


def with_attachment(size: int, **changes: Any) -> bytes:
    """Return a document with one attachment of `size` octets."""
    content = (b"%PDF-1.4 " + bytes(range(256)) * (size // 256 + 1))[:size]
    return a_document(attachments=[File(name="cong_van.pdf", content=content, content_id="tep-1")], **changes)


def a_status(
    *,
    sender: str = DEPARTMENT,
    to: str = COMMITTEE,
    code: str = "03",
    about: str = "000.00.00.H03,2020/09/24,5123/UBND-KGVX",
    reason: str = "",
    at: datetime = SENT,
) -> bytes:
    """Return an unsigned edXML status about the document `about`."""
    subject = Reference(agency=AgencyCode(to), code="5123/UBND-KGVX", promulgated="2020/09/24", document_id=about)
    return write_status(sender=Party(code=sender), subject=subject, code=code, reason=reason, at=at)


def a_dossier(**changes: Any) -> bytes:
    """Return a dossier payload; `changes` are fields of `Dossier`."""
    wanted: dict[str, Any] = {
        "number": "000.00.11.H03-200924-0001",
        "procedure_code": "1.001234",
        "procedure_name": "Thủ tục mẫu",
        "channel": 2,
        "applicant": Applicant(name="Nguyễn Văn Mẫu"),
        "received": SENT,
    } | changes
    return write_dossier(Dossier(**wanted))


def a_message(
    *, sender: str = DEPARTMENT, recipients: Sequence[str] = (COMMITTEE,), payload: bytes | None = None, **changes: Any
) -> bytes:
    """Return an unsigned message with a dossier inside; `changes` are arguments of `write_message`."""
    wanted: dict[str, Any] = {"service": "one-stop.dossier", "created": SENT} | changes
    return write_message(sender=sender, recipients=recipients, payload=payload or a_dossier(), **wanted)
