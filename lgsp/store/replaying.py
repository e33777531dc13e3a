"""Putting deliveries out again: what was chosen is frozen, goes at a measured pace, and each has its outcome."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

from sqlalchemy import and_, func, insert, select, update

from lgsp.evidence.rows import Kind
from lgsp.model.delivery import REPLAYED, Status
from lgsp.store.engine import commit, look
from lgsp.store.following import Standing, put_out_again
from lgsp.store.holding import UNSEEN, admission_now
from lgsp.store.tables import agency, delivery, dispatch, erasure, history, replay, replay_item

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.store.pen import Pen

_PAGE: Final = 1000
#: What the rate did not use up in a pause is not made up for.
_LONGEST_SAVED: Final = timedelta(seconds=2)
_WAITS: Final = 0
_MOVED: Final = -1


class State(StrEnum):
    """How far a replay is."""

    RUNNING = "running"
    STOPPED = "stopped"  # by an operator
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which deliveries an operator means."""

    #: None: of all.
    agency: AgencyCode | None
    statuses: Collection[Status]
    #: When they ended, or went into the queue.
    since: datetime
    until: datetime | None = None
    #: What their reason must contain; a regular expression.
    reason: str = ""

    def __str__(self) -> str:
        """Say it for people."""
        parts = [", ".join(sorted(self.statuses)), f"since {self.since.isoformat()}"]
        parts += [f"until {self.until.isoformat()}"] if self.until else []
        parts += [f"reason ~ {self.reason}"] if self.reason else []
        return "; ".join(parts)


class Ended(NamedTuple):
    """A delivery, how it stands and why."""

    dispatch_id: str
    recipient: AgencyCode
    sender: AgencyCode
    document_id: str
    status: Status
    attempt: int
    changed: datetime
    reason: str


class Item(NamedTuple):
    """A delivery of a replay, and what became of it."""

    position: int
    dispatch_id: str
    before: Status
    reason: str
    #: waiting, moved (by itself, before its turn), or the status since it was put out.
    outcome: str
    at: datetime | None


class Replay(NamedTuple):
    """An order to put deliveries out again."""

    id: str
    agency: AgencyCode
    chosen: str
    operator: str
    made: datetime
    rate: float
    state: State
    total: int
    waiting: int
    #: Moved by themselves before their turn.
    moved: int


class Replays:
    """Keeps such orders. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine, pen: Callable[[Connection], Pen]) -> None:
        """Keep them beside the ledger in `engine`, whose `pen` writes."""
        self._engine = engine
        self._pen = pen

    def found(self, choice: Choice) -> list[Ended]:
        """Return what an order would put out, in the order of acceptance. Changes nothing."""
        return look(self._engine, lambda connection: _found(connection, choice))

    def order(self, choice: Choice, *, operator: str, rate: float) -> str:
        """Freeze what is found just now as an order, in one commit; return its id. An upkeep carries it out."""
        return commit(self._engine, lambda connection: _ordered(connection, choice, operator, rate))

    def all(self, identifier: str = "") -> list[Replay]:
        """Return every order, the newest first; or one."""
        return look(self._engine, lambda connection: _replays(connection, identifier))

    def items(self, identifier: str) -> list[Item]:
        """Return each delivery of an order with its outcome as it is now."""
        return look(self._engine, lambda connection: _items(connection, identifier))

    def turn(self, identifier: str, state: State) -> bool:
        """Stop an order, or let it run again; False when it is done, or so already."""
        wanted = and_(replay.c.id == identifier, replay.c.state.not_in([state, State.DONE]))
        turned = update(replay).where(wanted).values(state=state, paced=datetime.now(UTC))
        return commit(self._engine, lambda connection: connection.execute(turned).rowcount == 1)

    def go_on(self, limit: int) -> int:
        """Put out what the rates of the running orders allow by now, at most `limit` each; return how many."""
        if not look(self._engine, lambda connection: connection.execute(_RUNNING.limit(1)).first()):
            return 0
        return commit(self._engine, lambda connection: _gone_on(self._pen(connection), datetime.now(UTC), limit))


_RUNNING: Final = select(replay).where(replay.c.state == State.RUNNING).order_by(replay.c.id)


def _found(connection: Connection, choice: Choice) -> list[Ended]:
    latest = (
        select(history.c.detail)
        .where(history.c.dispatch_id == delivery.c.dispatch_id, history.c.recipient == delivery.c.recipient)
        .where(history.c.status == delivery.c.status)
        .order_by(history.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    recipients = [choice.agency] if choice.agency else select(agency.c.code)
    names = ("dispatch_id", "recipient", "status", "attempt", "changed")
    query = (
        select(*(delivery.c[name] for name in names), dispatch.c.sender, dispatch.c.document_id)
        .add_columns(latest.label("reason"))
        .join_from(delivery, dispatch, dispatch.c.id == delivery.c.dispatch_id)
        .where(delivery.c.recipient.in_(recipients), delivery.c.status.in_(sorted(choice.statuses)))
        .where(delivery.c.changed >= choice.since, admission_now.not_in(UNSEEN))
        .where(delivery.c.dispatch_id.not_in(select(erasure.c.dispatch_id)))
        .order_by(delivery.c.dispatch_id)
    )
    if choice.until:
        query = query.where(delivery.c.changed < choice.until)
    wanted = re.compile(choice.reason)
    return [
        Ended(r.dispatch_id, r.recipient, r.sender, r.document_id, Status(r.status), r.attempt, r.changed, said)
        for r in connection.execute(query)
        if wanted.search(said := r.reason or "")
    ]


def _ordered(connection: Connection, choice: Choice, operator: str, rate: float) -> str:
    now = datetime.now(UTC)
    found, identifier = _found(connection, choice), uuid4().hex[:12]
    order = {"id": identifier, "agency": choice.agency, "chosen": str(choice), "operator": operator, "made": now}
    state = State.RUNNING if found else State.DONE
    connection.execute(insert(replay).values(**order, rate=rate, state=state, paced=now))
    items = [
        {
            "replay_id": identifier,
            "position": position,
            **{name: getattr(one, name) for name in ("dispatch_id", "recipient", "status", "attempt", "reason")},
            "became": _WAITS,
        }
        for position, one in enumerate(found, 1)
    ]
    for start in range(0, len(items), _PAGE):
        connection.execute(insert(replay_item), items[start : start + _PAGE])
    return identifier


def _gone_on(pen: Pen, now: datetime, limit: int) -> int:
    done = 0
    for order in pen.connection.execute(_RUNNING.with_for_update(skip_locked=True)).all():
        paced = max(order.paced, now - _LONGEST_SAVED)
        allowed = min(int((now - paced).total_seconds() * order.rate), limit)
        if not allowed:
            continue
        waiting = replay_item.c.replay_id == order.id, replay_item.c.became == _WAITS
        items = select(replay_item).where(*waiting).order_by(replay_item.c.position).limit(allowed)
        rows = pen.connection.execute(items).all()
        _put_out(pen, order, rows, now)
        done += len(rows)
        state = State.RUNNING if len(rows) == allowed else State.DONE
        spent = paced + timedelta(seconds=allowed / order.rate)
        pen.connection.execute(update(replay).where(replay.c.id == order.id).values(paced=spent, state=state))
    return done


def _put_out(pen: Pen, order: Any, rows: Sequence[Any], now: datetime) -> None:
    """Put out those that stand as they stood when they were chosen; leave alone what has moved."""
    stands = pen.locked((row.dispatch_id, row.recipient) for row in rows)
    same = [row for row in rows if _as_chosen(row, stands[row.dispatch_id, row.recipient])]
    said = f"replay {order.id}, {order.operator}"
    pairs = [(row.dispatch_id, row.recipient) for row in same]
    lines, changed = put_out_again({pair: stands[pair] for pair in pairs}, said, now)
    pen.add(pen.sql.change, changed)
    pen.enter(Kind.HISTORY, lines)
    pen.add(pen.sql.wait, changed)
    for row in rows:
        became = row.attempt + 1 if row in same else _MOVED
        mine = replay_item.c.replay_id == order.id, replay_item.c.position == row.position
        pen.connection.execute(update(replay_item).where(*mine).values(became=became, at=now))


def _as_chosen(row: Any, stands: Standing) -> bool:
    return (stands.status, stands.attempt) == (row.status, row.attempt) and stands.status in REPLAYED


def _replays(connection: Connection, identifier: str) -> list[Replay]:
    def counted(*which: Any) -> Any:
        return select(func.count()).where(replay_item.c.replay_id == replay.c.id, *which).scalar_subquery()

    query = select(
        *(replay.c[name] for name in ("id", "agency", "chosen", "operator", "made", "rate", "state")),
        counted().label("total"),
        counted(replay_item.c.became == _WAITS).label("waiting"),
        counted(replay_item.c.became == _MOVED).label("moved"),
    ).order_by(replay.c.made.desc())
    if identifier:
        query = query.where(replay.c.id == identifier)
    return [Replay(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001  # its public face


def _items(connection: Connection, identifier: str) -> list[Item]:
    same = and_(delivery.c.dispatch_id == replay_item.c.dispatch_id, delivery.c.recipient == replay_item.c.recipient)
    query = (
        select(replay_item, delivery.c.status.label("now"))
        .join_from(replay_item, delivery, same)
        .where(replay_item.c.replay_id == identifier)
        .order_by(replay_item.c.position)
    )
    words = {_WAITS: "waiting", _MOVED: "moved"}
    return [
        Item(r.position, r.dispatch_id, Status(r.status), r.reason, words.get(r.became, r.now), r.at)
        for r in connection.execute(query)
    ]
