"""How much CPU and memory processes and all below them use, from /proc."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_GONE: Final = (FileNotFoundError, ProcessLookupError)
_LOOK_SECONDS: Final = 2.0


class Meter:
    """Counts the CPU of some process trees from the moment it is made."""

    def __init__(self, roots: Mapping[str, Iterable[int]]) -> None:
        """`roots`: a name, and the process ids whose trees count under it."""
        self._roots = {name: tuple(pids) for name, pids in roots.items()}
        self._before = self._now()

    def read(self) -> dict[str, float]:
        """Return the seconds used since, by name."""
        return {name: now - self._before[name] for name, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        return {name: sum(map(cpu_seconds, pids)) for name, pids in self._roots.items()}


class Memory:
    """Looks every other second how much memory process trees hold, while its block lasts, and keeps the most.

    What processes share counts to each in equal parts (PSS): else the buffers of PostgreSQL would count often.
    """

    def __init__(self, roots: Mapping[str, Iterable[int]]) -> None:
        self._roots = {name: tuple(pids) for name, pids in roots.items()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory", daemon=True)
        #: The most of each, MiB.
        self.peaks: dict[str, float] = dict.fromkeys(self._roots, 0.0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            for name, pids in self._roots.items():
                self.peaks[name] = max(self.peaks[name], sum(map(memory_mebibytes, pids)))


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process and of all below it, living or ended, in seconds.

    Of this process itself without what is below it: all that is measured was started from here.
    """
    if pid == os.getpid():
        return time.process_time()
    ticks = 0
    for each in _tree(pid):
        with suppress(*_GONE):
            fields = Path(f"/proc/{each}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))  # utime, stime, and the same of children that ended
    return ticks / _TICKS


def memory_mebibytes(pid: int) -> float:
    """Return the memory that a process and all below it hold now, in MiB, shared memory in proportion."""
    kilobytes = 0
    for each in _tree(pid):
        with suppress(*_GONE):
            lines = Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii", errors="replace").splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text(encoding="ascii").split()
        except _GONE:
            continue
        for child in children:
            yield from _tree(int(child))
