"""Looking for deadlines that have passed: each document is looked at once for each of them, when its time has come.

What only grows is read on from a bookmark, what has a day of its own from an index by that day: nothing here is slower
for having millions of documents behind it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, exists, or_, select

from lgsp.model.agency import AgencyCode
from lgsp.model.calendar import VIETNAM
from lgsp.model.citation import numbered
from lgsp.model.delivery import Status
from lgsp.model.envelope import BusinessType, Kind
from lgsp.model.lifecycle import Business, RequestState
from lgsp.model.overdue import Overdue, What
from lgsp.store.tables import URGENT, bookmark, business, deadline, delivery, dispatch, history, reply, request, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lgsp.model.calendar import WorkingCalendar

PAGE: Final = 1000
NOBODY: Final = AgencyCode("")
#: Longer than any transaction of the ledger takes: what is older than this has nothing uncommitted before it.
_SETTLED: Final = timedelta(seconds=60)
_OPEN: Final = (Status.ACCEPTED, Status.QUEUED)


class Found(NamedTuple):
    """What one look found."""

    overdue: list[Overdue]
    #: Where the next look begins; None leaves the bookmark where it is.
    position: str | None = None
    #: Which days of `deadline` have been dealt with.
    closed: tuple[str, ...] = ()
    #: Whether there may be more at once.
    more: bool = False


class Watch(NamedTuple):
    """What is looked by."""

    calendar: WorkingCalendar
    untaken_after_hours: float
    #: Seconds by priority.
    targets: Mapping[int, float]


def look_for(what: What, connection: Connection, watch: Watch, now: datetime) -> Found:
    """Look at the next page of what may be past this deadline."""
    where = connection.execute(select(bookmark.c.position).where(bookmark.c.name == what)).scalar() or ""
    finders = {
        What.LATE: _late,
        What.UNTAKEN: _untaken,
        What.UNANSWERED: _unanswered,
        What.UNHEEDED: _unheeded,
        What.URGENT: _urgent,
    }
    return finders[what](connection, watch, now, where)


def _late(connection: Connection, watch: Watch, now: datetime, after: str) -> Found:
    """Look at documents accepted since the last look. What repeats an earlier document has that one's date."""
    names = ("id", "sender", "promulgated", "accepted", "correlation", "kind", "business")
    query = select(*(dispatch.c[name] for name in names)).where(
        dispatch.c.id > after, dispatch.c.accepted <= now - _SETTLED
    )
    rows = connection.execute(query.order_by(dispatch.c.id).limit(PAGE)).all()
    found: list[Overdue] = []
    for row in rows:
        signed = day_of(row.promulgated) if row.kind == Kind.DOCUMENT and row.business == BusinessType.NEW else None
        if signed and row.accepted > (due := watch.calendar.send_by(signed)):
            found.append(_overdue(What.LATE, row.id, NOBODY, row.sender, due, row.correlation))
    return Found(found, rows[-1].id if rows else None, more=len(rows) == PAGE)


def _untaken(connection: Connection, watch: Watch, now: datetime, after: str) -> Found:
    """Look at deliveries in the order in which they happened, once their time is up: later ones are up later."""
    query = (
        select(history.c.id, history.c.dispatch_id, history.c.recipient, history.c.at, delivery.c.status)
        .add_columns(dispatch.c.kind, dispatch.c.correlation, _reported().label("reported"))
        .join_from(history, delivery, _same(history))
        .join(dispatch, dispatch.c.id == history.c.dispatch_id)
        .where(history.c.id > int(after or 0), history.c.status == Status.DELIVERED, history.c.at <= now - _SETTLED)
    )
    found: list[Overdue] = []
    position = None
    rows = connection.execute(query.order_by(history.c.id).limit(PAGE)).all()
    for row in rows:
        due = watch.calendar.after(row.at, watch.untaken_after_hours)
        if due > now:
            return Found(found, position)
        position = str(row.id)
        if row.kind == Kind.DOCUMENT and row.status == Status.DELIVERED and not row.reported:
            found.append(_overdue(What.UNTAKEN, row.dispatch_id, row.recipient, row.recipient, due, row.correlation))
    return Found(found, position, more=len(rows) == PAGE)


def _unanswered(connection: Connection, watch: Watch, now: datetime, _: str) -> Found:
    """Look at the documents whose day has passed, and at each of their recipients."""
    today = now.astimezone(VIETNAM).date()
    days = select(deadline).where(deadline.c.day < today.isoformat()).order_by(deadline.c.day, deadline.c.dispatch_id)
    over = {
        row.dispatch_id: due
        for row in connection.execute(days.limit(PAGE))
        if (due := watch.calendar.end_of(date.fromisoformat(row.day))) <= now
    }
    closed = tuple(over)
    finished = exists().where(
        business.c.dispatch_id == delivery.c.dispatch_id,
        business.c.recipient == delivery.c.recipient,
        business.c.progress.in_([Business.FINISHED, Business.RETURNED]),
    )
    query = (
        select(delivery.c.dispatch_id, delivery.c.recipient, dispatch.c.correlation)
        .add_columns(dispatch.c.document_id, dispatch.c.number, dispatch.c.notation)
        .join_from(delivery, dispatch, dispatch.c.id == delivery.c.dispatch_id)
        .where(delivery.c.dispatch_id.in_(closed), delivery.c.status.in_([Status.DELIVERED, Status.TAKEN]), ~finished)
        .order_by(delivery.c.dispatch_id, delivery.c.recipient)
    )
    rows = connection.execute(query).all() if closed else []
    answered = _answered(connection, rows) if rows else set()
    found = [
        _overdue(What.UNANSWERED, row.dispatch_id, row.recipient, row.recipient, over[row.dispatch_id], row.correlation)
        for row in rows
        if (row.dispatch_id, row.recipient) not in answered
    ]
    return Found(found, closed=closed, more=len(over) == PAGE)


def _answered(connection: Connection, rows: Sequence[Any]) -> set[tuple[str, AgencyCode]]:
    """Return which of these deliveries their recipients have answered with a document of their own."""
    ids = {row.document_id for row in rows if row.document_id}
    numbers = {numbered(row.number, row.notation) for row in rows}
    query = select(reply.c.sender, reply.c.document_id, reply.c.numbered).where(
        or_(reply.c.document_id.in_(ids), reply.c.numbered.in_(numbers - {""}))
    )
    said = connection.execute(query.where(reply.c.sender.in_({row.recipient for row in rows}))).all()
    by_id = {(one.sender, one.document_id) for one in said if one.document_id}
    by_number = {(one.sender, one.numbered) for one in said if one.numbered}
    return {
        (row.dispatch_id, row.recipient)
        for row in rows
        if (row.recipient, row.document_id) in by_id or (row.recipient, numbered(row.number, row.notation)) in by_number
    }


def _unheeded(connection: Connection, _watch: Watch, now: datetime, after: str) -> Found:
    """Look at requests that were given up since the last look."""
    since = datetime.fromisoformat(after) if after else datetime.fromtimestamp(0, VIETNAM)
    query = (
        select(request.c.about, request.c.recipient, request.c.due, dispatch.c.correlation)
        .join_from(request, dispatch, dispatch.c.id == request.c.about)
        .where(request.c.state == RequestState.NO_ANSWER, request.c.due >= since, request.c.due <= now)
        .order_by(request.c.due)
        .limit(PAGE)
    )
    rows = connection.execute(query).all()
    found = [_overdue(What.UNHEEDED, r.about, r.recipient, r.recipient, r.due, r.correlation) for r in rows]
    # Requests that were due at one moment may be given up one after the other: the last hour is looked at again.
    last = max(since, rows[-1].due - timedelta(hours=1)) if rows else since
    return Found(found, written(last) if rows else None, more=len(rows) == PAGE and last > since)


def _urgent(connection: Connection, watch: Watch, now: datetime, after: str) -> Found:
    """Look at urgent deliveries on their way; the bookmark moves on over what is older than every target."""
    if not watch.targets:
        return Found([])
    query = (
        select(delivery.c.dispatch_id, delivery.c.recipient, delivery.c.status, delivery.c.priority)
        .add_columns(dispatch.c.accepted, dispatch.c.correlation)
        .join_from(delivery, dispatch, dispatch.c.id == delivery.c.dispatch_id)
        .where(delivery.c.priority > URGENT, delivery.c.dispatch_id > after)
        .order_by(delivery.c.dispatch_id)
        .limit(PAGE)
    )
    found: list[Overdue] = []
    position, older = None, now - timedelta(seconds=max(watch.targets.values())) - _SETTLED
    rows = connection.execute(query).all()
    for row in rows:
        target = watch.targets.get(row.priority)
        due = row.accepted + timedelta(seconds=target) if target else now
        if due < now and row.status in _OPEN:
            found.append(_overdue(What.URGENT, row.dispatch_id, row.recipient, NOBODY, due, row.correlation))
        if row.accepted < older:
            position = row.dispatch_id
    return Found(found, position, more=len(rows) == PAGE and position is not None)


def day_of(promulgated: str) -> date | None:
    """Return the day that was written, or None where no such day exists."""
    try:
        return datetime.strptime(promulgated.strip()[:10].replace("-", "/"), "%Y/%m/%d").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None


def _overdue(
    what: What, dispatch_id: str, recipient: AgencyCode, agency: AgencyCode, due: datetime, correlation: str
) -> Overdue:
    return Overdue(
        what=what, dispatch_id=dispatch_id, recipient=recipient, agency=agency, due=due, correlation=correlation
    )


def _same(table: Any) -> Any:
    return and_(delivery.c.dispatch_id == table.c.dispatch_id, delivery.c.recipient == table.c.recipient)


def _reported() -> Any:
    return exists().where(
        business.c.dispatch_id == history.c.dispatch_id,
        business.c.recipient == history.c.recipient,
        business.c.progress.is_not(None),
    )
