"""The store's time: what several processes compare with one another goes by one clock."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from lgsp.store.engine import look

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, ColumnElement, Engine, Table

#: How long the database's answer counts before it is asked again.
_ASKED_EVERY_SECONDS: Final = 60.0


def unclaimed(table: Table, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition that nobody has a row in hand: no claim was made, or the last one is over."""
    return or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now)


class StoreClock:
    """Tells the time by PostgreSQL's clock, however wrong the clock of this process is. Safe for many threads.

    A claim ends, and a delivery is due, at a moment that one process writes and another compares with its own now. With
    clocks of their own a process an hour ahead would take what others have in their hands, and one an hour behind would
    let deliveries lie for an hour. SQLite has no clock but this machine's, which all its processes share.
    """

    def __init__(self, engine: Engine) -> None:
        """Nothing is asked yet."""
        self._engine = engine
        self._lock = threading.Lock()
        #: What the database said, and when by the running time of this process.
        self._said: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        """Return the time now. Raises StoreUnavailable."""
        if self._engine.dialect.name == "sqlite":
            return datetime.now(UTC)
        with self._lock:
            if self._said is None or time.monotonic() - self._said[1] > _ASKED_EVERY_SECONDS:
                now: datetime = look(self._engine, lambda c: c.execute(select(func.clock_timestamp())).scalar_one())
                self._said = (now, time.monotonic())
            said, at = self._said
        return said + timedelta(seconds=time.monotonic() - at)
