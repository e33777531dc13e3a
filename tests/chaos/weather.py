"""Faults in their time: each begins when so much of the work is done, a few at once, and none is left out."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.chaos.faults import FAULTS, SPECIAL
from tests.services.bus import WALKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.chaos.scene import Scene

_STORIES: Final = {**FAULTS, **SPECIAL}
#: So many may be under way at the same time.
_AT_ONCE: Final = 2
#: When so many wait for their turn, senders wait too.
_LATE: Final = 3
#: Of two faults that touch the same, the second waits until the first is over.
_TOUCHED: Final = frozenset({*WALKS, "upkeep", "2", "PostgreSQL", "RabbitMQ", "recipient"})
#: At this share of the work the first and the last begin.
_FIRST, _LAST = 0.02, 0.95


class Weather:
    """Brings faults upon a scene."""

    def __init__(self, scene: Scene, names: Sequence[str]) -> None:
        """Bring these faults, in an order and at times that the scene's random numbers choose."""
        self._scene = scene
        shares = sorted(scene.random.uniform(_FIRST, _LAST) for _ in names)
        self._due = list(zip(shares, scene.random.sample(list(names), len(names)), strict=True))
        self._waiting: list[str] = []
        self._under_way: dict[str, tuple[float, Iterator[float]]] = {}
        #: How often each has happened.
        self.struck: Counter[str] = Counter()

    @property
    def calm(self) -> bool:
        """Whether nothing is under way and nothing waits for its turn."""
        return not (self._under_way or self._waiting)

    @property
    def late(self) -> bool:
        """Whether faults wait that should have happened by now."""
        return len(self._waiting) >= _LATE

    def blow(self, share: float) -> None:
        """Begin what is due when so much of the work is done, and go on with what is under way."""
        while self._due and self._due[0][0] <= share:
            self._waiting.append(self._due.pop(0)[1])
        for name in [name for name, (until, _) in self._under_way.items() if until <= time.monotonic()]:
            self._go_on(name)
        for name in tuple(self._waiting):
            if len(self._under_way) < _AT_ONCE and self._may_begin(name):
                self._waiting.remove(name)
                self.struck[name] += 1
                self._under_way[name] = (0, _STORIES[name](self._scene))
                self._go_on(name)

    def settle(self) -> None:
        """Let what is under way come to its end, and begin nothing more."""
        self._due, self._waiting = [], []
        while self._under_way:
            self.blow(1)
            time.sleep(0.02)

    def _may_begin(self, name: str) -> bool:
        touched = {word for other in self._under_way for word in other.split()}
        return not touched & set(name.split()) & _TOUCHED

    def _go_on(self, name: str) -> None:
        _, story = self._under_way[name]
        try:
            self._under_way[name] = (time.monotonic() + next(story), story)
        except StopIteration:
            del self._under_way[name]
