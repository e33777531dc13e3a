"""What is sent: an envelope with its exact octets, and what was proven about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from lgsp.model.agency import AgencyCode


class Kind(StrEnum):
    """What an envelope is."""

    DOCUMENT = "document"  # edXML document: an official document with its attachments
    STATUS = "status"  # edXML status: what became of a document at one recipient
    MESSAGE = "message"  # urn:lgsp:message:1: a dossier or a service call


class BusinessType(IntEnum):
    """edXML `BussinessDocType`: what a document does to an earlier one."""

    NEW = 0
    RECALL = 1
    UPDATE = 2
    REPLACE = 3


class Tree(Protocol):
    """The parsed document, for looking things up; nobody changes or serialises it."""

    def findtext(
        self, path: str, default: str | None = None, namespaces: Mapping[str, str] | None = None
    ) -> str | None:
        """Return the text of the first element at `path` (ElementPath), or `default`."""


class Content(Protocol):
    """The content of a file inside an envelope. Everything here raises MalformedEnvelope when it is not base64."""

    def __call__(self) -> bytes:
        """Decode all of it, each time it is called."""

    def head(self) -> bytes:
        """Return the first octets, at most 512; cheap."""

    def size(self) -> int:
        """Return how many octets it has, without decoding them."""

    def open(self) -> BinaryIO:
        """Return it as a file that decodes no more than what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside a document, named by its ContentId."""

    #: Without the optional `cid:`.
    content_id: str
    name: str
    #: As the manifest states it; the sender's system may be wrong about it.
    content_type: str
    description: str = ""
    content: Content = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """How one document points at another (edXML `ResponseFor`). Every part as written."""

    agency: AgencyCode
    #: Number and notation in one string, e.g. `5123/UBND-KGVX`.
    code: str
    #: As written: real files hold dates that do not exist.
    promulgated: str
    document_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One document that another one replaces (edXML `ReplacementInfo`)."""

    document_id: str
    #: For whom; empty: for all that it went to.
    recipients: tuple[AgencyCode, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHeader:
    """What only a document says."""

    number: str
    notation: str
    #: As written, `yyyy/MM/dd`.
    promulgated: str
    #: 0 ordinary, 1 urgent, 2 very urgent, 3 express, 4 express at an hour.
    priority: int = 0
    type_name: str = ""
    business: BusinessType = BusinessType.NEW
    #: `Bussiness/DocumentId`: the document that `business` is done to; empty where the sender leaves it out.
    target: str = ""
    replaces: tuple[Replacement, ...] = ()
    #: Whether a paper copy goes too.
    paper: bool = False
    #: The sender's words to `business` or `paper` (edXML `BussinessDocReason`).
    reason: str = ""
    responds_to: tuple[Reference, ...] = ()
    #: Until when an answer is asked for (edXML `DueDate`), as written; empty where none is.
    due: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusHeader:
    """What only a status says."""

    #: edXML business status, two digits, 01..16 (not the bus's own `Status`).
    code: str
    reason: str = ""
    #: Local time of the reporting system, as written.
    reported: str
    subject: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeader:
    """What only a message says."""

    service: str
    conversation: str
    in_reply_to: str | None = None
    created: datetime
    expires: datetime | None = None
    priority: int = 0
    #: QName of the payload element in Clark notation, `{namespace}local`.
    payload: str


def _there(path: str) -> str:
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A document, a status or a message as its sender wrote it. Nothing in it is believed yet."""

    #: Exactly as received. Delivered exactly so.
    octets: bytes = field(repr=False)
    #: SHA-256 of `octets`, in hexadecimal.
    digest: str
    #: The sender's own identifier; not unique in practice.
    document_id: str
    sender: AgencyCode
    #: In the order written, doubles removed. A status has one: the agency it answers.
    recipients: tuple[AgencyCode, ...]
    #: Where each recipient is first written: path of the element, and its line.
    places: Mapping[AgencyCode, tuple[str, int | None]] = field(default_factory=dict, repr=False, compare=False)
    subject: str
    header: DocumentHeader | StatusHeader | MessageHeader
    #: Which vendor's way of writing it is: `A` to `F` (edXML and its relatives) or `1` (message).
    variant: str
    attachments: tuple[Attachment, ...] = ()
    #: The document as edXML or as a message, for looking things up.
    tree: Tree = field(repr=False, compare=False)
    #: The parsed octets where they are no edXML (variants C, D) and `tree` is how they read; None where `tree` is they.
    original: Tree | None = field(default=None, repr=False, compare=False)
    #: Where the sender wrote the element that stands at a path in `tree`.
    place_of: Callable[[str], str] = field(default=_there, repr=False, compare=False)

    @property
    def proven_tree(self) -> Tree:
        """The parsed octets themselves: what a signature is verified on. All that is read comes from it alone."""
        return self.tree if self.original is None else self.original

    @property
    def kind(self) -> Kind:
        """What the envelope is."""
        if isinstance(self.header, DocumentHeader):
            return Kind.DOCUMENT
        return Kind.STATUS if isinstance(self.header, StatusHeader) else Kind.MESSAGE

    @property
    def priority(self) -> int:
        """How urgent it is: 0 ordinary to 4."""
        return 0 if isinstance(self.header, StatusHeader) else self.header.priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Octets at a door, and who handed them in."""

    octets: bytes = field(repr=False)
    #: The digest under which they were uploaded; then they are filled in by intake. Empty where they came themselves.
    claim: str = ""
    #: The agency that the door authenticated.
    caller: AgencyCode
    #: The door's name: `soap`, `amqp`, `source`.
    door: str
    #: Follows the document from the door to the last receipt, in every log line and row.
    correlation: str
    arrived: datetime


class Standing(StrEnum):
    """What the proof of the sender rests on."""

    SIGNATURE = "signature"
    CALLER = "caller"  # an unsigned status, by the authenticated caller


class Admission(StrEnum):
    """What a verdict on the sender's signature leads to, from the mildest to the strictest."""

    ACCEPT = "accept"
    FOR_INFORMATION = "for-information"  # goes its way, marked as without legal effect (QĐ 28/2018/QĐ-TTg, Điều 4)
    HOLD = "hold"  # kept with a receipt that says so; waits until it can be judged
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Why the bus believes who the sender is. Kept with the document for ever."""

    standing: Standing
    #: The verdict on the signature in one word: `valid`; `absent` where the standing is the caller's; else the doubt.
    verdict: str
    #: What the verdict led to when the document came; never REFUSE.
    admission: Admission = Admission.ACCEPT
    #: Why the verdict is not simply valid: a reason code and what exactly; empty otherwise.
    doubt: str = ""
    #: Name of the anchor that vouches for the signer; empty without one.
    anchor: str = ""
    #: What was known about revocation, from where and as of when; empty where it was not asked.
    revocation: str = ""
    #: Subject of the signer's certificate (RFC 4514); empty without signature.
    signer: str = ""
    #: SHA-256 of that certificate (DER), in hexadecimal; empty without signature.
    certificate: str = ""
    #: Signature algorithm URI; empty without signature.
    algorithm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An envelope whose sender is proven. Only `stages.signature.authenticate` makes one."""

    envelope: Envelope
    proof: Proof
    #: Who sends: the code that the directory files the agency under. `envelope.sender` is the code as written.
    sender: AgencyCode
