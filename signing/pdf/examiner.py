"""Having files examined by a worker process, and outliving whatever it dies of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Final, Self

from signing.pdf.findings import Examination, Fault
from signing.pdf.judging import judged
from signing.pdf.limits import PdfLimits
from signing.pdf.opening import worth_a_look
from signing.pdf.raw import RawFile, from_json
from signing.pdf.roles import DEFAULT_ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from signing.authorities import Authorities
    from signing.pdf.roles import RoleRule

#: A worker is replaced after this many files: what a library forgets to give back is given back then.
_FILES_EACH: Final = 200
_ANSWER_BYTES: Final = 32 * 1024 * 1024
#: The worker's own alarm comes first; this long after it the process is killed from here.
_GRACE_SECONDS: Final = 5
#: All that the worker knows of our surroundings: no secrets stand in these.
_ENVIRONMENT: Final = ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR")


class Examiner:
    """Examines files, one at a time, in a worker process that it starts when needed. For any number of threads."""

    def __init__(self, limits: PdfLimits | None = None, roles: Sequence[RoleRule] = DEFAULT_ROLES) -> None:
        """Start nothing yet."""
        self.limits = limits or PdfLimits()
        self._roles = tuple(roles)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self.close()

    def examine(self, octets: bytes, authorities: Authorities, at: datetime) -> Examination:
        """Say what is signed in `octets`, and by whom. Never raises on hostile input, and returns within the limit.

        `octets` are a PDF, or a zip of one PDF; of anything else the fault is `not-pdf`. `at` is the time by which
        certificates are judged where no trusted time stamp proves an earlier one.
        """
        if not worth_a_look(octets):
            return Examination(fault=Fault.NOT_PDF)
        if len(octets) > self.limits.size_bytes:
            return Examination(fault=Fault.TOO_LARGE, detail=f"{len(octets)} octets")
        with self._lock:
            raw = self._asked(octets)
            if raw.fault == Fault.CRASHED:  # of the file, or of somebody who killed the worker: a second one tells
                raw = self._asked(octets)
        try:
            return judged(raw, authorities, at, self._roles)
        except (TypeError, ValueError, AttributeError) as error:
            return Examination(fault=Fault.CRASHED, detail=f"{type(error).__name__}: {error}"[:200])

    def close(self) -> None:
        """End the worker; the next file starts another."""
        with self._lock:
            self._end()

    def _asked(self, octets: bytes) -> RawFile:
        """Have the worker read one file."""
        process = self._worker()
        late = threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self.limits.seconds + _GRACE_SECONDS, kill)
        timer.start()
        try:
            answer = _exchange(process, octets)
        finally:
            timer.cancel()
        if not answer.endswith(b"\n"):
            return RawFile(fault=self._died(late=late.is_set()))
        try:
            raw = from_json(json.loads(answer))
        except (ValueError, TypeError, KeyError, RecursionError):
            self._end()
            return RawFile(fault=Fault.CRASHED)
        self._files += 1
        if raw.fault == Fault.MEMORY or self._files >= _FILES_EACH:
            self._end()
        return raw

    def _worker(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", "signing.pdf.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )
            self._files = 0
            with suppress(BrokenPipeError):
                _pipe(self._process.stdin).write(json.dumps(asdict(self.limits)).encode() + b"\n")
        return self._process

    def _died(self, *, late: bool) -> Fault:
        """Return what the worker died of."""
        process = self._process
        self._end()
        alarmed = process is not None and process.returncode == -14  # noqa: PLR2004 - SIGALRM: its own clock
        return Fault.TIME if late or alarmed else Fault.CRASHED

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(BrokenPipeError):
            _pipe(process.stdin).close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
        process.kill()
        process.wait()
        _pipe(process.stdout).close()


def _exchange(process: subprocess.Popen[bytes], octets: bytes) -> bytes:
    """Send a file and return the answer: a line, or less when the worker died."""
    try:
        asking = _pipe(process.stdin)
        asking.write(b"%d\n" % len(octets))
        asking.write(octets)
        asking.flush()
    except BrokenPipeError:
        pass
    return _pipe(process.stdout).readline(_ANSWER_BYTES)


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    """Return an end of a pipe that was asked for."""
    if end is None:
        message = "the worker was started without pipes"
        raise ValueError(message)
    return end
