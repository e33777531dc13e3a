"""How much CPU a process and all below it used, from /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Counts the CPU of some process trees from the moment it is made."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        """`roots`: a name for each tree, and the process id it starts at."""
        self._roots = roots
        self._before = {name: cpu_seconds(pid) for name, pid in roots.items()}

    def read(self) -> dict[str, float]:
        """Return the seconds used since, by name."""
        return {name: cpu_seconds(pid) - self._before[name] for name, pid in self._roots.items()}


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process and of all below it, living or ended, in seconds.

    Of this process itself without what is below it: all that is measured was started from here.
    """
    if pid == os.getpid():
        return time.process_time()
    ticks = 0
    for each in _tree(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(map(int, fields[11:15]))  # utime, stime, and the same of children that ended
    return ticks / _TICKS


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text(encoding="ascii").split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children:
            yield from _tree(int(child))
