"""The store as a durable queue, for the embedded transport."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, true, union_all, update

from lgsp.model.envelope import Admission
from lgsp.model.lane import Lane
from lgsp.store.clock import StoreClock, unclaimed
from lgsp.store.engine import commit, look
from lgsp.store.holding import admission_now
from lgsp.store.octets import OCTETS, blob_of
from lgsp.store.rowset import insert, packed, rowset
from lgsp.store.tables import URGENT, Instant, dispatch, queue
from lgsp.transport import Parcel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode


class Queue:
    """One queue an agency. Holds what the ledger holds: octets stay in the ledger and are not copied."""

    def __init__(self, engine: Engine) -> None:
        """Keep the queues beside the ledger in `engine`."""
        self._engine = engine
        self._clock = StoreClock(engine)
        dialect = engine.dialect.name
        columns = [queue.c.dispatch_id, queue.c.recipient, queue.c.attempt, queue.c.priority]
        given = select(*rowset(dialect, *columns).c).where(true())
        self._put = insert(dialect, queue).from_select([c.name for c in columns], given).on_conflict_do_nothing()
        self._waiting = {lane: _waiting(dialect, lane) for lane in (None, *Lane)}
        self._recipients = _recipients()
        marks = rowset(dialect, queue.c.position)
        mine = queue.c.position.in_(select(marks.c.position))
        self._claim = update(queue).where(mine).values(claimed_until=bindparam("until", type_=Instant))
        self._give_back = update(queue).where(mine).values(claimed_until=None)
        self._remove = delete(queue).where(mine)
        wanted = [*OCTETS, *(dispatch.c[name] for name in ("correlation", "accepted"))]
        self._contents = (
            select(queue.c.position, *wanted, admission_now.label("admission"))
            .join_from(queue, dispatch, dispatch.c.id == queue.c.dispatch_id)
            .where(mine)
        )

    def put(self, parcels: Sequence[Parcel]) -> None:
        """Add parcels at the end, in one commit. The same attempt of the same delivery is kept once."""
        names = ("dispatch_id", "recipient", "attempt", "priority")
        rows = packed({name: getattr(parcel, name) for name in names} for parcel in parcels)
        commit(self._engine, lambda connection: connection.execute(self._put, {"rows": rows}))

    def take(
        self, recipients: Sequence[AgencyCode], limit: int, lease_seconds: float, lane: Lane | None = None
    ) -> list[Parcel]:
        """Return parcels of these queues that nobody has; others do not get them until the lease ends.

        Of one lane or of both, the most urgent first, then the oldest.
        """
        asked = {"rows": packed({"recipient": r} for r in recipients), "most": limit}
        waiting = self._waiting[lane]
        if self._engine.dialect.name == "sqlite" and not self._anything(waiting, asked):
            return []  # taking would need the one write lock, only to find nothing
        return commit(self._engine, lambda connection: self._taken(connection, waiting, asked, lease_seconds))

    def recipients(self) -> set[AgencyCode]:
        """Return for whom there is anything in the queues, taken or not; as fast for many parcels as for few."""
        found = look(self._engine, lambda connection: connection.execute(self._recipients).scalars().all())
        return {code for code in found if code is not None}

    def extend(self, parcels: Sequence[Parcel], lease_seconds: float) -> None:
        """Keep parcels for longer; those already removed are ignored."""
        self._each(self._claim, parcels, until=self._clock() + timedelta(seconds=lease_seconds))

    def remove(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels out for good."""
        self._each(self._remove, parcels)

    def give_back(self, parcels: Sequence[Parcel]) -> None:
        """Let others have parcels at once."""
        self._each(self._give_back, parcels)

    def _each(self, statement: Any, parcels: Sequence[Parcel], **parameters: object) -> None:
        if parcels:
            rows = packed({"position": p.mark} for p in parcels)
            commit(self._engine, lambda connection: connection.execute(statement, {"rows": rows, **parameters}))

    def _anything(self, waiting: Any, asked: dict[str, Any]) -> bool:
        parameters = {**asked, "now": self._clock()}
        return look(self._engine, lambda c: c.execute(waiting, parameters).first()) is not None

    def _taken(self, connection: Connection, waiting: Any, asked: dict[str, Any], lease_seconds: float) -> list[Parcel]:
        now = self._clock()
        found = connection.execute(waiting, {**asked, "now": now}).all()[: asked["most"]]
        if not found:
            return []
        marks = packed({"position": row.position} for row in found)
        connection.execute(self._claim, {"rows": marks, "until": now + timedelta(seconds=lease_seconds)})
        contents = {row.position: row for row in connection.execute(self._contents, {"rows": marks})}
        return [_parcel(row, contents[row.position]) for row in found]


def _recipients() -> Any:
    """Return the query that leaps from one recipient to the next in the index, over however many parcels."""
    first = select(func.min(queue.c.recipient).label("recipient")).cte("recipients", recursive=True)
    after = select(func.min(queue.c.recipient)).where(queue.c.recipient > first.c.recipient).scalar_subquery()
    found = first.union_all(select(after).where(first.c.recipient.is_not(None)))
    return select(found.c.recipient)


def _waiting(dialect: str, lane: Lane | None) -> Any:
    """Return the query for what waits: one arm a lane, so that a backlog of the ordinary is never walked over."""
    urgent = _free(dialect).where(queue.c.priority > URGENT).order_by(queue.c.priority.desc(), queue.c.position)
    ordinary = _free(dialect).where(queue.c.priority == 0).order_by(queue.c.position)
    arms = {Lane.URGENT: urgent, Lane.ORDINARY: ordinary}
    wanted = arms.items() if lane is None else [(lane, arms[lane])]
    chosen = [
        select(arm.limit(bindparam("most")).with_for_update(skip_locked=True).subquery(name)) for name, arm in wanted
    ]
    found = union_all(*chosen).subquery("waiting")
    return select(found).order_by(found.c.priority.desc(), found.c.position).limit(bindparam("most"))


def _free(dialect: str) -> Any:
    now = bindparam("now", type_=Instant)
    asked = rowset(dialect, queue.c.recipient)
    columns = [queue.c[name] for name in ("position", "dispatch_id", "recipient", "attempt", "priority")]
    return select(*columns).where(
        queue.c.recipient.in_(select(asked.c.recipient)),
        unclaimed(queue, now),
    )


def _parcel(row: Any, content: Any) -> Parcel:
    return Parcel(
        dispatch_id=row.dispatch_id,
        recipient=row.recipient,
        octets=content.octets,
        blob=blob_of(content),
        correlation=content.correlation,
        accepted=content.accepted,
        attempt=row.attempt,
        priority=row.priority,
        admission=Admission(content.admission),
        mark=row.position,
    )
