"""Keeping one runner going for each entry that is wanted, as the directory of agencies changes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lgsp import telemetry
from lgsp.model.errors import LgspError
from lgsp.running import STOP_SECONDS

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
    #: What a round does when it finds more than it may do at once; after less, more may gather.
    full: int = 1


@dataclass(slots=True)
class _Running:
    runner: Runner
    stopping: threading.Event
    thread: threading.Thread

    def end(self, wait_seconds: float) -> None:
        self.thread.join(wait_seconds)
        self.runner.close()


@dataclass(slots=True, kw_only=True)
class Fleet:
    """Starts and stops runners, each alone: one that cannot be made, is slow or fails holds up no other."""

    #: Asked again and again; a runner whose key is gone is stopped, a new key is started.
    wanted: Callable[[], Mapping[Hashable, Wanted]]
    loops: Loops
    #: Between rounds that found nothing.
    pause_seconds: float
    #: How long those that are in a round are waited for at the end.
    stop_seconds: float = STOP_SECONDS
    _running: dict[Hashable, _Running] = field(default_factory=dict)
    #: Told to stop, and still in a round.
    _leaving: list[_Running] = field(default_factory=list)

    def adjust(self) -> int:
        """Compare what runs with what is wanted, and mend the difference; return 0. Raises Unavailable."""
        wanted = self.wanted()
        for key in self._running.keys() - wanted.keys():
            self._leave(key)
        self._part()
        for key in wanted.keys() - self._running.keys():
            try:
                self._running[key] = self._start(wanted[key])
            except LgspError as error:
                telemetry.misconfigured(wanted[key].name, error)
        return 0

    def close(self) -> None:
        """Stop every runner after the round in hand; one that hangs is left after a while, as by a crash."""
        for key in tuple(self._running):
            self._leave(key)
        until = time.monotonic() + self.stop_seconds
        for running in self._leaving:
            running.end(max(until - time.monotonic(), 0))
            self.loops.leave(running.thread)
        self._leaving.clear()

    def _leave(self, key: Hashable) -> None:
        running = self._running.pop(key)
        running.stopping.set()
        self._leaving.append(running)

    def _part(self) -> None:
        """Close those whose round is over. Nobody waits here for one that hangs."""
        over = [running for running in self._leaving if not running.thread.is_alive()]
        self._leaving = [running for running in self._leaving if running not in over]
        for running in over:
            running.end(0)
            self.loops.leave(running.thread)

    def _start(self, wanted: Wanted) -> _Running:
        runner, stopping = wanted.make(), threading.Event()
        thread = self.loops.keep(
            wanted.name, runner.round, pause_seconds=self.pause_seconds, full=wanted.full, until=stopping
        )
        return _Running(runner, stopping, thread)
