"""Programs that run beside a measurement, and end with it."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.services.server import stop, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT: Final = Path(__file__).parents[2]


@contextmanager
def running(
    command: Sequence[str],
    log: Path,
    ready: Callable[[], bool] = lambda: True,
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Run a program from the project's folder while the block lasts; yield its process id once it is `ready()`."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **(environment or {})},
            cwd=ROOT,
        )
    try:
        wait_until(ready, process, log)
        yield process.pid
    finally:
        stop(process, signal.SIGTERM)
