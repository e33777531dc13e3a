"""Keeping one runner going for each entry that is wanted, as the directory of agencies changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lgsp import telemetry
from lgsp.model.errors import LgspError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from lgsp.running import Loops


class Runner(Protocol):
    """Something that works in rounds, in a thread of its own."""

    def round(self) -> int:
        """Do what there is to do, and return how much that was."""

    def close(self) -> None:
        """Stop for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A runner that there must be."""

    name: str
    #: Raises LgspError when it cannot be made just now; it is tried again.
    make: Callable[[], Runner]


@dataclass(slots=True)
class _Running:
    runner: Runner
    stopping: threading.Event
    thread: threading.Thread

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()
        self.runner.close()


@dataclass(slots=True, kw_only=True)
class Fleet:
    """Starts and stops runners, each alone: one that cannot be made, is slow or fails holds up no other."""

    #: Asked again and again; a runner whose key is gone is stopped, a new key is started.
    wanted: Callable[[], Mapping[Hashable, Wanted]]
    loops: Loops
    #: Between rounds that found nothing.
    pause_seconds: float
    _running: dict[Hashable, _Running] = field(default_factory=dict)

    def adjust(self) -> int:
        """Compare what runs with what is wanted, and mend the difference; return 0. Raises Unavailable."""
        wanted = self.wanted()
        for key in self._running.keys() - wanted.keys():
            self._running.pop(key).stop()
        for key in wanted.keys() - self._running.keys():
            try:
                self._running[key] = self._start(wanted[key])
            except LgspError as error:
                telemetry.misconfigured(wanted[key].name, error)
        return 0

    def close(self) -> None:
        """Stop every runner after the round in hand."""
        for running in self._running.values():
            running.stopping.set()
        while self._running:
            self._running.popitem()[1].stop()

    def _start(self, wanted: Wanted) -> _Running:
        runner, stopping = wanted.make(), threading.Event()
        thread = self.loops.keep(wanted.name, runner.round, pause_seconds=self.pause_seconds, until=stopping)
        return _Running(runner, stopping, thread)
