"""Walk 2, relay: from the outbox to the queues; what its recipient fetches from the bus is where it is to be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.blobs.opening import Opened
from lgsp.model.agency import DIRECT, IN_ORDER, TAKES_REFERENCES
from lgsp.model.delivery import Outcome, Status
from lgsp.model.errors import ContentUnavailable, Unavailable
from lgsp.transport import NotTaken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lgsp.blobs import Blobs
    from lgsp.model.agency import Agency, AgencyCode
    from lgsp.model.lane import Lane
    from lgsp.transport import Parcel, Transport


#: How long a document waits whose octets are not as they were stored: an operator must mend them first.
_MENDING: Final = timedelta(minutes=10)


class Outbox(Protocol):
    """What is accepted and not yet in a queue."""

    def claim(self, limit: int, lease_seconds: float, lane: Lane | None = None) -> list[Parcel]:
        """Take what is due, of one lane or of both, for this relay alone, until the lease runs out."""

    def release(self, parcels: Sequence[Parcel]) -> None:
        """Give claims back before their lease runs out."""

    def postpone(self, parcels: Sequence[Parcel]) -> None:
        """Give claims back for later."""

    def early(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        """Return (dispatch_id, recipient) of those before which others of the same sender must arrive."""


class Ledger(Protocol):
    """The memory that this walk writes into."""

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Keep what became of these attempts, in one commit."""


class Directory(Protocol):
    """Who takes part, as this walk asks it."""

    def find(self, code: AgencyCode) -> Agency | None:
        """Return the agency, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Moves deliveries of a lane, or of both, into their queues. Any number may run beside each other."""

    outbox: Outbox
    transport: Transport
    ledger: Ledger
    directory: Directory
    batch_limit: int = 100
    #: After this a claim of a relay that died is free for another.
    lease_seconds: float = 30
    #: None: both, the urgent first.
    lane: Lane | None = None
    #: In how many seconds the bus means to deliver, by priority.
    targets: Mapping[int, float] = field(default_factory=dict)
    #: Where large documents lie.
    blobs: Blobs | None = None

    def forward(self) -> int:
        """Move one batch and return how many. Order: publish, confirms, record.

        A crash between leads to a second parcel, which couriers absorb, never to a lost one. Raises Unavailable;
        then the claims are released and nothing is recorded.
        """
        parcels = self.outbox.claim(self.batch_limit, self.lease_seconds, self.lane)
        if not parcels:
            return 0
        try:
            sound, stuck = self._opened(self._in_turn(parcels))
            self.transport.publish([parcel for parcel in sound if not parcel.stays])
        except NotTaken as error:
            sound = [parcel for parcel in sound if parcel not in error.parcels]
            self.outbox.postpone(error.parcels)
            telemetry.unavailable("relay", error)
        except Unavailable:
            self.outbox.release(parcels)
            raise
        outcomes = [self._outcome(parcel) for parcel in sound]
        self.ledger.record([*outcomes, *stuck])
        telemetry.forwarded(sound, outcomes)
        telemetry.measured(sound, outcomes, self.targets)
        return len(parcels)

    def _in_turn(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Return those that may go; asks the outbox only about recipients that keep an order."""
        asked = [parcel for parcel in parcels if self._asks(parcel.recipient, IN_ORDER)]
        early = self.outbox.early(asked) if asked else set()
        if not early:
            return parcels
        self.outbox.postpone([parcel for parcel in asked if (parcel.dispatch_id, parcel.recipient) in early])
        return [parcel for parcel in parcels if (parcel.dispatch_id, parcel.recipient) not in early]

    def _opened(self, parcels: Sequence[Parcel]) -> tuple[list[Parcel], list[Outcome]]:
        """Look at octets that lie apart of whatever is delivered with this; what goes to a courier it looks at itself.

        Returns what is sound, with its octets where the recipient consumes its queue, and what becomes of the rest.
        """
        sound, stuck, large = [], [], Opened(self.blobs)
        for parcel in parcels:
            direct = not parcel.stays and self._is_direct(parcel.recipient)
            if not parcel.blob or not (parcel.stays or direct):
                sound.append(parcel)
                continue
            try:
                octets = large.read(parcel.blob)
            except ContentUnavailable as error:
                telemetry.not_as_stored(parcel, error)
                stuck.append(_waiting(parcel, error))
            else:
                fetches = parcel.stays or self._asks(parcel.recipient, TAKES_REFERENCES)
                sound.append(parcel if fetches else replace(parcel, octets=octets, blob=""))
        return sound, stuck

    def _asks(self, code: AgencyCode, option: str) -> bool:
        """Tell whether an agency's entry has an option set."""
        agency = self.directory.find(code)
        return agency is not None and bool(agency.options.get(option))

    def _outcome(self, parcel: Parcel) -> Outcome:
        return Outcome(
            dispatch_id=parcel.dispatch_id,
            recipient=parcel.recipient,
            status=Status.DELIVERED if parcel.stays or self._is_direct(parcel.recipient) else Status.QUEUED,
            attempt=parcel.attempt,
        )

    def _is_direct(self, code: AgencyCode) -> bool:
        """Tell whether its own system consumes the queue: then it has what lies there."""
        agency = self.directory.find(code)
        return agency is not None and agency.adapter == DIRECT


def _waiting(parcel: Parcel, error: ContentUnavailable) -> Outcome:
    return Outcome(
        dispatch_id=parcel.dispatch_id,
        recipient=parcel.recipient,
        status=Status.ACCEPTED,
        attempt=parcel.attempt,
        detail=f"{error.say('vi')}\n{error.say('en')}",
        due=datetime.now(UTC) + _MENDING,
    )
