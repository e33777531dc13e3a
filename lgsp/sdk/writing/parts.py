"""The plain values that documents are written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A sender or recipient as a document names it. Only the code is demanded."""

    code: str
    name: str = ""
    #: Name of the body above (`OrganizationInCharge`).
    in_charge: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed the document itself."""

    name: str = ""
    position: str = ""
    #: `KT. CHỦ TỊCH`, `TL.`, `TUQ.` and the like.
    competence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The clerk who sends or answers."""

    name: str = ""
    department: str = ""
    mobile: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that goes inside a document. It is written raw, never zipped."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/pdf"
    description: str = ""
    #: Without `cid:`.
    content_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One document that is replaced, and at which recipients."""

    document_id: str
    recipients: tuple[str, ...]
