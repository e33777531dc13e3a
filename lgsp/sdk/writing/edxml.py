"""Writing edXML documents and statuses, strictly: variant A, prefix `edXML:` inside the envelope."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import BusinessType
from lgsp.sdk.writing.markup import DECLARATION, VIETNAM, branch, escape, leaf
from lgsp.sdk.writing.parts import Signer, Staff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from lgsp.model.envelope import Reference
    from lgsp.sdk.writing.parts import File, Party, Replacement

NAMESPACE: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
_BINDING: Final = f' xmlns:edXML="{NAMESPACE}"'


def write_document(
    *,
    sender: Party,
    recipients: Sequence[Party],
    number: str,
    notation: str,
    promulgated: date,
    subject: str,
    at: datetime,
    document_id: str = "",
    content: str = "",
    place: str = "",
    kind: tuple[int, int, str] = (2, 18, "Công văn"),
    signer: Signer | None = None,
    due: date | None = None,
    priority: int = 0,
    steering: int = 1,
    responds_to: Sequence[Reference] = (),
    to_places: Sequence[str] = (),
    pages: int | None = None,
    business: BusinessType = BusinessType.NEW,
    reason: str = "",
    concerns: str = "",
    replaces: Sequence[Replacement] = (),
    paper: bool = False,
    staff: Staff | None = None,
    attachments: Sequence[File] = (),
) -> bytes:
    """Return a document as UTF-8 octets, unsigned.

    `kind` is Type, TypeDetail and TypeName. `document_id` is made of sender, date, number and notation when it is
    empty. `concerns` is the DocumentId recalled or updated. `at` is the moment of sending. Lengths are left to the
    schema; a control character raises SchemaViolation.
    """
    header = branch(
        "edXML:MessageHeader",
        _party("From", sender),
        *(_party("To", recipient) for recipient in recipients),
        _leaf("DocumentId", document_id or f"{sender.code},{_day(promulgated)},{number}/{notation}"),
        branch("edXML:Code", _leaf("CodeNumber", number), _leaf("CodeNotation", notation)),
        branch("edXML:PromulgationInfo", _leaf("Place", place), _leaf("PromulgationDate", _day(promulgated))),
        branch("edXML:DocumentType", _leaf("Type", kind[0]), _leaf("TypeDetail", kind[1]), _leaf("TypeName", kind[2])),
        _leaf("Subject", subject),
        _leaf("Content", content),
        _signer(signer or Signer()),
        _leaf("DueDate", _day(due)),
        branch("edXML:OtherInfo", _leaf("Priority", priority), _leaf("PageAmount", "" if pages is None else pages)),
        *map(_reference, responds_to),
        _leaf("SteeringType", steering),
        branch("edXML:ToPlaces", *(_leaf("Place", line) for line in to_places)),
    )
    trace = branch(
        "edXML:TraceHeaderList",
        branch("edXML:TraceHeader", _leaf("OrganId", sender.code), _leaf("Timestamp", _second(at))),
        branch(
            "edXML:Bussiness",
            _leaf("DocumentId", concerns),
            _leaf("BussinessDocType", int(business)),
            _leaf("BussinessDocReason", reason),
            _leaf("Paper", int(paper)),
            branch("edXML:ReplacementInfoList", *map(_replacement, replaces)),
            _staff(staff or Staff()),
        ),
    )
    manifest = branch(
        "edXML:edXMLManifest", *map(_manifest_entry, attachments), attributes=' version="1.0"', always=True
    )
    body = branch("edXML:edXMLBody", manifest)
    return _envelope(header + trace, body, branch("AttachmentEncoded", *map(_attachment, attachments)))


def write_status(
    *, sender: Party, subject: Reference, code: str, at: datetime, reason: str = "", staff: Staff | None = None
) -> bytes:
    """Return a status as UTF-8 octets: what became of the document `subject` at `sender`.

    `subject.agency` is whom the status is addressed to: the document's sender, but for code 13 the recipient that
    is asked to give it back. `code` is the business status, `01` to `16`.
    """
    header = branch(
        "edXML:MessageHeader",
        _party("From", sender),
        _reference(subject),
        _staff(staff or Staff(), always=True),
        _leaf("StatusCode", code),
        _leaf("Description", reason),
        _leaf("Timestamp", _second(at)),
    )
    return _envelope(header, "", "")


def _envelope(header: str, body: str, attachments: str) -> bytes:
    envelope = branch("edXML:edXMLEnvelope", branch("edXML:edXMLHeader", header), body, attributes=_BINDING)
    return (DECLARATION + branch("edXML", envelope, attachments, attributes=f' xmlns="{NAMESPACE}"')).encode()


def _leaf(name: str, value: object) -> str:
    return leaf(f"edXML:{name}", value)


def _party(name: str, party: Party) -> str:
    return branch(
        f"edXML:{name}",
        _leaf("OrganId", party.code),
        _leaf("OrganizationInCharge", party.in_charge),
        _leaf("OrganName", party.name),
        _leaf("OrganAdd", party.address),
        _leaf("Email", party.email),
        _leaf("Telephone", party.telephone),
        _leaf("Fax", party.fax),
        _leaf("Website", party.website),
    )


def _signer(signer: Signer) -> str:
    return branch(
        "edXML:SignerInfo",
        _leaf("Competence", signer.competence),
        _leaf("Position", signer.position),
        _leaf("FullName", signer.name),
    )


def _staff(staff: Staff, *, always: bool = False) -> str:
    return branch(
        "edXML:StaffInfo",
        _leaf("Department", staff.department),
        _leaf("Staff", staff.name),
        _leaf("Mobile", staff.mobile),
        _leaf("Email", staff.email),
        always=always,
    )


def _reference(reference: Reference) -> str:
    return branch(
        "edXML:ResponseFor",
        _leaf("OrganId", reference.agency),
        _leaf("Code", reference.code),
        _leaf("PromulgationDate", reference.promulgated),
        _leaf("DocumentId", reference.document_id),
    )


def _replacement(replacement: Replacement) -> str:
    return branch(
        "edXML:ReplacementInfo",
        _leaf("DocumentId", replacement.document_id),
        branch("edXML:OrganIdList", *(_leaf("OrganId", code) for code in replacement.recipients)),
    )


def _manifest_entry(file: File) -> str:
    return branch(
        "edXML:Reference",
        _leaf("ContentId", f"cid:{file.content_id}"),
        _leaf("ContentType", file.content_type),
        _leaf("Description", file.description),
        _leaf("AttachmentName", file.name),
    )


def _attachment(file: File) -> str:
    content = escape("ContentTransferEncoded", b64encode(file.content).decode("ascii"))
    return branch(
        "Attachment",
        leaf("ContentId", f"cid:{file.content_id}"),
        leaf("AttachmentName", file.name),
        leaf("Description", file.description),
        leaf("ContentType", file.content_type),
        f"<edXML:ContentTransferEncoded{_BINDING}>{content}</edXML:ContentTransferEncoded>\n",
    )


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat().replace("-", "/")


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%Y/%m/%d %H:%M:%S}"
