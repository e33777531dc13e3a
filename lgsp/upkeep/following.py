"""Waiting for others' words: requests that nobody answers, statuses whose documents are not there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from lgsp import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_AT_ONCE: Final = 100
#: Two that were written at one moment and missed each other are found within this.
_RECENT: Final = timedelta(hours=1)


class Ledger(Protocol):
    """The memory, as this broom asks it."""

    def lapse(self, now: datetime, limit: int) -> Sequence[Mapping[str, Any]]:
        """Give up waiting for answers that are due, and return those requests."""

    def reconsider(self, since: datetime, limit: int, after: tuple[str, int]) -> tuple[int, tuple[str, int] | None]:
        """Look again for what the parked speak of; return how many found it, and where to go on."""

    def parked(self, before: datetime) -> tuple[int, int]:
        """Return how many are parked, and how many of these since before `before`."""


class Following:
    """The broom of the lifecycle. What it does twice, it does once: every change has its own lock."""

    def __init__(
        self, ledger: Ledger, *, parked_days: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Look for documents as long as `parked_days`."""
        self._ledger = ledger
        self._limit = timedelta(days=parked_days)
        self._clock = clock
        self._since: datetime | None = None
        self._told: date | None = None

    def sweep(self) -> int:
        """Give up what is due, and look again: at first for all that is parked, then for what came lately."""
        now = self._clock()
        lapsed = self._ledger.lapse(now, _AT_ONCE)
        for request in lapsed:
            telemetry.unanswered(request)
        self._look(self._since or now - self._limit)
        self._since = now - _RECENT
        self._tell(now)
        return len(lapsed)

    def _look(self, since: datetime) -> None:
        after: tuple[str, int] | None = ("", 0)
        while after is not None:
            _, after = self._ledger.reconsider(since, _AT_ONCE, after)

    def _tell(self, now: datetime) -> None:
        """Once a day: how many wait for documents that will not come."""
        if now.date() != self._told:
            waiting, old = self._ledger.parked(now - self._limit)
            if old:
                telemetry.unmatched(waiting, old)
            self._told = now.date()
