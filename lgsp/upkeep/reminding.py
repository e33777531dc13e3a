"""Finding what is past its time, and telling of it once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from lgsp import telemetry
from lgsp.model.overdue import What

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from lgsp.model.overdue import Overdue
    from lgsp.store.watching import Watch


class Finder(Protocol):
    """The memory, as this broom asks it."""

    def find(self, what: What, watch: Watch, now: datetime) -> tuple[list[Overdue], bool]:
        """Keep what is newly past a deadline; return it, and whether there may be more at once."""


class Reminding:
    """The broom that looks for deadlines that have passed. Several may: each finding is told by one."""

    def __init__(
        self,
        finder: Finder,
        watch: Watch,
        watched: Collection[str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Look for these."""
        self._finder = finder
        self._watch = watch
        self._watched = [what for what in What if what in watched]
        self._clock = clock

    def sweep(self) -> int:
        """Look at a page for each deadline; return 0 unless there may be more at once."""
        now, again = self._clock(), 0
        for what in self._watched:
            found, more = self._finder.find(what, self._watch, now)
            for one in found:
                telemetry.overdue(one)
            again += more
        return again
