"""Keeping a process going: steps repeated in threads, through outages, until it is told to stop."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Final

from lgsp import telemetry
from lgsp.model.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_PAUSE_SECONDS: Final = 30.0


class Loops:
    """The repeated steps of one process."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def keep(
        self, name: str, step: Callable[[], int], *, pause_seconds: float, until: threading.Event | None = None
    ) -> threading.Thread:
        """Repeat `step` in a thread of its own until `until` (or the whole process) stops.

        A step returns how much it did: after nothing there is a pause, after an outage a growing one.
        """
        stopping = until or self.stopping
        thread = threading.Thread(target=_repeat, args=(name, step, pause_seconds, stopping), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def stop_on_signals(self) -> None:
        """End in good order on SIGTERM and SIGINT: finish the step in hand, then stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())

    def close(self, wait_seconds: float = 30) -> None:
        """Stop all, and wait for the steps in hand."""
        self.stopping.set()
        for thread in self._threads:
            thread.join(wait_seconds)


def _repeat(name: str, step: Callable[[], int], pause_seconds: float, stopping: threading.Event) -> None:
    outage_pause = pause = max(pause_seconds, 0.5)
    while not stopping.is_set():
        try:
            did = step()
        except Unavailable as error:
            telemetry.unavailable(name, error)
        except Exception:  # noqa: BLE001 - told to the operator; the next step may well succeed
            telemetry.unforeseen(name)
        else:
            outage_pause = pause
            if not did:
                stopping.wait(pause_seconds)
            continue
        stopping.wait(outage_pause)
        outage_pause = min(outage_pause * 2, LONGEST_PAUSE_SECONDS)
