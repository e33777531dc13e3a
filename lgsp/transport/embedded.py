"""The store as the transport: one machine, no second server."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from lgsp.model.errors import StoreUnavailable, TransportUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.model.lane import Lane
    from lgsp.transport import Parcel

#: How often a waiting consumer asks for what other processes have published; at most, after a quiet while.
_ASK_SECONDS: Final = (0.02, 0.25)


class DurableQueue(Protocol):
    """What the store offers; each call is one commit. `Parcel.mark` names a parcel in it."""

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Add parcels, each attempt of a delivery once."""

    def take(
        self, recipients: Sequence[AgencyCode], limit: int, lease_seconds: float, lane: Lane | None = None
    ) -> Sequence[Parcel]:
        """Return free parcels of a lane or of both, the most urgent first, and keep them until the lease ends."""

    def extend(self, parcels: Sequence[Parcel], lease_seconds: float) -> None:
        """Keep parcels for longer."""

    def remove(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels out for good."""

    def give_back(self, parcels: Sequence[Parcel]) -> None:
        """Let others have parcels at once."""


class Embedded:
    """Keeps `Transport`. Consumers in this process wake at once, those in others within a quarter of a second."""

    def __init__(self, queue: DurableQueue, lease_seconds: float = 30) -> None:
        """Move parcels through `queue`.

        What a consumer has is its own as long as its process lives, however long the work takes: leases are renewed
        in the background. After a crash the parcels come again when the lease ends.
        """
        self._queue = queue
        self._lease_seconds = lease_seconds
        self._published = threading.Condition()
        self._consumers: list[_Consumer] = []
        self._closed = threading.Event()
        self._keeper: threading.Thread | None = None

    def publish(self, parcels: Sequence[Parcel]) -> None:
        """Put parcels into the queues, in one commit. An attempt published twice lies there once."""
        if not parcels:
            return
        with _translated():
            self._queue.put(parcels)
        with self._published:
            self._published.notify_all()

    def provide(self, recipients: Collection[AgencyCode]) -> None:
        """Make nothing: in the store a queue is there as soon as something is in it."""

    def consume(self, recipients: Sequence[AgencyCode], lane: Lane | None = None) -> _Consumer:
        """Return a consumer of these agencies' queues."""
        consumer = _Consumer(self._queue, (tuple(recipients), lane), self._lease_seconds, self._published)
        self._consumers.append(consumer)
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, name="lgsp-leases", daemon=True)
            self._keeper.start()
        return consumer

    def close(self) -> None:
        """Close all consumers."""
        self._closed.set()
        for consumer in self._consumers:
            consumer.close()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None

    def _keep(self) -> None:
        while not self._closed.wait(self._lease_seconds / 3):
            for consumer in list(self._consumers):
                with contextlib.suppress(StoreUnavailable):  # the next round may still be in time
                    consumer.keep()


class _Consumer:
    def __init__(
        self,
        queue: DurableQueue,
        wanted: tuple[tuple[AgencyCode, ...], Lane | None],
        lease_seconds: float,
        published: threading.Condition,
    ) -> None:
        self._queue = queue
        self._recipients, self._lane = wanted
        self._lease_seconds = lease_seconds
        self._published = published
        self._held: dict[int, Parcel] = {}
        self._lock = threading.Lock()
        self._closed = False

    def receive(self, limit: int, wait_seconds: float) -> Sequence[Parcel]:
        """Return what is waiting; wait for the first at most `wait_seconds`."""
        with self._lock:
            if self._held:
                return list(self._held.values())[:limit]
        until = time.monotonic() + wait_seconds
        pause = _ASK_SECONDS[0]
        while not self._closed:
            parcels = self._take(limit)
            left = until - time.monotonic()
            if parcels or left <= 0:
                return parcels
            with self._published:
                self._published.wait(min(pause, left))
            pause = min(pause * 2, _ASK_SECONDS[1])
        return ()

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """Remove parcels for good."""
        with _translated():
            self._queue.remove(parcels)
        self._forget(parcels)

    def keep(self) -> None:
        """Renew the leases of what is held."""
        with self._lock:
            held = tuple(self._held.values())
        self._queue.extend(held, self._lease_seconds)

    def close(self) -> None:
        """Give back what is held."""
        self._closed = True
        with self._lock:
            held, self._held = tuple(self._held.values()), {}
        with contextlib.suppress(StoreUnavailable):  # then the lease gives it back
            self._queue.give_back(held)

    def _take(self, limit: int) -> Sequence[Parcel]:
        with _translated():
            parcels = self._queue.take(self._recipients, limit, self._lease_seconds, self._lane)
        with self._lock:
            self._held.update((parcel.mark, parcel) for parcel in parcels)
        return parcels

    def _forget(self, parcels: Sequence[Parcel]) -> None:
        with self._lock:
            for parcel in parcels:
                self._held.pop(parcel.mark, None)


@contextlib.contextmanager
def _translated() -> Iterator[Any]:
    try:
        yield
    except StoreUnavailable as error:
        raise TransportUnavailable(error.problems) from error
