"""How a delivery reaches another process: the contract that every transport keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lgsp.model.envelope import Admission
from lgsp.model.errors import Problem, TransportUnavailable
from lgsp.model.lane import Lane, lane_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from lgsp.model.agency import AgencyCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One delivery as it lies in a queue: the exact octets, and what is written outside."""

    dispatch_id: str
    recipient: AgencyCode
    #: Empty where they are a blob.
    octets: bytes = field(repr=False)
    correlation: str
    accepted: datetime
    #: 1 on the first try.
    attempt: int = 1
    #: 0 ordinary, 1 urgent, 2 very urgent, 3 express, 4 express at an hour.
    priority: int = 0
    #: Whether it simply goes its way, or marked: FOR_INFORMATION.
    admission: Admission = Admission.ACCEPT
    #: The digest under which the octets lie among the blobs; empty where they are here.
    blob: str = ""
    #: It lies already where its recipient fetches it: it goes into no queue, and its octets did not come along.
    stays: bool = False
    #: The transport's own mark for acknowledging; meaningless elsewhere.
    mark: int = field(default=0, compare=False)

    @property
    def lane(self) -> Lane:
        """The lane it goes on."""
        return lane_of(self.priority)


class NotTaken(TransportUnavailable):
    """All were put into their queues but these, whose own queue is full or gone: nobody else's affair."""

    def __init__(self, problem: Problem, parcels: Sequence[Parcel] = ()) -> None:
        """Name them."""
        super().__init__(problem)
        self.parcels = parcels


class Consumer(Protocol):
    """Takes parcels out of some queues. Used by one thread."""

    def receive(self, limit: int, wait_seconds: float) -> Sequence[Parcel]:
        """Return what is waiting, at most `limit`, urgent ones first, then the oldest.

        Waits for the first at most `wait_seconds`.

        What this consumer has received and not acknowledged comes first, again, so that a batch whose outcome could
        not be committed is simply received once more. At-least-once: what is never acknowledged goes to another.
        Raises TransportUnavailable; the next call connects again by itself.
        """

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """Remove parcels from their queues, for good. Call it only after the outcome is committed."""

    def close(self) -> None:
        """Stop. What was received and not acknowledged becomes receivable for others."""


class Transport(Protocol):
    """Durable queues, two an agency: `agency.<code>`, and `agency.<code>.urgent` for what must not wait behind it."""

    def publish(self, parcels: Sequence[Parcel]) -> None:
        """Put each parcel into its recipient's queue for its lane, creating queues as needed.

        Returns only once all are safe against a crash. On an error some may have been stored: publishing them
        again makes duplicates, which consumers absorb. Raises TransportUnavailable, and NotTaken. Used by one
        thread a lane: what is urgent never waits for a batch of the ordinary.
        """

    def provide(self, recipients: Collection[AgencyCode]) -> None:
        """Make these agencies' queues, so that a system may consume its own before the first document comes.

        Safe to repeat. Raises TransportUnavailable.
        """

    def consume(self, recipients: Sequence[AgencyCode], lane: Lane | None = None) -> Consumer:
        """Return a consumer of these agencies' queues: of one lane, or of both, the urgent one first."""

    def close(self) -> None:
        """Give back connections."""
