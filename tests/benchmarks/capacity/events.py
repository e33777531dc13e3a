"""A simulation of discrete events: a clock that jumps from one event to the next, and pools that work is done in."""

from __future__ import annotations

import heapq
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Act = Callable[[], None]

#: What one turn at a processor takes at most, so that short work does not wait for long work: as operating systems do.
_TURN_SECONDS: Final = 0.004


class Clock:
    """The time, and what happens when."""

    def __init__(self) -> None:
        """It is zero o'clock."""
        self.now = 0.0
        self._events: list[tuple[float, int, Act]] = []
        self._order = count()  # of two events at one moment the one that was planned first happens first

    def at(self, moment: float, act: Act) -> None:
        """Let `act` happen then."""
        heapq.heappush(self._events, (moment, next(self._order), act))

    def run(self, until: float = float("inf")) -> None:
        """Let everything happen, in order, up to a moment."""
        while self._events and self._events[0][0] <= until:
            self.now, _, act = heapq.heappop(self._events)
            act()


class Pool:
    """Some processors alike, who take turns with what wants them, first come first served."""

    def __init__(self, clock: Clock, processors: int, speed: float = 1.0) -> None:
        """`speed`: how many seconds of the measured machine's work one does in a second."""
        self._clock, self._free, self._speed = clock, processors, speed
        self._waiting: deque[tuple[float, Act]] = deque()
        #: Seconds of work done, on all of them.
        self.busy = 0.0

    def work(self, seconds: float, then: Act) -> None:
        """Do so much work, as measured, then go on with `then`."""
        self._waiting.append((seconds / self._speed, then))
        self._begin()

    def _begin(self) -> None:
        while self._free and self._waiting:
            seconds, then = self._waiting.popleft()
            self._free -= 1
            turn = min(seconds, _TURN_SECONDS)
            self.busy += turn
            self._clock.at(self._clock.now + turn, lambda left=seconds - turn, then=then: self._end(left, then))  # type: ignore[misc]  # a lambda that binds

    def _end(self, left: float, then: Act) -> None:
        self._free += 1
        if left > 0:
            self._waiting.append((left, then))
        else:
            then()
        self._begin()


class Station:
    """Some processes alike, each of which takes what waits, up to a limit, and is busy until that is done.

    It never waits to fill a batch: while it is busy, the next one gathers by itself.
    """

    def __init__(self, processes: int, limit: int, serve: Callable[[Sequence[object], Act], None]) -> None:
        """`serve(batch, done)` does the work and calls `done` at its end."""
        self._processes = self._idle = processes
        self._limit, self._serve = limit, serve
        self._waiting: deque[object] = deque()
        #: The most that ever waited, how many batches there were, and how much was in them.
        self.longest, self.batches, self.served = 0, 0, 0

    @property
    def rests(self) -> bool:
        """Whether nothing waits and nobody works."""
        return not self._waiting and self._idle == self._processes

    def offer(self, things: Sequence[object]) -> None:
        """Put things at the end of the line."""
        self._waiting.extend(things)
        self.longest = max(self.longest, len(self._waiting))
        self._begin()

    def _begin(self) -> None:
        while self._idle and self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))]
            self._idle -= 1
            self.batches += 1
            self.served += len(batch)
            self._serve(batch, self._end)

    def _end(self) -> None:
        self._idle += 1
        self._begin()
