"""What the answers are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lgsp.model.envelope import Admission

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.agency import AgencyCode
    from lgsp.model.attachment import ExaminedAttachment
    from lgsp.model.delivery import Status
    from lgsp.model.envelope import Kind
    from lgsp.model.lifecycle import RequestKind, RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is the same about a document wherever it is listed."""

    dispatch_id: str
    #: The sender's own identifier, as written.
    document_id: str
    sender: AgencyCode
    kind: Kind
    number: str
    notation: str
    #: As written.
    promulgated: str
    subject: str
    priority: int
    #: SHA-256 of the octets, in hexadecimal.
    digest: str
    size_bytes: int
    accepted: datetime
    #: What the verdict on its signature led to in the end.
    admission: Admission = Admission.ACCEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Document):
    """A line of a recipient's mailbox."""

    status: Status
    attempt: int
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a document stands with one recipient."""

    recipient: AgencyCode
    status: Status
    attempt: int
    #: What the recipient's system called it; empty until it says.
    reference: str
    changed: datetime
    #: The code by which the sender wrote it: the same, an alias, a closed body or a group. Empty of old documents.
    written: str = ""
    #: How far the recipient is with it by its own words, edXML 01..06; empty before any.
    progress: str = ""
    #: What it says to being asked for it, or that it was asked: 13, 15, 16; empty before any.
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessStatus:
    """What an agency reported about a document: edXML 01..16, not the bus's own Status."""

    reporter: AgencyCode
    code: str
    reason: str
    #: Local time of the reporting system, as written.
    reported: str
    #: The dispatch of the status envelope.
    dispatch_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A recall, an update or a replacement of the document, for one of its recipients."""

    kind: RequestKind
    recipient: AgencyCode
    state: RequestState
    #: The dispatch that asks.
    dispatch_id: str
    asked: datetime
    #: Until when an answer is expected.
    due: datetime
    #: The dispatch of the status that answered; None before.
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Document):
    """A line of what an agency sent."""

    deliveries: tuple[Stand, ...]
    business: tuple[BusinessStatus, ...]
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of history."""

    at: datetime
    #: None for what concerns the whole document.
    recipient: AgencyCode | None
    #: None for a note without a change.
    status: Status | None
    attempt: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarked:
    """What was remarked about the document when it was accepted; it stopped nothing."""

    #: The rule, or the stage, that remarked it.
    rule: str
    element: str
    text_vi: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace(Sent):
    """All that the bus knows of a document's way."""

    door: str
    correlation: str
    #: Who handed it in: the sender, or who speaks for it.
    caller: AgencyCode
    #: The sender as it wrote itself; empty of old documents.
    sender_written: str
    #: Why the bus believed who the sender is.
    standing: str
    verdict: str
    signer: str
    certificate: str
    algorithm: str
    #: Why the verdict is not simply valid; empty otherwise.
    doubt: str
    #: Name of the anchor that vouches for the signer.
    anchor: str
    #: What was known about revocation when it came, from where and as of when.
    revocation: str
    history: tuple[Event, ...]
    #: What was found in the attachments; empty until they are examined.
    attachments: tuple[ExaminedAttachment, ...] = ()
    #: For the sender and the operator.
    remarks: tuple[Remarked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Document):
    """A document itself, with what proves its way."""

    recipients: tuple[AgencyCode, ...]
    correlation: str
    octets: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    receipt: bytes = field(repr=False)
