"""What evidence costs: on the way of every document, and when somebody asks for a proof."""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from lgsp.evidence import Log, merkle
from lgsp.evidence.tiles import HASH_BYTES, HEIGHT, WIDTH, Tile, reader
from lgsp.model.delivery import Status
from lgsp.store import Leaves, Ledger, open_engine, tables, upgrade
from lgsp.store.engine import commit
from lgsp.store.pen import Pen
from tests.benchmarks.cpu import Meter
from tests.benchmarks.figure import Figure
from tests.benchmarks.measures import BATCH
from tests.benchmarks.steps import Step
from tests.dispatches import OTHER, RECIPIENT, a_dispatch, an_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lgsp.model.delivery import Dispatch
    from tests.benchmarks.carrying import Progress
    from tests.benchmarks.ground import Ground

LEAVES: Final = 10_000_000
_ASKED: Final = 400


def evidence_alone(ground: Ground, documents: int, done: Progress) -> Figure:
    """The ledger's whole work on documents for two, with evidence and without, in turns; and the notary's."""
    ground.postgres.run("CREATE DATABASE evidence")
    engine = open_engine(ground.postgres.database("evidence"))
    upgrade(engine)
    ledger, leaves = Ledger(engine), Leaves(engine)
    meters = {"intake": [os.getpid()], "PostgreSQL": [ground.postgres.pid]}
    cost = {"intake": 0.0, "PostgreSQL": 0.0, "upkeep": 0.0}
    begun = time.monotonic()
    _carry(ledger, _papers())  # connections and plans are not what is measured
    leaves.append(WIDTH * HEIGHT)
    for _ in range(0, documents, BATCH):
        with_it, without = _papers(), _papers()
        told = _metered(meters, partial(_carry, ledger, with_it))
        with patch.object(Pen, "tell", lambda *_: None):
            untold = _metered(meters, partial(_carry, ledger, without))
        noted = _metered(meters, lambda: leaves.append(10 * BATCH))
        cost["intake"] += told["intake"] - untold["intake"]
        cost["PostgreSQL"] += told["PostgreSQL"] - untold["PostgreSQL"] + noted["PostgreSQL"]
        cost["upkeep"] += noted["intake"]
        done(BATCH)
    engine.dispose()
    count = -(-documents // BATCH) * BATCH
    return Figure(what="evidence alone", documents=count, seconds=time.monotonic() - begun, cpu=cost)


def proofs() -> Iterator[Step]:
    """Measure proofs in a log of ten million leaves, in the embedded store."""
    chosen = [random.randrange(LEAVES) for _ in range(_ASKED)]
    with tempfile.TemporaryDirectory(prefix="lgsp-log-") as folder:
        file = Path(folder) / "log.db"
        engine = open_engine(f"sqlite:///{file}")
        upgrade(engine)
        asked = _shelve(Leaves(engine), chosen)
        log = Log(Leaves(engine))
        cost = _median(lambda index: log.inclusion(index, LEAVES), chosen)
        with closing(sqlite3.connect(file)) as bare:
            floor = _median(lambda index: _read_bare(bare, asked[index]), chosen)
        engine.dispose()
    yield Step(what="proof of inclusion among ten million, to reading its tiles", cost=cost, floor=floor, goal=1.0)


def _papers() -> list[Dispatch]:
    return [a_dispatch(os.urandom(3000), recipients=[RECIPIENT, OTHER]) for _ in range(BATCH)]


def _carry(ledger: Ledger, papers: Sequence[Dispatch]) -> None:
    """Write down all that the three walks write about these documents."""
    ledger.accept(papers)
    for status in (Status.QUEUED, Status.DELIVERED):
        ledger.record([an_outcome((paper, code), status) for paper in papers for code in paper.recipients])


def _metered(roots: Mapping[str, Sequence[int]], work: Callable[[], object]) -> dict[str, float]:
    meter = Meter(roots)
    work()
    return meter.read()


def _shelve(leaves: Leaves, chosen: Sequence[int]) -> dict[int, list[Tile]]:
    """Write the tiles that proofs of these leaves read, as large as they are in the whole log; return which."""
    asked: dict[int, list[Tile]] = {}
    for index in chosen:

        def shelf(wanted: object, index: int = index) -> dict[Tile, bytes]:
            asked[index] = list(wanted)  # type: ignore[call-overload]  # a collection of tiles
            return {tile: _content(tile) for tile in asked[index]}

        merkle.inclusion(index, LEAVES, reader(shelf))
    every = {tile for tiles in asked.values() for tile in tiles}
    rows = [{"tier": tile.tier, "number": tile.number, "hashes": _content(tile)} for tile in every]
    commit(leaves._engine, lambda connection: connection.execute(tables.tile.insert(), rows))
    return asked


def _content(tile: Tile) -> bytes:
    count = min(WIDTH, (LEAVES >> (HEIGHT * tile.tier)) - WIDTH * tile.number)
    return random.Random(f"{tile}").randbytes(HASH_BYTES * count)


def _read_bare(connection: sqlite3.Connection, wanted: Sequence[Tile]) -> None:
    for tile in wanted:
        connection.execute("SELECT hashes FROM tile WHERE tier = ? AND number = ?", tile).fetchone()


def _median(work: Callable[[int], object], chosen: Sequence[int]) -> float:
    """Return the CPU milliseconds that most take."""
    taken = []
    for index in chosen:
        begun = time.thread_time()
        work(index)
        taken.append(1000 * (time.thread_time() - begun))
    return median(taken)
