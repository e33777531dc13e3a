"""Several processes of one walk beside each other, one a core, under one that starts again what ends by itself."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lgsp import telemetry
from lgsp.output import told_plainly
from lgsp.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Processes = Annotated[
    int, typer.Option(min=1, max=64, help="So many processes side by side; one a core is what a machine bears.")
]

#: A process that lived shorter is started again only after a rest.
_SHORT_SECONDS: Final = 5.0
_REST_SECONDS: Final = 1.0
_MISCONFIGURED: Final = 1
_PR_SET_PDEATHSIG: Final = 1
_HEARD: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})


def beside(name: str, config: Path, processes: int, work: Callable[[int], None]) -> None:
    """Do `work(number)` in so many processes, counted from 0, until a signal ends them all.

    One alone is this process itself. What dies is started again; what says that it is misconfigured ends all.
    Nothing may be open that is not to be shared, and no other thread may run: the processes are forked.
    """
    if processes == 1:
        work(0)
        return
    with told_plainly():
        log = load(config).log
    telemetry.configure(log.level, log.form)
    if (number := _Crew(name, processes).member()) is not None:
        work(number)


class _Crew:
    """Watches with its signals blocked, so that none comes between a look and a wait."""

    def __init__(self, name: str, processes: int) -> None:
        self._name = name
        self._wanted = list(range(processes))
        self._running: dict[int, tuple[int, float]] = {}
        self._stopping = False
        self._failed = False

    def member(self) -> int | None:
        """Start all and watch over them; return in each its number, and None where all have ended."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        while self._wanted or self._running:
            while self._wanted:
                number = self._wanted.pop()
                if self._forked(number):
                    return number
            if signal.sigwait(_HEARD) == signal.SIGCHLD:
                self._bury()
            else:
                self._end()
        if self._failed:
            raise typer.Exit(_MISCONFIGURED)
        return None

    def _forked(self, number: int) -> bool:
        """Return True in the new process."""
        pid = os.fork()
        if pid:
            self._running[pid] = number, time.monotonic()
            return False
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # none outlives the one that watches over it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        return True

    def _bury(self) -> None:
        """Take note of those that have ended."""
        for pid in list(self._running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            number, since = self._running.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            if code == _MISCONFIGURED:
                self._failed = True
                self._end()
            if not self._stopping:
                telemetry.process_ended(self._name, number, code)
                if time.monotonic() - since < _SHORT_SECONDS:
                    time.sleep(_REST_SECONDS)
                self._wanted.append(number)

    def _end(self) -> None:
        self._stopping = True
        self._wanted.clear()
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)
