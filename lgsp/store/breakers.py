"""Which agencies' systems do not answer, as the couriers that try them say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, select

from lgsp.model.delivery import Status
from lgsp.store.engine import commit, look
from lgsp.store.rows import storable
from lgsp.store.rowset import insert
from lgsp.store.tables import breaker, delivery

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.model.agency import AgencyCode


class Spared(NamedTuple):
    """A system that is asked seldom."""

    agency: AgencyCode
    why: str
    since: datetime
    #: How many deliveries wait in its queue.
    queued: int


class Breakers:
    """Kept when they open and close, not when something waits. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        """Keep them beside the ledger in `engine`."""
        self._engine = engine

    def opened(self, agency: AgencyCode, why: str) -> None:
        """Keep that an agency's system is spared; since when, the first courier says."""
        values = {"agency": agency, "why": storable(why), "since": datetime.now(UTC)}
        adding = insert(self._engine.dialect.name, breaker).values(values).on_conflict_do_nothing()
        commit(self._engine, lambda connection: connection.execute(adding))

    def closed(self, agency: AgencyCode) -> None:
        """Forget it."""
        gone = delete(breaker).where(breaker.c.agency == agency)
        commit(self._engine, lambda connection: connection.execute(gone))

    def spared(self) -> list[Spared]:
        """Return those that are open, the oldest first."""
        waiting = (
            select(func.count())
            .where(delivery.c.recipient == breaker.c.agency, delivery.c.status == Status.QUEUED)
            .scalar_subquery()
        )
        query = select(breaker.c.agency, breaker.c.why, breaker.c.since, waiting.label("queued"))
        rows = look(self._engine, lambda connection: connection.execute(query.order_by(breaker.c.since)).all())
        return [Spared(*row) for row in rows]
