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

#: How often is looked for whom other processes have published something: once for all consumers, however many wait.
_LOOK_SECONDS: Final = 0.1


class DurableQueue(Protocol):
    """What the store offers; each call is one commit. `Parcel.mark` names a parcel in it."""

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Add parcels, each attempt of a delivery once."""

    def take(
        self, recipients: Sequence[AgencyCode], limit: int, lease_seconds: float, lane: Lane | None = None
    ) -> Sequence[Parcel]:
        """Return free parcels of a lane or of both, the most urgent first, and keep them until the lease ends."""

    def recipients(self) -> Collection[AgencyCode]:
        """Return for whom there is anything, taken or not."""

    def extend(self, parcels: Sequence[Parcel], lease_seconds: float) -> None:
        """Keep parcels for longer."""

    def remove(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels out for good."""

    def give_back(self, parcels: Sequence[Parcel]) -> None:
        """Let others have parcels at once."""


class Embedded:
    """Keeps `Transport`. Consumers in this process wake at once, those in others within a tenth of a second."""

    def __init__(self, queue: DurableQueue, lease_seconds: float = 30) -> None:
        """Move parcels through `queue`.

        What a consumer has is its own as long as its process lives, however long the work takes: leases are renewed
        in the background. After a crash the parcels come again when the lease ends.
        """
        self._queue = queue
        self._lease_seconds = lease_seconds
        self._lock = threading.Lock()
        self._consumers: list[_Consumer] = []
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def publish(self, parcels: Sequence[Parcel]) -> None:
        """Put parcels into the queues, in one commit. An attempt published twice lies there once."""
        if not parcels:
            return
        with _translated():
            self._queue.put(parcels)
        self._stir({parcel.recipient for parcel in parcels})

    def provide(self, recipients: Collection[AgencyCode]) -> None:
        """Make nothing: in the store a queue is there as soon as something is in it."""

    def consume(self, recipients: Sequence[AgencyCode], lane: Lane | None = None) -> _Consumer:
        """Return a consumer of these agencies' queues."""
        consumer = _Consumer(self._queue, (tuple(recipients), lane), self._lease_seconds)
        with self._lock:
            self._consumers = [each for each in self._consumers if not each.closed]
            self._consumers.append(consumer)
            if not self._threads:
                for name, work in (("lgsp-leases", self._keep), ("lgsp-queues", self._look)):
                    self._threads.append(threading.Thread(target=work, name=name, daemon=True))
                    self._threads[-1].start()
        return consumer

    def close(self) -> None:
        """Close all consumers."""
        self._closed.set()
        for consumer in self._consumers:
            consumer.close()
        threads, self._threads = self._threads, []
        for thread in threads:
            thread.join()

    def _keep(self) -> None:
        while not self._closed.wait(self._lease_seconds / 3):
            for consumer in list(self._consumers):
                with contextlib.suppress(StoreUnavailable):  # the next round may still be in time
                    consumer.keep()

    def _look(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            try:
                self._stir(self._queue.recipients())
            except StoreUnavailable:
                self._stir(None)  # whoever receives shall learn of it

    def _stir(self, recipients: Collection[AgencyCode] | None) -> None:
        """Let those who consume any of these queues ask for what is there; None: everybody."""
        for consumer in list(self._consumers) if recipients is None or recipients else ():
            consumer.stir(recipients)


class _Consumer:
    def __init__(
        self,
        queue: DurableQueue,
        wanted: tuple[tuple[AgencyCode, ...], Lane | None],
        lease_seconds: float,
    ) -> None:
        self._queue = queue
        self._recipients, self._lane = wanted
        self._mine = frozenset(self._recipients)
        self._lease_seconds = lease_seconds
        #: There may be something to take.
        self._stirred = threading.Event()
        self._stirred.set()
        self._held: dict[int, Parcel] = {}
        self._lock = threading.Lock()
        self.closed = False

    def receive(self, limit: int, wait_seconds: float) -> Sequence[Parcel]:
        """Return what is waiting; wait for the first at most `wait_seconds`."""
        with self._lock:
            if self._held:
                return list(self._held.values())[:limit]
        until = time.monotonic() + wait_seconds
        while not self.closed and self._stirred.wait(max(until - time.monotonic(), 0)):
            if parcels := self._take(limit):
                return parcels
        return ()

    def stir(self, recipients: Collection[AgencyCode] | None) -> None:
        """Say that something may be there for some of these, or for anybody."""
        if recipients is None or not self._mine.isdisjoint(recipients):
            self._stirred.set()

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
        self.closed = True
        self._stirred.set()
        with self._lock:
            held, self._held = tuple(self._held.values()), {}
        with contextlib.suppress(StoreUnavailable):  # then the lease gives it back
            self._queue.give_back(held)

    def _take(self, limit: int) -> Sequence[Parcel]:
        self._stirred.clear()  # before asking: what is published meanwhile stirs again
        try:
            with _translated():
                parcels = self._queue.take(self._recipients, limit, self._lease_seconds, self._lane)
        except TransportUnavailable:
            self._stirred.set()
            raise
        if parcels:
            self._stirred.set()  # where something was there may be more
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
