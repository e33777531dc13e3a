"""Telling of what stands still: by the age of the oldest that waits, once when it is too old, once when it is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from lgsp import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from lgsp.model.age import Age


class Ages(Protocol):
    """What is measured and kept of ages."""

    def measured(self) -> Sequence[Age]:
        """Return the oldest wherever anything waits."""

    def raised(self, ages: Collection[Age]) -> Sequence[Age]:
        """Keep that these are told as too old; return those that were not yet."""

    def lowered(self, still: Iterable[Age]) -> Sequence[Age]:
        """Forget what was told and is no longer so; return what was forgotten."""


class Alarms:
    """The broom of ages. What is told is kept in the store: any number of processes tell it once."""

    def __init__(
        self, ages: Ages, limits: Mapping[str, float], clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Tell what is older than `limits`, in seconds by what waits; what is not among them is not watched."""
        self._ages = ages
        self._limits = limits
        self._clock = clock

    def sweep(self) -> int:
        """Measure all, and tell what has changed; return 0, for there is never more at once."""
        now = self._clock()
        old = [age for age in self._ages.measured() if (now - age.since).total_seconds() > self._limit(age)]
        for age in self._ages.raised(old):
            telemetry.age_exceeded(age, now, self._limit(age))
        for age in self._ages.lowered(old):
            telemetry.age_recovered(age)
        return 0

    def _limit(self, age: Age) -> float:
        return self._limits.get(age.what, float("inf"))
