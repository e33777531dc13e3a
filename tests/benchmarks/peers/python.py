"""The usual Python stack: Spyne with signxml, as two processes of gunicorn, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from tests.benchmarks.papers import SENDERS
from tests.benchmarks.peers.load import post
from tests.benchmarks.peers.peer import Peer, Skipped, inline
from tests.benchmarks.processes import ROOT, running
from tests.services.server import answers, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.ground import Ground

_OURS_TOO: Final = ("lxml", "signxml", "cryptography", "psycopg", "pika")
_MORE: Final = ("spyne==2.14.0", "gunicorn", "psycopg[binary]")
_SERVICE: Final = "tests.benchmarks.peers.python_service:application"
#: Made by the first run, and kept: installing takes longer than measuring.
_PLACE: Final = ROOT / "var" / "bench" / "spyne"


@contextmanager
def spyne(ground: Ground) -> Iterator[Peer]:
    """Install and run it, a process for each core. Raises Skipped."""
    _install()
    place, port = ground.peer_place(), free_port()
    environment = {
        "PEER_SCHEMAS": str(ROOT / "schemas" / "edxml-qcvn102-2016"),
        "PEER_CERTIFICATE": str(ground.folder / "keys" / f"{SENDERS[0]}.crt"),
        "PEER_STORE": place.store,
        "HOME": str(ground.folder),
        "PEER_BROKER": place.broker,
    }
    workers = str(len(os.sched_getaffinity(0)))
    command = [str(_PLACE / "bin" / "gunicorn"), "-w", workers, "-b", f"127.0.0.1:{port}", _SERVICE]
    log = ground.folder / "spyne.log"
    with running(command, log, lambda: answers(port), environment) as pid:
        yield Peer(
            name="Spyne, signxml", port=port, pids=[pid], log=log, request=lambda octets: post("/", inline(octets))
        )


def _install() -> None:
    wanted = [*_MORE, *(f"{name}=={version(name)}" for name in _OURS_TOO)]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(_PLACE)], check=True, capture_output=True)
        subprocess.run([str(_PLACE / "bin" / "pip"), "install", "-q", *wanted], check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        raise Skipped(f"Spyne: its packages cannot be installed: {error.stderr.decode()[-300:]}") from error
