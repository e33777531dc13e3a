"""Writing in one commit: rows, what the evidence log is told of them, and what becomes of deliveries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from lgsp.evidence.rows import Kind, entry
from lgsp.model.delivery import Outcome, Status
from lgsp.store.following import Standing, followed
from lgsp.store.notices import announce_failed
from lgsp.store.rowset import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from lgsp.model.agency import AgencyCode
    from lgsp.store.statements import Statements

    Pair = tuple[str, AgencyCode]


#: The recipient has it. How long that took is measured, where it is urgent.
_THERE: Final = frozenset({Status.DELIVERED, Status.TAKEN})


class Followers(Protocol):
    """What follows from a delivery's new state, beyond the delivery: `lgsp.store.lifecycle` knows."""

    def on_the_bus(self, connection: Connection, codes: Iterable[AgencyCode]) -> set[AgencyCode]:
        """Return those of these agencies whose deliveries wait on the bus until they are fetched."""

    def catch_up(
        self, pen: Pen, moved: Mapping[Pair, Status], withdrawn: Collection[Pair], now: datetime
    ) -> Sequence[Outcome]:
        """Do what waited for deliveries that have `moved`, of which some had been `withdrawn`.

        Returns what recipients had said of them before.
        """


class Pen:
    """Writes on one connection, whose transaction is somebody else's."""

    def __init__(
        self,
        connection: Connection,
        sql: Statements,
        followers: Followers,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Write on `connection`."""
        self.connection = connection
        self.sql = sql
        self.clock = clock
        self._followers = followers

    def add(self, statement: Any, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows."""
        if rows:
            self.connection.execute(statement, {"rows": packed(rows)})

    def enter(self, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows that the evidence log speaks of."""
        self.add(getattr(self.sql, kind), rows)
        self.tell(kind, rows)

    def tell(self, kind: Kind, rows: Iterable[Mapping[str, Any]]) -> None:
        """Tell the evidence log of rows."""
        self.add(self.sql.entry, [entry(kind, row) for row in rows])

    def locked(self, pairs: Iterable[Pair]) -> dict[Pair, Standing]:
        """Return where deliveries stand, kept from others until the commit. Unknown ones are left out."""
        rows = packed({"dispatch_id": i, "recipient": r} for i, r in sorted(set(pairs)))
        return {
            (row.dispatch_id, row.recipient): Standing(
                Status(row.status), row.attempt, row.reference, priority=row.priority
            )
            for row in self.connection.execute(self.sql.locked, {"rows": rows})
        }

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of deliveries: see `Ledger.record`."""
        if not outcomes:
            return
        now = self.clock()
        before = self.locked((o.dispatch_id, o.recipient) for o in outcomes)
        withdrawn = {pair for pair, standing in before.items() if standing.status is Status.WITHDRAWN}
        if withdrawn:
            kept = self._followers.on_the_bus(self.connection, {recipient for _, recipient in withdrawn})
            outcomes = [o for o in outcomes if not _too_late(o, before, kept)]
        lines, changed = followed(outcomes, before, now)
        self.add(self.sql.change, changed)
        self.enter(Kind.HISTORY, lines)
        # What was in a queue is not in the outbox.
        self.add(self.sql.leave, [row for row in changed if before[_pair(row)].status is not Status.QUEUED])
        self.add(self.sql.wait, [row for row in changed if row["status"] == Status.ACCEPTED])
        self.add(self.sql.haste, [row for row in changed if row["priority"] and row["status"] in _THERE])
        if any(row["status"] == Status.FAILED for row in changed):
            announce_failed(self.connection, lines, now)
        moved = {_pair(row): Status(row["status"]) for row in changed}
        self.record(self._followers.catch_up(self, moved, withdrawn, now))


def _pair(row: Mapping[str, Any]) -> Pair:
    return row["dispatch_id"], row["recipient"]


def _too_late(outcome: Outcome, before: Mapping[Pair, Standing], kept: set[AgencyCode]) -> bool:
    """Return whether a mailbox on the bus was only about to get what is withdrawn: then nobody has it."""
    standing = before.get((outcome.dispatch_id, outcome.recipient))
    return (
        standing is not None
        and standing.status is Status.WITHDRAWN
        and outcome.status is Status.DELIVERED
        and outcome.recipient in kept
    )
