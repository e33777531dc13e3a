"""`python -m tests.benchmarks.stored`: what a fresh document costs beside millions that are stored, to an empty store.

Two servers, one filled and one empty, in turns: what the three walks and upkeep ask of the store for a hundred
documents, then the same of the other. So whatever else the machine does meets both. Signatures are not made here: they
cost the same however much is stored, and would only make the difference look smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
import uuid
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg
from psycopg import sql
from rich.console import Console
from rich.table import Table

from lgsp.model.delivery import Status
from lgsp.reports.cells import Counted
from lgsp.stages.seal import identifiers
from lgsp.store import Leaves, Ledger, Outbox, open_engine, upgrade
from lgsp.store.tallies import Tallies
from tests.benchmarks.cpu import cpu_seconds
from tests.benchmarks.filling import AGENCIES, THIN, WHOLE, code, fill
from tests.dispatches import a_dispatch, an_outcome
from tests.services.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lgsp.model.delivery import Dispatch

_BATCH: Final = 100
_WARM: Final = 5
_OCTETS, _SEAL, _RECEIPT = 3000, 2800, 1700


class Cost(NamedTuple):
    """What a batch cost."""

    #: Seconds.
    wall: float
    #: CPU seconds of PostgreSQL.
    cpu: float
    #: Bytes of its log of changes (WAL).
    log: int


class Store:
    """A store, and what the walks and upkeep ask of it."""

    def __init__(self, url: str, counted: int) -> None:
        """Speak to the database at `url`, of whose evidence log `counted` leaves are in the tallies."""
        self._url, self._pid = url, _server_of(url)
        engine = open_engine(url)
        self._ledger, self._outbox, self._leaves = Ledger(engine), Outbox(engine), Leaves(engine)
        self._tallies, self._rules = Tallies(engine), Counted()
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO reckoning VALUES (true, %s, %s) ON CONFLICT DO NOTHING", (counted, self._rules.rules)
            )

    def carry(self, papers: Sequence[Dispatch]) -> Cost:
        """Accept these documents, have them on their way and delivered, entered in the log and counted."""
        cpu, log, begun = cpu_seconds(self._pid), self._written(), time.monotonic()
        self._ledger.accept(papers)
        while parcels := self._outbox.claim(_BATCH, 30):
            self._ledger.record([an_outcome(parcel, Status.QUEUED) for parcel in parcels])
            assert not self._ledger.settled(parcels)
            self._ledger.record([an_outcome(parcel, Status.DELIVERED) for parcel in parcels])
        while self._leaves.append(10 * _BATCH):
            pass
        while self._tallies.advance(self._rules):
            pass
        return Cost(time.monotonic() - begun, cpu_seconds(self._pid) - cpu, self._written() - log)

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Return bytes of rows and bytes of indexes by table, the largest first."""
        query = """SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
                   WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC"""
        with psycopg.connect(self._url) as connection:
            return {name: (rows, indexes) for name, rows, indexes in connection.execute(query)}

    def _written(self) -> int:
        with psycopg.connect(self._url) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
        return int(row[0]) if row else 0


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    say = Console(file=sys.stderr).print
    with ExitStack() as stack:
        empty = _started(stack)
        full = wanted.filled or _filled(stack, wanted, say)
        with psycopg.connect(full) as connection:
            row = connection.execute("SELECT count(*), (SELECT max(number) + 1 FROM leaf) FROM dispatch").fetchone()
        stored, leaves = map(int, row or (0, 0))
        for url in (empty, full):
            upgrade(open_engine(url))
            _set(url, wanted.set)
        _warm(full)
        stores = {"empty": Store(empty, 0), "filled": Store(full, leaves)}
        costs: dict[str, list[Cost]] = {name: [] for name in stores}
        for batch in range(_WARM + wanted.fresh // _BATCH):
            for name in sorted(stores, reverse=bool(batch % 2)):
                cost = stores[name].carry(_papers())
                if batch >= _WARM:
                    costs[name].append(cost)
        _show(stored, costs, stores["filled"].sizes())
        if wanted.json:
            told = {name: Cost(*map(mean, zip(*each, strict=True)))._asdict() for name, each in costs.items()}
            wanted.json.write_text(json.dumps({"stored": stored, "a_batch_of_100": told}, indent=2), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.stored", description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000, help="stored beforehand (default: %(default)s)")
    parser.add_argument("--fresh", type=int, default=5000, help="documents to measure (default: %(default)s)")
    parser.add_argument("--whole", action="store_true", help="all rows that a document leaves, not one a table")
    parser.add_argument("--fill", action="store_true", help="fill, print the address, and wait to be interrupted")
    parser.add_argument("--filled", metavar="URL", help="measure beside what is stored there, filled before")
    parser.add_argument("--set", nargs="*", default=(), metavar="NAME=VALUE", help="settings of both servers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _started(stack: ExitStack) -> str:
    postgres = Postgres()
    stack.callback(postgres.close)
    return postgres.start().url


def _filled(stack: ExitStack, wanted: argparse.Namespace, say: Callable[..., None]) -> str:
    url = _started(stack)
    begun = time.monotonic()
    oldest = int((datetime.now(UTC) - timedelta(days=270)).timestamp() * 1000)
    fill(url, wanted.documents, WHOLE if wanted.whole else THIN, oldest)
    say(f"{wanted.documents:,} documents stored in {time.monotonic() - begun:,.0f} s")
    if wanted.fill:
        say(url)
        signal.pause()
    return url


def _set(url: str, settings: Sequence[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
        for name, value in (setting.split("=", 1) for setting in settings):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.SQL(name), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")


def _warm(url: str) -> None:
    """Read the indexes that documents are looked up in, as a server has done that works all day."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        connection.execute(
            "SELECT pg_prewarm(indexrelid, 'read') FROM pg_index"
            " WHERE indrelid IN ('dispatch'::regclass, 'delivery'::regclass)"
        )


def _papers() -> list[Dispatch]:
    """Return a hundred fresh documents for two, of any agencies of the province, as wide as signed ones are."""
    return [_paper(random.sample(range(AGENCIES), 3)) for _ in range(_BATCH)]


def _paper(agencies: Sequence[int]) -> Dispatch:
    sender, *recipients = map(code, agencies)
    now = datetime.now(UTC)
    one = a_dispatch(os.urandom(_OCTETS), sender=sender, recipients=recipients, document_id=str(uuid.uuid4()))
    identifier = identifiers.take(now)
    receipt = replace(one.receipt, dispatch_id=identifier, octets=os.urandom(_RECEIPT))
    return replace(one, id=identifier, accepted=now, seal=os.urandom(_SEAL), receipt=receipt)


def _server_of(url: str) -> int:
    """Return the process id of the server, whose children its sessions are."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        status = Path(f"/proc/{row[0] if row else 0}/stat").read_text(encoding="ascii")
    return int(status.rpartition(")")[2].split()[1])


def _show(stored: int, costs: Mapping[str, Sequence[Cost]], sizes: Mapping[str, tuple[int, int]]) -> None:
    console = Console(width=110)
    table = Table(title=f"Beside {stored:,} documents stored, and beside none", title_justify="left")
    for heading in ("a document", "empty", "filled", "ratio"):
        table.add_column(heading, justify="left" if heading == "a document" else "right")
    units = (("wall, ms", 1000.0), ("CPU of PostgreSQL, ms", 1000.0), ("changes written, KB", 1 / 1024))
    for number, (what, unit) in enumerate(units):
        middle = median if number == 0 else mean  # others' work makes some batches wait long, and costs no CPU of ours
        empty, filled = (unit / _BATCH * middle(cost[number] for cost in costs[name]) for name in ("empty", "filled"))
        table.add_row(what, f"{empty:.3f}", f"{filled:.3f}", f"{filled / empty:.3f}")
    console.print(table)
    for name, (rows, indexes) in list(sizes.items())[:8]:
        console.print(f"{name:<14} rows {rows / 2**20:>9,.0f} MiB   indexes {indexes / 2**20:>9,.0f} MiB")


if __name__ == "__main__":
    main()
