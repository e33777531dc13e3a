"""What waits for the relay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, literal, null, select, tuple_, union_all, update

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Status
from lgsp.model.envelope import Admission
from lgsp.model.lane import Lane, lane_of
from lgsp.store.clock import StoreClock, unclaimed
from lgsp.store.engine import commit, look
from lgsp.store.holding import admission_now
from lgsp.store.octets import blob_of
from lgsp.store.rows import URGENCIES
from lgsp.store.rowset import packed, rowset, written
from lgsp.store.tables import Instant, delivery, dispatch, outbox
from lgsp.transport import Parcel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine

#: For how long what is postponed waits at least and at most, in seconds.
_SHORTEST: Final = 0.2
_LONGEST: Final = 60.0


class Outbox:
    """Hands out deliveries to relays, each to one at a time. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine, *, stays: Callable[[AgencyCode], bool] = lambda _: False) -> None:
        """Claim from the ledger in `engine`. `stays`: whose documents are fetched from where they lie."""
        self._engine = engine
        self._stays = stays
        self._clock = StoreClock(engine)
        dialect = engine.dialect.name
        keys = rowset(dialect, outbox.c.dispatch_id, outbox.c.recipient)
        mine = tuple_(outbox.c.dispatch_id, outbox.c.recipient).in_(select(*keys.c))
        self._due = {lane: _due(lane) for lane in (None, *Lane)}
        self._anything = {lane: _anything(lane) for lane in (None, *Lane)}
        self._claim = update(outbox).where(mine).values(claimed_until=bindparam("until", type_=Instant))
        self._release = update(outbox).where(mine).values(claimed_until=None)
        later = rowset(dialect, outbox.c.dispatch_id, outbox.c.recipient, outbox.c.due)
        self._postpone = (
            update(outbox)
            .where(outbox.c.dispatch_id == later.c.dispatch_id, outbox.c.recipient == later.c.recipient)
            .values(due=later.c.due, claimed_until=None)
        )
        self._early = _early(keys)
        identifiers = rowset(dialect, dispatch.c.id)
        asked = dispatch.c.id.in_(select(identifiers.c.id))
        wanted = [dispatch.c[name] for name in ("id", "correlation", "accepted", "digest", "apart")]
        self._facts = select(*wanted, admission_now.label("admission")).where(asked)
        self._contents = select(dispatch.c.id, dispatch.c.octets).where(asked)

    def claim(self, limit: int, lease_seconds: float, lane: Lane | None = None) -> list[Parcel]:
        """Return at most `limit` deliveries that are due and that nobody else has, the most urgent and oldest first.

        Of one lane, or of both. Nobody else gets them until the lease ends; a relay that dies lets them go that way.
        """
        # Relays ask many times a second, mostly in vain: a claim costs far more, and takes SQLite's only write lock.
        now = self._clock()
        if not look(self._engine, lambda connection: connection.execute(self._anything[lane], {"now": now}).scalar()):
            return []
        due = self._due[lane]
        return commit(self._engine, lambda connection: self._claimed(connection, due, limit, lease_seconds))

    def release(self, parcels: Sequence[Parcel]) -> None:
        """Give back claims at once, for others or for later."""
        if parcels:
            rows = packed({"dispatch_id": p.dispatch_id, "recipient": p.recipient} for p in parcels)
            commit(self._engine, lambda connection: connection.execute(self._release, {"rows": rows}))

    def postpone(self, parcels: Sequence[Parcel]) -> None:
        """Give back claims for later: each waits about as long again as it has waited, a minute at most."""
        now = self._clock()
        with_due = [(p, min(max((now - p.accepted).total_seconds(), _SHORTEST), _LONGEST)) for p in parcels]
        rows = [
            {"dispatch_id": p.dispatch_id, "recipient": p.recipient, "due": written(now + timedelta(seconds=pause))}
            for p, pause in with_due
        ]
        if rows:
            commit(self._engine, lambda connection: connection.execute(self._postpone, {"rows": packed(rows)}))

    def early(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        """Return (dispatch_id, recipient) of those before which the same sender's must arrive that are on their way."""
        rows = packed({"dispatch_id": p.dispatch_id, "recipient": p.recipient} for p in parcels)
        found = look(self._engine, lambda connection: connection.execute(self._early, {"rows": rows}).all())
        return {(row.dispatch_id, row.recipient) for row in found}

    def waiting(self) -> int:
        """Return how many deliveries are in the outbox, due or not."""
        return look(self._engine, lambda c: c.execute(select(func.count()).select_from(outbox)).scalar_one())

    def _claimed(self, connection: Connection, due: Any, limit: int, lease_seconds: float) -> list[Parcel]:
        now = self._clock()
        found = connection.execute(due, {"now": now, "most": limit}).all()[:limit]
        if not found:
            return []
        rows = packed({"dispatch_id": row.dispatch_id, "recipient": row.recipient} for row in found)
        connection.execute(self._claim, {"rows": rows, "until": now + timedelta(seconds=lease_seconds)})
        staying = {recipient for recipient in {row.recipient for row in found} if self._stays(recipient)}
        going = {row.dispatch_id for row in found if row.recipient not in staying}
        contents = self._read(connection, self._contents, going)
        facts = self._read(connection, self._facts, {row.dispatch_id for row in found})
        return [
            _parcel(row, facts[row.dispatch_id], None if row.recipient in staying else contents[row.dispatch_id])
            for row in found
        ]

    def _read(self, connection: Connection, query: Any, identifiers: Collection[str]) -> dict[str, Any]:
        if not identifiers:
            return {}
        rows = packed({"id": each} for each in identifiers)
        return {row.id: row for row in connection.execute(query, {"rows": rows})}


def _due(lane: Lane | None) -> Any:
    """Return the query for what is due: one arm an urgency, so that what is not yet due is never walked over."""
    arms = [
        select(
            select(outbox.c.dispatch_id, outbox.c.recipient, outbox.c.attempt, outbox.c.priority, outbox.c.due)
            .where(*_free(urgency))
            .order_by(outbox.c.due, outbox.c.dispatch_id)
            .limit(bindparam("most"))
            .with_for_update(skip_locked=True)
            .subquery(f"urgency_{urgency}")
        )
        for urgency in _urgencies(lane)
    ]
    both = union_all(*arms).subquery("due")
    return select(both).order_by(both.c.priority.desc(), both.c.due, both.c.dispatch_id).limit(bindparam("most"))


def _anything(lane: Lane | None) -> Any:
    """Return the question whether anything is due; the first that is ends the search."""
    first = [
        select(literal(1)).where(*_free(urgency)).order_by(outbox.c.due).limit(1).scalar_subquery()
        for urgency in _urgencies(lane)
    ]
    return select(func.coalesce(*first, null()))  # SQLite wants two, and a lane might be of one urgency


def _free(urgency: int) -> tuple[ColumnElement[bool], ...]:
    """Return what is so of what a relay may take."""
    now = bindparam("now", type_=Instant)
    return outbox.c.priority == urgency, outbox.c.due <= now, unclaimed(outbox, now)


def _urgencies(lane: Lane | None) -> list[int]:
    """Return those of a lane, the most urgent first."""
    return [urgency for urgency in reversed(URGENCIES) if lane in {None, lane_of(urgency)}]


def _early(asked: Any) -> Any:
    """Return the query for those of `asked` before which something of the same sender is on its way to the same."""
    mine, other = dispatch.alias("mine"), dispatch.alias("other")
    before = (
        select(delivery.c.dispatch_id)
        .join(other, other.c.id == delivery.c.dispatch_id)
        .where(delivery.c.recipient == asked.c.recipient, delivery.c.status.in_([Status.ACCEPTED, Status.QUEUED]))
        .where(delivery.c.dispatch_id < asked.c.dispatch_id, other.c.sender == mine.c.sender)
    )
    return (
        select(asked.c.dispatch_id, asked.c.recipient)
        .join(mine, mine.c.id == asked.c.dispatch_id)
        .where(before.exists())
    )


def _parcel(row: Any, facts: Any, content: Any | None) -> Parcel:
    return Parcel(
        dispatch_id=row.dispatch_id,
        recipient=AgencyCode(row.recipient),
        octets=content.octets if content else b"",
        blob=blob_of(facts),
        correlation=facts.correlation,
        accepted=facts.accepted,
        attempt=row.attempt,
        priority=row.priority,
        admission=Admission(facts.admission),
        stays=content is None,
    )
