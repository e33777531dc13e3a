"""Keeping a process going: steps repeated in threads, through outages, until it is told to stop."""

from __future__ import annotations

import gc
import random
import signal
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from lgsp import telemetry
from lgsp.model.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

#: However long an outage lasted, work goes on so soon after its end; asking in vain costs next to nothing.
LONGEST_PAUSE_SECONDS: Final = 5.0
#: How long a process that is told to stop waits for the steps in hand. Whoever stops it waits longer: systemd 90 s,
#: `docker stop` 10 s.
STOP_SECONDS: Final = 8.0
#: So many objects more than were let go.
_MADE_BEFORE_A_SEARCH: Final = 50_000
#: Between a round that found little and the next one. Each round costs the store the same, however much it carries.
_GATHER_SECONDS: Final = 0.02


def spare_the_search() -> None:
    """Keep what is there out of the search for garbage, and let it come seldom: the bus makes hardly any in circles.

    Call it when a process is ready. Each search walks over everything that lives, a hundred times a batch otherwise.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_MADE_BEFORE_A_SEARCH)


class Loops:
    """The repeated steps of one process."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def keep(
        self,
        name: str,
        step: Callable[[], int],
        *,
        pause_seconds: float,
        full: int = 1,
        until: threading.Event | None = None,
    ) -> threading.Thread:
        """Repeat `step` in a thread of its own until `until` (or the whole process) stops.

        A step returns how much it did: after nothing there is a pause, after an outage a growing one, and after less
        than `full` a short one, in which more gathers.
        """
        pauses = _Pauses(nothing=pause_seconds, full=full)
        stopping = until or self.stopping
        thread = threading.Thread(target=_repeat, args=(name, step, pauses, stopping), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def stop_on_signals(self) -> None:
        """End in good order on SIGTERM and SIGINT: finish the step in hand, then stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())

    def leave(self, thread: threading.Thread) -> None:
        """Wait no more for a thread that was waited for."""
        if thread in self._threads:
            self._threads.remove(thread)

    def close(self, wait_seconds: float = STOP_SECONDS) -> None:
        """Stop all, and wait for the steps in hand: so long for all of them together.

        What hangs longer is left, as by a crash: what it had in hand comes again.
        """
        self.stopping.set()
        until = time.monotonic() + wait_seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))


class _Pauses(NamedTuple):
    """How long a loop rests after a step."""

    nothing: float
    full: int

    def after(self, did: int) -> float:
        """Return for how many seconds, after a step that did so much."""
        if did >= self.full:
            return 0.0
        return _GATHER_SECONDS if did else self.nothing


def _repeat(name: str, step: Callable[[], int], pauses: _Pauses, stopping: threading.Event) -> None:
    outage_pause = pause = max(pauses.nothing, 0.5)
    while not stopping.is_set():
        try:
            did = step()
        except Unavailable as error:
            telemetry.unavailable(name, error)
        except Exception:  # noqa: BLE001 - told to the operator; the next step may well succeed
            telemetry.unforeseen(name)
        else:
            outage_pause = pause
            if rest := pauses.after(did):
                stopping.wait(rest)
            continue
        stopping.wait(outage_pause * random.uniform(0.8, 1.2))  # noqa: S311 - so that not all come at once
        outage_pause = min(outage_pause * 2, LONGEST_PAUSE_SECONDS)
