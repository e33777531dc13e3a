"""What is past its time: found once, told until it has been heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import and_, case, exists, func, or_, select, true, tuple_, update

from lgsp.model.delivery import Status
from lgsp.model.lifecycle import Business
from lgsp.model.overdue import Overdue, What
from lgsp.store.engine import commit, look
from lgsp.store.rowset import insert, packed, rowset
from lgsp.store.tables import agency, bookmark, business, deadline, delivery, dispatch, reminder, telling, written
from lgsp.store.watching import look_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.store.watching import Watch

#: To whom a reminder goes, by the column that says when it was told.
Told = Literal["mailed", "reported", "posted"]
_KEY: Final = tuple_(reminder.c.what, reminder.c.dispatch_id, reminder.c.recipient)
_LONGEST_PAUSE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder(Overdue):
    """A deadline that passed, with what people must know of the document."""

    found: datetime
    #: Name of the agency that must act; empty where the directory has none.
    name: str
    sender: AgencyCode
    number: str
    notation: str
    #: As written.
    promulgated: str
    subject: str
    priority: int
    #: Whether it is still so.
    open: bool


class Reminders:
    """Safe for many threads and processes at once: of two that find the same one is heard."""

    def __init__(self, engine: Engine) -> None:
        """Keep them in `engine`."""
        self._engine = engine
        dialect = engine.dialect.name
        columns = [reminder.c[name] for name in ("what", "dispatch_id", "recipient", "agency", "due", "found")]
        given = select(*rowset(dialect, *columns).c).where(true())
        names = [column.name for column in columns]
        kept = insert(dialect, reminder).from_select(names, given).on_conflict_do_nothing()
        self._keep = kept.returning(reminder.c.what, reminder.c.dispatch_id, reminder.c.recipient)
        self._keys = rowset(dialect, *columns[:3])
        marked = insert(dialect, bookmark)
        self._mark = marked.on_conflict_do_update(index_elements=["name"], set_={"position": marked.excluded.position})

    def find(self, what: What, watch: Watch, now: datetime) -> tuple[list[Overdue], bool]:
        """Look at the next page and keep what is new; return that, and whether there may be more at once."""
        found = look(self._engine, lambda connection: look_for(what, connection, watch, now))
        if not (found.overdue or found.position or found.closed):
            return [], False
        rows = packed(_row(one, now) for one in found.overdue)

        def keep(connection: Connection) -> set[Any]:
            new = {tuple(row) for row in connection.execute(self._keep, {"rows": rows})} if found.overdue else set()
            if found.position is not None:
                connection.execute(self._mark, {"name": what, "position": found.position})
            if found.closed:
                connection.execute(deadline.delete().where(deadline.c.dispatch_id.in_(found.closed)))
            return new

        new = commit(self._engine, keep)
        return [one for one in found.overdue if (one.what, one.dispatch_id, one.recipient) in new], found.more

    def listed(
        self,
        code: AgencyCode | None = None,
        what: What | None = None,
        *,
        limit: int = 100,
        open_only: bool = True,
    ) -> list[Reminder]:
        """Return the latest, newest first: of one agency or of all, of one kind or of all."""
        query = _reminders().order_by(reminder.c.found.desc(), reminder.c.dispatch_id.desc()).limit(limit)
        if code is not None:
            query = query.where(reminder.c.agency == code)
        if what is not None:
            query = query.where(reminder.c.what == what)
        if open_only:
            query = query.where(_open())
        return look(self._engine, lambda connection: [_reminder(row) for row in connection.execute(query)])

    def untold(self, how: Told, since: datetime, code: AgencyCode | None = None, limit: int = 500) -> list[Reminder]:
        """Return what was found after `since` and is not yet told that way, oldest first; of one agency or of all."""
        query = _reminders().where(reminder.c[how].is_(None), reminder.c.found >= since)
        if code is not None:
            query = query.where(reminder.c.agency == code)
        query = query.order_by(reminder.c.found, reminder.c.dispatch_id).limit(limit)
        return look(self._engine, lambda connection: [_reminder(row) for row in connection.execute(query)])

    def concerned(self, since: datetime) -> list[tuple[AgencyCode, str, str]]:
        """Return code, name and mail address of each agency with something that was not mailed."""
        open_ = reminder.c.mailed.is_(None) & (reminder.c.found >= since) & (reminder.c.agency != "")
        query = (
            select(reminder.c.agency, func.max(agency.c.name), func.max(agency.c.mail))
            .outerjoin(agency, agency.c.code == reminder.c.agency)
            .where(open_)
            .group_by(reminder.c.agency)
            .order_by(reminder.c.agency)
        )
        rows = look(self._engine, lambda connection: connection.execute(query).all())
        return [(row[0], row[1] or "", row[2] or "") for row in rows]

    def turn(self, channel: str, whom: str, now: datetime, hold: timedelta) -> bool:
        """Take the turn to tell somebody, if it is due and nobody else has it for the time `hold`."""
        first = {"channel": channel, "whom": whom, "failures": 0, "due": now}
        given = insert(self._engine.dialect.name, telling).values(**first).on_conflict_do_nothing()
        due = and_(telling.c.channel == channel, telling.c.whom == whom, telling.c.due <= now)

        def take(connection: Connection) -> bool:
            connection.execute(given)
            return connection.execute(update(telling).where(due).values(due=now + hold)).rowcount == 1

        return commit(self._engine, take)

    def told(
        self, how: Told, channel: str, whom: str, reminders: Sequence[Overdue], now: datetime, again: datetime
    ) -> None:
        """Keep that these were told, in one commit, and when that one may be told of others."""
        keys = packed({"what": r.what, "dispatch_id": r.dispatch_id, "recipient": r.recipient} for r in reminders)
        which = _KEY.in_(select(*self._keys.c))
        ended = update(telling).where(telling.c.channel == channel, telling.c.whom == whom)

        def keep(connection: Connection) -> None:
            connection.execute(update(reminder).where(which).values({how: now}), {"rows": keys})
            connection.execute(ended.values(failures=0, due=again))

        commit(self._engine, keep)

    def failed(self, channel: str, whom: str, now: datetime, first_pause: timedelta) -> None:
        """Keep that telling failed: it is tried again after a pause that doubles each time."""
        row = and_(telling.c.channel == channel, telling.c.whom == whom)

        def keep(connection: Connection) -> None:
            failures = connection.execute(select(telling.c.failures).where(row)).scalar() or 0
            pause = min(first_pause * 2 ** min(failures, 20), _LONGEST_PAUSE)
            connection.execute(update(telling).where(row).values(failures=failures + 1, due=now + pause))

        commit(self._engine, keep)


def _row(one: Overdue, now: datetime) -> dict[str, Any]:
    names = ("what", "dispatch_id", "recipient", "agency")
    return {name: getattr(one, name) for name in names} | {"due": written(one.due), "found": written(now)}


def _reminders() -> Any:
    documents = ("sender", "number", "notation", "promulgated", "subject", "priority", "correlation")
    return (
        select(*(reminder.c[name] for name in ("what", "dispatch_id", "recipient", "agency", "due", "found")))
        .add_columns(*(dispatch.c[name] for name in documents), func.coalesce(agency.c.name, "").label("name"))
        .add_columns(case((_open(), 1), else_=0).label("open"))
        .join_from(reminder, dispatch)
        .outerjoin(agency, agency.c.code == reminder.c.agency)
    )


def _open() -> Any:
    """Tell whether it is still so. What was sent too late stays so."""
    standing = (
        select(delivery.c.status)
        .where(delivery.c.dispatch_id == reminder.c.dispatch_id, delivery.c.recipient == reminder.c.recipient)
        .scalar_subquery()
    )
    worked_on = exists().where(
        business.c.dispatch_id == reminder.c.dispatch_id,
        business.c.recipient == reminder.c.recipient,
        business.c.progress.is_not(None),
    )
    finished = exists().where(
        business.c.dispatch_id == reminder.c.dispatch_id,
        business.c.recipient == reminder.c.recipient,
        business.c.progress.in_([Business.FINISHED, Business.RETURNED]),
    )
    return or_(
        reminder.c.what.in_([What.LATE, What.UNHEEDED]),
        and_(reminder.c.what == What.UNTAKEN, standing == Status.DELIVERED, ~worked_on),
        and_(reminder.c.what == What.UNANSWERED, standing.in_([Status.DELIVERED, Status.TAKEN]), ~finished),
        and_(reminder.c.what == What.URGENT, standing.in_([Status.ACCEPTED, Status.QUEUED])),
    )


def _reminder(row: Any) -> Reminder:
    facts = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Reminder(**facts | {"what": What(row.what), "open": bool(row.open)})
