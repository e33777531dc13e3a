"""Who takes part: agencies and their codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_QCVN_102 = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}")
_QD_20 = re.compile(r"[A-Y][0-9]{2}(\.[0-9A-Z]+)*")


class CodeForm(StrEnum):
    """The national form an agency code follows."""

    QCVN_102 = "qcvn102"  # 000.00.11.H03: four groups, right to left (QCVN 102:2016/BTTTT)
    QD_20 = "qd20"  # H03.11: left to right, up to 35 characters (QĐ 20/2020/QĐ-TTg)
    OTHER = "other"  # met in real catalogues; good to receive, not to register


class AgencyCode(str):
    """An agency's code as written, without outer white space and in capitals.

    Every string is taken: real catalogues hold malformed codes, and what was written must be kept.
    `form` says which national form it follows, `length_limit` what the longest form allows.
    """

    __slots__ = ()
    length_limit = 35

    def __new__(cls, written: str) -> Self:
        """Make the code from what was written."""
        return super().__new__(cls, written.strip().upper())

    @property
    def form(self) -> CodeForm:
        """The national form this code follows."""
        if _QCVN_102.fullmatch(self):
            return CodeForm.QCVN_102
        if len(self) <= self.length_limit and _QD_20.fullmatch(self):
            return CodeForm.QD_20
        return CodeForm.OTHER


class Level(StrEnum):
    """The level of government a body belongs to, at the time of sending."""

    CENTRAL = "central"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Bloc(StrEnum):
    """The bloc a body belongs to."""

    PARTY = "party"
    GOVERNMENT = "government"
    MASS_ORGANISATION = "mass-organisation"


class State(StrEnum):
    """Whether a body can be reached, and how."""

    ACTIVE = "active"
    LOCKED = "locked"  # its connection is suspended: nothing goes in or out for now
    CLOSED = "closed"  # the body is no more, or not yet; it may have a successor
    PAPER_ONLY = "paper-only"  # it has no system: villages, and small units without a network


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """What was true of a body from one moment to another. Those of one body follow each other without a gap."""

    #: None: from ever.
    since: datetime | None = None
    #: The first moment at which it is no longer so; None: for ever.
    until: datetime | None = None
    level: Level
    bloc: Bloc
    #: Code of the body above; None at the top.
    parent: AgencyCode | None = None
    state: State = State.ACTIVE
    #: Who took over when the body was closed; None when nobody did.
    successor: AgencyCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Another code of a body, and in which time: its code in the other national form, or one that partners write."""

    code: AgencyCode
    agency: AgencyCode
    #: None: from ever.
    since: datetime | None = None
    #: The first moment at which it no longer counts; None: for ever.
    until: datetime | None = None

    @property
    def scheme(self) -> CodeForm:
        """The form that the code follows."""
        return self.code.form

    def holds(self, at: datetime) -> bool:
        """Tell whether the code means the agency at the time `at`."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A body that sends and receives, as it is at one moment."""

    #: The code it is filed under, for ever. It answers to its aliases too.
    code: AgencyCode
    #: Official name, in Vietnamese, as shown to people.
    name: str
    level: Level = Level.PROVINCE
    bloc: Bloc = Bloc.GOVERNMENT
    #: Code of the body above; None at the top.
    parent: AgencyCode | None = None
    state: State = State.ACTIVE
    #: Who took over, where the body is closed; None when nobody did.
    successor: AgencyCode | None = None
    #: Name of the entry point in the group `lgsp.adapters` that hands documents over to this agency's system.
    adapter: str = "mailbox"
    #: What that adapter is told: an address, credentials as file paths, mappings. Shape: the adapter's own.
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def served(self) -> bool:
        """Whether anything is handed over to it: not while its connection is suspended, nor where it has no system.

        What a closed body was sent before it was closed is still handed over.
        """
        return self.state not in {State.LOCKED, State.PAPER_ONLY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One end of an exchange, as the directory knew it at that time. What reports count by."""

    #: Whose mailbox it is: the code that the directory files the agency under.
    agency: AgencyCode
    #: The code in the envelope: an alias, a closed body that `agency` succeeds, or a group that it is a member of.
    written: AgencyCode
    level: Level
    bloc: Bloc


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Whose signature a certificate makes, and in which time. An agency may have several at once."""

    agency: AgencyCode
    #: None: from ever.
    since: datetime | None = None
    #: The first moment at which it no longer counts; None: for ever.
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the certificate speaks for the agency at the time `at`."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


#: The adapter name of an agency that fetches its documents from the bus: where they lie is the mailbox.
MAILBOX = "mailbox"
#: The adapter name of an agency whose own system consumes its queue on the broker: for it the queue is the delivery.
DIRECT = "queue"
#: The option by which such an agency says that it reads its urgent queue too: then nothing there falls back.
READS_URGENT = "reads_urgent"
#: The option by which such an agency says that it fetches large documents by their reference (GetDocument).
TAKES_REFERENCES = "takes_references"
#: The option by which an agency asks that what one sender sends it comes in the order of acceptance.
IN_ORDER = "in_order"
