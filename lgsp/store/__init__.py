"""What the bus remembers; the only place that knows SQL.

`Ledger` writes, `Outbox` and `Queue` claim, `Directory` knows who takes part, `Views` reads. The same code runs on
PostgreSQL and on SQLite in a file. Every call is one commit or none, and raises StoreUnavailable when the database
does not answer; the next call works again once it does.
"""

from __future__ import annotations

from lgsp.store.directory import Directory
from lgsp.store.engine import open_engine
from lgsp.store.leaves import Leaves
from lgsp.store.ledger import Ledger
from lgsp.store.outbox import Outbox
from lgsp.store.queue import Queue
from lgsp.store.upgrading import require_fitting, revision, upgrade
from lgsp.store.views import Views

__all__ = [
    "Directory",
    "Leaves",
    "Ledger",
    "Outbox",
    "Queue",
    "Views",
    "open_engine",
    "require_fitting",
    "revision",
    "upgrade",
]
