"""What this door asks of the rest of the bus, as small as it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from lgsp.model.agency import Agency, AgencyCode
    from lgsp.model.delivery import Outcome, Receipt, Refusal
    from lgsp.model.envelope import Arrival, Kind
    from lgsp.store.views import Held, Received, Sent, Trace


class Reception(Protocol):
    """Takes documents in, many at a time."""

    def submit(self, arrival: Arrival) -> Future[Receipt | Refusal]:
        """Hand one document in; the future holds its answer, or Unavailable. Raises Overloaded."""


class Callers(Protocol):
    """Knows the systems that may call."""

    def caller(self, system_id: str, secret: str) -> AgencyCode | None:
        """Return the agency whose system this is, None when the secret is not its own."""

    def system(self, system_id: str) -> AgencyCode | None:
        """Return whose system this claims to be, None for an unknown one. Proves nothing."""


class Directory(Callers, Protocol):
    """Who takes part."""

    def agencies(self) -> Sequence[Agency]:
        """Return all agencies."""


class Ledger(Protocol):
    """The memory, as recipients write into it."""

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Keep what became of deliveries."""

    def note(self, dispatch_id: str, recipient: AgencyCode, detail: str) -> None:
        """Keep a sentence about a delivery without changing its state."""


class Views(Protocol):
    """What the memory tells one agency: only what it sent or received."""

    def received(self, agency: AgencyCode, *, kind: Kind | None, limit: int, after: str) -> Sequence[Received]:
        """Return what waits for `agency`, oldest first, after the dispatch id `after`."""

    def sent(self, agency: AgencyCode, *, limit: int, after: str) -> Sequence[Sent]:
        """Return what `agency` sent, oldest first, after the dispatch id `after`."""

    def trace(self, id: str, agency: AgencyCode | None = None) -> Sequence[Trace]:  # noqa: A002 - the store's word
        """Return the way of the documents with this dispatch id or document id."""

    def document(self, dispatch_id: str, agency: AgencyCode | None = None) -> Held | None:
        """Return one document with all that was kept of it."""
