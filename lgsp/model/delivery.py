"""What the bus does with an envelope: a dispatch, its deliveries, and the states they pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.envelope import Admission

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from lgsp.model.agency import AgencyCode, Participant
    from lgsp.model.envelope import Envelope, Verified
    from lgsp.model.errors import Rejected
    from lgsp.model.paper import PaperReason
    from lgsp.model.remark import Remark


class Status(StrEnum):
    """Where one delivery stands. The bus's own axis: not the business status, not the dossier state."""

    ACCEPTED = "accepted"  # in the ledger, with a receipt; waiting in the outbox
    QUEUED = "queued"  # in the recipient's queue, confirmed
    DELIVERED = "delivered"  # the recipient's system, or its mailbox on the bus, has it
    TAKEN = "taken"  # the recipient said that it has stored it
    REFUSED = "refused"  # the recipient said that it will never take it
    FAILED = "failed"  # given up after the last attempt, or when its time to live was over
    WITHDRAWN = "withdrawn"  # its sender took it back before the recipient had it


#: The state machine: what may follow what. Everything else is ignored as old news, never an error:
#: queues deliver more than once and out of order.
FOLLOWS: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.ACCEPTED: frozenset(Status),  # itself too: tried, not delivered, waiting again
        Status.QUEUED: frozenset(Status) - {Status.QUEUED},
        Status.DELIVERED: frozenset({Status.TAKEN, Status.REFUSED, Status.WITHDRAWN}),
        Status.TAKEN: frozenset({Status.REFUSED}),  # a system stores it, a clerk returns it (QĐ 28/2018 Art. 9(1))
        Status.REFUSED: frozenset(),
        # Given up, and the recipient has it all the same: the last attempt's answer was lost, or came too late.
        Status.FAILED: frozenset({Status.DELIVERED, Status.TAKEN, Status.REFUSED}),
        # A courier may have been on its way: then the recipient has it, and what asked for it back goes there too.
        Status.WITHDRAWN: frozenset({Status.DELIVERED, Status.TAKEN, Status.REFUSED, Status.ACCEPTED}),
    }
)

#: What an operator may put out again as the next attempt (`lgsp replay`): what has ended without the recipient having
#: it, and what lay in a queue that was lost. Nothing else leads from an end to ACCEPTED.
REPLAYED: Final = frozenset({Status.FAILED, Status.REFUSED, Status.QUEUED})


@dataclass(frozen=True, kw_only=True)  # no slots: they have no room for what is read once
class Delivery:
    """One accepted document for one recipient, as an adapter gets it. Its identity is (dispatch_id, recipient)."""

    #: The bus's own identifier of the document; unique, ordered by time of acceptance.
    dispatch_id: str
    recipient: AgencyCode
    #: Reads the envelope. Not every adapter looks into it: a mailbox does not.
    reading: Callable[[], Envelope] = field(repr=False, compare=False)
    correlation: str
    accepted: datetime
    #: 1 on the first try.
    attempt: int = 1
    #: FOR_INFORMATION: without legal effect (QĐ 28/2018/QĐ-TTg, Art. 4), and the system's users must see that. Never
    #: HOLD or REFUSE.
    admission: Admission = Admission.ACCEPT

    @cached_property
    def envelope(self) -> Envelope:
        """What is delivered."""
        return self.reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """From whom to whom a document goes, as the directory knew both at that time."""

    sender: Participant
    #: In the order written, each agency once.
    recipients: tuple[Participant, ...]
    #: What is worth telling the sender about the codes it wrote.
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """The bus's word: this document, proven so, goes to these recipients."""

    id: str
    verified: Verified
    route: Route
    #: Who handed it in: the sender, or who speaks for it.
    caller: AgencyCode
    correlation: str
    door: str
    accepted: datetime
    #: Detached XAdES signature of the bus over the received octets.
    seal: bytes = field(repr=False)
    receipt: Receipt
    #: What the rules and the stages remarked.
    remarks: tuple[Remark, ...] = ()
    #: Why a paper copy goes too; None where none does.
    paper: PaperReason | None = None
    #: The dispatch that a status speaks of, where the ledger knew it before the status was routed.
    about: str | None = None
    #: How urgent that document is: what is said of it goes the same lane.
    urgency: int = 0
    #: Id and digest of each schema version that judged it, separated by blanks.
    schema: str = ""

    @property
    def recipients(self) -> tuple[AgencyCode, ...]:
        """Who gets a delivery each."""
        return tuple(recipient.agency for recipient in self.route.recipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the sender gets for an accepted document."""

    dispatch_id: str
    #: The sender's own identifier, as written.
    document_id: str
    #: The signed receipt, an XML document of `urn:lgsp:receipt:1`.
    octets: bytes = field(repr=False)
    #: Whether it goes its way, goes marked, or waits.
    admission: Admission = Admission.ACCEPT
    #: What was remarked when it was accepted; those of the stages stand in `octets` too.
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the sender gets for a document that is not accepted. Nothing of it went anywhere."""

    error: Rejected
    #: SHA-256 of the octets refused, in hexadecimal.
    digest: str
    correlation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What a recipient's system said when it took a delivery."""

    #: The identifier it gave the document; empty when it gives none.
    reference: str = ""
    #: What else is worth keeping for the trace: short, no personal data. JSON values.
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt to deliver: the ledger's input."""

    dispatch_id: str
    recipient: AgencyCode
    #: ACCEPTED means: not delivered, waiting again until `due`.
    status: Status
    #: Which attempt this is the outcome of. News of an earlier attempt than the ledger's changes nothing. 0 is the
    #: recipient's own word about the delivery, which is never old news.
    attempt: int = 1
    #: A sentence for the trace; empty where there is nothing to say.
    detail: str = ""
    handover: Handover | None = None
    #: When to try again; None unless `status` is ACCEPTED.
    due: datetime | None = None
    #: When it happened, where it is told of later or only imagined; None: now.
    at: datetime | None = None
