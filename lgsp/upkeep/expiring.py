"""Giving up what could not be handed over within its time to live."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lgsp.model.agency import AgencyCode

_AT_ONCE: Final = 100


class GivenUp(Protocol):
    """A delivery that was given up."""

    @property
    def dispatch_id(self) -> str:
        """Of which document."""

    @property
    def recipient(self) -> AgencyCode:
        """To whom."""

    @property
    def correlation(self) -> str:
        """Its correlation id."""

    @property
    def since(self) -> datetime:
        """Since when it waited."""


class Ledger(Protocol):
    """The memory, as this broom asks it."""

    def expire(self, life: Callable[[AgencyCode], timedelta], limit: int) -> Sequence[GivenUp]:
        """Give up deliveries of an agency that have waited longer than its life, in one commit; return these."""


class Expiring:
    """The broom of times to live. It gives up whatever state a delivery waits in, and whatever it waits for."""

    def __init__(self, ledger: Ledger, *, hours: float, by_agency: Mapping[str, float]) -> None:
        """Let deliveries live so many hours; those of some agencies as many as they need."""
        self._ledger = ledger
        self._life = timedelta(hours=hours)
        self._lives = {code: timedelta(hours=each) for code, each in by_agency.items()}

    def sweep(self) -> int:
        """Give up some of what is too old, and return how many."""
        over = self._ledger.expire(lambda agency: self._lives.get(agency, self._life), _AT_ONCE)
        for one in over:
            telemetry.expired(one.recipient, one.dispatch_id, one.correlation, one.since)
        return len(over)
