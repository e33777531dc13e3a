"""The process that meets hostile files: `python -m signing.pdf.worker`. Reads requests from its input, answers lines.

It dies by itself: of an alarm when a file takes too long, of the kernel's word when it wants too much memory, and of
the end of its input when its owner is gone. It can write no file, and start no process.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from typing import Final

from signing.pdf.findings import Fault
from signing.pdf.limits import PdfLimits
from signing.pdf.raw import RawFile
from signing.pdf.reading import read_file

_NO_MORE_FILES: Final = 32


def serve() -> None:
    """Answer until the input ends."""
    limits = PdfLimits(**json.loads(sys.stdin.buffer.readline()))
    _confine(limits)
    while header := sys.stdin.buffer.readline():
        signal.alarm(limits.seconds)
        octets = sys.stdin.buffer.read(int(header))
        try:
            found = read_file(octets, limits)
        except MemoryError:
            found = RawFile(fault=Fault.MEMORY)
        signal.alarm(0)
        sys.stdout.buffer.write(json.dumps(found.to_json()).encode() + b"\n")
        sys.stdout.buffer.flush()
        if found.fault == Fault.MEMORY:
            return  # what is left of the memory is anybody's guess


def _confine(limits: PdfLimits) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach us with our owner, who finishes the file in hand first
        signal.signal(number, signal.SIG_IGN)
    for which, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _NO_MORE_FILES),
        (resource.RLIMIT_NPROC, 0),
    ):
        hard = resource.getrlimit(which)[1]
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (wanted, wanted))


if __name__ == "__main__":
    serve()
