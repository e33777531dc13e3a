"""What the ledger says when a storm is over, read as rows; and what the audit says of it."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, func, select

from lgsp.evidence.audit import audit
from lgsp.settings import load
from lgsp.store import open_engine
from lgsp.store.books import open_books
from lgsp.store.tables import delivery, dispatch, entry, head, leaf
from tests.chaos.reckoning import SETTLED, Kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table

    from tests.province import Province
    from tests.services.postgres import Postgres

_NOTARY_SECONDS: Final = 60
_PORTION: Final = 500


class LedgerBook:
    """Reads by a way of its own, whatever becomes of the bus's."""

    def __init__(self, province: Province, postgres: Postgres) -> None:
        """Open the database directly."""
        name = load(province.config).store.url.rpartition("/")[2]
        self._province = province
        self._engine = open_engine(postgres.database(name))
        # Without the patience of the bus's own engine: whoever watches wants to go on.
        self._watching = create_engine(self._engine.url, connect_args={"connect_timeout": 2}, pool_pre_ping=True)

    def settled(self) -> int:
        """Return how many deliveries need nothing more."""
        with self._watching.connect() as connection:
            found = select(func.count()).select_from(delivery).where(delivery.c.status.in_(SETTLED))
            return connection.execute(found).scalar_one()

    def dispatches(self) -> dict[str, Kept]:
        """Return every document."""
        with self._engine.connect() as connection:
            rows = connection.execution_options(yield_per=_PORTION).execute(select(dispatch))
            return {
                row.id: Kept(
                    sender=row.sender,
                    digest=row.digest,
                    octets_digest=hashlib.sha256(row.octets).hexdigest(),
                    receipt=hashlib.sha256(row.receipt).digest(),
                )
                for row in rows
            }

    def deliveries(self) -> dict[tuple[str, str], str]:
        """Return how every delivery stands."""
        with self._engine.connect() as connection:
            return {(row.dispatch_id, row.recipient): row.status for row in connection.execute(select(delivery))}

    def evidence(self, revive: Callable[[], object]) -> tuple[tuple[int, int], list[str]]:
        """Wait until the notary has made a leaf of every entry, and audit the log and all that it speaks of.

        What is written after this was called may wait: the bus still tries whoever is away.
        """
        with self._engine.connect() as connection:
            last = connection.execute(select(func.max(entry.c.id))).scalar() or 0
        until = time.monotonic() + _NOTARY_SECONDS
        while self._waiting(last) and time.monotonic() < until:
            revive()
            time.sleep(0.2)
        assembly = self._province.assembly()
        certificate = assembly.keys.current().certificate
        assembly.close()
        with open_books(self._engine) as books:
            found = [
                f"{finding.table} {finding.row}: {finding.fault} {finding.detail}"
                for finding in audit(books, lambda one, _: one == certificate)
            ]
        waiting = self._waiting(last)
        sizes = self._count(leaf), self._count(head)
        return sizes, [*found, *([f"{waiting} entries are no leaves yet"] if waiting else [])]

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
        self._watching.dispose()

    def _waiting(self, last: int) -> int:
        """Return how many entries up to this one are no leaves yet."""
        with self._engine.connect() as connection:
            waiting = select(func.count()).select_from(entry).where(entry.c.id <= last)
            return connection.execute(waiting).scalar_one()

    def _count(self, table: Table) -> int:
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()
