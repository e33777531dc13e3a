"""The bus as its operator runs it: `lgsp intake`, `lgsp relay` and `lgsp courier`, each a process of its own.

`lgsp upkeep` runs where a test starts it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from tests.services.server import answers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

#: A number after a walk means another process of the same kind beside the first.
Walk = Literal["intake", "relay", "courier", "upkeep", "relay 2", "courier 2"]
WALKS: Final[tuple[Walk, ...]] = ("intake", "relay", "courier")
COMMAND: Final = (str(Path(sys.executable).with_name("lgsp")),)
_START_SECONDS: Final = 120


@dataclass(slots=True, kw_only=True)
class Bus:
    """Starts, kills and stops the processes. Use it from one thread: they end with the thread that started them."""

    config: Path
    #: Where the SOAP doors listen.
    port: int
    #: Gets what each process says.
    logs: Path
    #: Another program to run instead of `lgsp`, for some walks.
    programs: dict[Walk, Sequence[str]] = field(default_factory=dict)
    #: Further options of a walk's command.
    options: Mapping[Walk, Sequence[str]] = field(default_factory=dict)
    #: Whose code runs: this one, or a release's.
    tree: Path = Path(__file__).parents[2]
    _processes: dict[Walk, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *walks: Walk) -> None:
        """Start these walks, or the three, and return at once."""
        for walk in walks or WALKS:
            program = self.programs.get(walk, COMMAND)
            command = (*program, walk.split()[0], "--config", str(self.config), *self.options.get(walk, ()))
            path = os.pathsep.join([str(self.tree), *filter(None, [os.environ.get("PYTHONPATH")])])
            with (self.logs / f"{walk}.log").open("ab") as log:
                self._processes[walk] = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", "--", *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.tree,
                    env={**os.environ, "PYTHONPATH": path},
                )

    def wait(self) -> None:
        """Return once the door answers and the other walks said that they are ready."""
        until = time.monotonic() + _START_SECONDS
        while not (answers(self.port) and all(self.said(walk, b'"started"') for walk in WALKS)):
            if time.monotonic() > until:
                raise RuntimeError(f"the bus did not start:\n{self.last_words()}")
            time.sleep(0.02)

    def said(self, walk: Walk, words: bytes) -> bool:
        """Say whether a process wrote these words."""
        return words in (self.logs / f"{walk}.log").read_bytes()

    def starts_told(self, walk: Walk) -> int:
        """Return how often processes of a walk have said that they were ready."""
        log = self.logs / f"{walk}.log"
        return log.read_bytes().count(b'"started"') if log.exists() else 0

    def last_words(self) -> str:
        """Return the end of each log."""
        logs = sorted(self.logs.glob("*.log"))
        return "\n".join(f"== {log.stem}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)

    def pid(self, walk: Walk) -> int:
        """Return a walk's process id."""
        return self._processes[walk].pid

    def lives(self, walk: Walk) -> bool:
        """Say whether a walk's process runs."""
        return walk in self._processes and self._processes[walk].poll() is None

    def signal(self, walk: Walk, number: signal.Signals) -> None:
        """Send a signal to a walk, if it lives."""
        self._processes[walk].send_signal(number)

    def kill(self, walk: Walk) -> None:
        """End a walk as a crash does: SIGKILL, nothing finished, nothing tidied."""
        self._processes[walk].send_signal(signal.SIGKILL)
        self._processes[walk].wait()

    def stop(self, *walks: Walk) -> None:
        """End these walks, or all, in good order; what does not end is killed."""
        processes = [self._processes[walk] for walk in walks or self._processes]
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def __enter__(self) -> Self:
        """Start all and wait until they are ready."""
        self.start()
        self.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all."""
        self.stop()
