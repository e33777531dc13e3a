"""Sparing a system that does not answer: after some failures in a row it is asked seldom, until it answers again.

Meanwhile its parcels stay where they are, in its queue: nothing is tried, counted or moved for as long as it lasts, and
what waits comes in its old order when it is over.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from lgsp.model.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lgsp.model.agency import AgencyCode

_JITTER: Final = 0.2


class Breakers(Protocol):
    """Where it is kept which breakers are open, for those who look."""

    def opened(self, agency: AgencyCode, why: str) -> None:
        """Keep that an agency's system is spared from now on."""

    def closed(self, agency: AgencyCode) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparing:
    """When a system is spared, and how much."""

    #: Failures in a row.
    after: int = 5
    first_pause_seconds: float = 5
    longest_pause_seconds: float = 300


class Breaker:
    """Of one agency's system. Its couriers of all lanes share it; safe for their threads.

    It is open while the system is spared. After each pause one parcel is tried, and the next pause is twice as long.
    A process that starts knows nothing: it tries.
    """

    def __init__(
        self,
        agency: AgencyCode,
        sparing: Sparing,
        breakers: Breakers,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing has failed yet."""
        self.agency = agency
        self._breakers = breakers
        self._sparing = sparing
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = sparing.first_pause_seconds
        #: When the next may be tried; 0 while it is closed, endless while one is being tried.
        self._until = 0.0
        #: What the system's last failure said.
        self.why = ""
        #: Whether it is kept as open; None: an earlier process may have left it so.
        self._kept: bool | None = None

    def rests(self) -> float:
        """Return for how long nothing is to be tried, in seconds; 0: now something may be."""
        with self._lock:
            return max(self._until - self._clock(), 0) if self._until else 0

    def lets(self) -> bool:
        """Return whether this parcel may be tried; of an open breaker the next may only once it is `failed` or not."""
        with self._lock:
            if not self._until:
                return True
            if self._clock() < self._until:
                return False
            self._until = float("inf")
            return True

    def failed(self, why: str) -> None:
        """Hear that the system did not answer."""
        with self._lock:
            self._failures += 1
            self.why = why
            if self._until:
                self._pause = min(2 * self._pause, self._sparing.longest_pause_seconds)
            elif self._failures < self._sparing.after:
                return
            spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - jitter, not a secret
            self._until = self._clock() + self._pause * spread

    def answered(self) -> None:
        """Hear that it did."""
        with self._lock:
            self._failures = 0
            self._pause = self._sparing.first_pause_seconds
            self._until = 0.0

    def keep(self) -> bool | None:
        """Keep where others find it what has changed; return whether it is open where that is news, else None.

        Raises StoreUnavailable; it is kept the next time.
        """
        with self._lock:
            is_open, before = bool(self._until), self._kept
            if is_open is before or (self._failures and not is_open):
                return None
            self._kept = is_open
        try:
            if is_open:
                self._breakers.opened(self.agency, self.why)
            else:
                self._breakers.closed(self.agency)
        except Unavailable:
            self._kept = before
            raise
        return is_open if is_open or before else None
