"""The documents of nine months through the real intake and relay, on every core: what a province moves, as a load.

Documents alone: no answers, no dossiers. Writing, signing, taking in and relaying run in processes beside each other,
each with a bus of its own on the one store; this process plans, and lets evidence log and figures grow.
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, NamedTuple

from lgsp import telemetry
from lgsp.model.delivery import Refusal
from lgsp.settings import load
from lgsp.simulate.folder import Imagined
from lgsp.simulate.running import Done, arrival, signed, spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from lgsp.simulate.events import Letter
    from lgsp.simulate.plan import Plan

_BATCH: Final = 100
#: Batches handed out for each process and not yet done: so that none waits for this one.
_AHEAD: Final = 3
_LEAVES: Final = 5000


class Batch(NamedTuple):
    """What became of a batch."""

    accepted: int
    refused: Counter[str]
    deliveries: int
    #: Of the octets before they were signed.
    digest: bytes


def replay(bus: Imagined, plan: Plan, config: Path, processes: int, told: Callable[[datetime, int], None]) -> Done:
    """Send every document that is planned; `told` hears how far it is.

    Documents of different batches are taken in in any order, as they are from 621 systems. Where SQLite is the store,
    its one writer sets the pace.
    """
    done, digest, began = Done(), sha256(), (time.monotonic(), spent())
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_open, initargs=(config,))
    with pool:
        coming: deque[tuple[datetime, Future[Batch]]] = deque()
        for letters in _batches(plan.letters()):
            coming.append((letters[-1].at, pool.submit(_carry, letters)))
            if len(coming) > _AHEAD * processes:
                _add(done, digest.update, coming.popleft(), told)
                bus.leaves.append(_LEAVES)
        while coming:
            _add(done, digest.update, coming.popleft(), told)
    while bus.leaves.append(_LEAVES):
        pass
    bus.counting.catch_up()
    done.digest, done.seconds, done.cpu_seconds = digest.hexdigest(), time.monotonic() - began[0], spent() - began[1]
    return done


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def _batches(letters: Iterator[Letter]) -> Iterator[list[Letter]]:
    while batch := list(islice(letters, _BATCH)):
        yield batch


def _add(
    done: Done,
    digest: Callable[[bytes], None],
    coming: tuple[datetime, Future[Batch]],
    told: Callable[[datetime, int], None],
) -> None:
    at, promise = coming
    batch = promise.result()
    digest(batch.digest)
    done.documents += batch.accepted
    done.refused.update(batch.refused)
    done.deliveries += batch.deliveries
    told(at, batch.accepted + batch.refused.total())


# What follows runs in the processes beside this one.

_BUS: list[tuple[Imagined, Path]] = []


def _open(config: Path) -> None:
    telemetry.configure("error", "json")
    _BUS.append((Imagined(load(config)), config.parent / "keys"))


def _carry(letters: list[Letter]) -> Batch:
    """Write, sign, take in and relay a batch."""
    bus, keys = _BUS[0]
    papers = signed(keys, letters)
    bus.clock.now = letters[-1].at
    answers = bus.intake.accept([arrival(one) for one in papers])
    refused = Counter(answer.error.code for answer in answers if isinstance(answer, Refusal))
    digest = sha256(b"".join(one.digest for one in papers)).digest()
    return Batch(len(answers) - refused.total(), refused, _relayed(bus), digest)


def _relayed(bus: Imagined) -> int:
    deliveries = 0
    while moved := bus.relay.forward():
        deliveries += moved
    return deliveries
