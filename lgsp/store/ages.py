"""Since when the oldest waits, everywhere that something can: each question reads one end of an index."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, delete, exists, func, select, tuple_

from lgsp.evidence.heads import Head
from lgsp.evidence.rows import Kind
from lgsp.model.age import Age, Wait
from lgsp.model.delivery import Status
from lgsp.model.envelope import Admission
from lgsp.store.clock import unclaimed
from lgsp.store.engine import commit, look
from lgsp.store.rows import URGENCIES
from lgsp.store.rowset import insert
from lgsp.store.tables import (
    agency,
    alarm,
    delivery,
    dispatch,
    entry,
    examination,
    head,
    hold,
    outbox,
    replay_item,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode

#: Since when a delivery can be handed over: it was accepted, its document was judged, or it was put out again.
SINCE: Final = func.coalesce(
    select(func.max(replay_item.c.at))
    .where(replay_item.c.dispatch_id == delivery.c.dispatch_id, replay_item.c.recipient == delivery.c.recipient)
    .scalar_subquery(),
    select(hold.c.decided).where(hold.c.dispatch_id == delivery.c.dispatch_id).scalar_subquery(),
    dispatch.c.accepted,
)
#: Nothing can be done about a delivery: its document waits for a judgement.
HELD: Final = exists().where(hold.c.dispatch_id == delivery.c.dispatch_id, hold.c.admission == Admission.HOLD)


class Ages:
    """What has waited for how long, and what of it was told. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        """Read from `engine`."""
        self._engine = engine

    def measured(self) -> list[Age]:
        """Return the oldest wherever anything waits; where it waits for agencies, of each of them."""
        return look(self._engine, _measured)

    def raised(self, ages: Collection[Age]) -> list[Age]:
        """Keep that these are told as too old; return those that were not yet."""
        return commit(self._engine, lambda connection: _raised(connection, ages)) if ages else []

    def lowered(self, still: Iterable[Age]) -> list[Age]:
        """Forget what was told and is no longer so, where these still are; return what was forgotten."""
        keys = {(age.what, age.agency or "") for age in still}
        over = [age for age in self.told() if (age.what, age.agency or "") not in keys]
        gone = delete(alarm).where(tuple_(alarm.c.what, alarm.c.agency).in_([(a.what, a.agency or "") for a in over]))
        if over:
            commit(self._engine, lambda connection: connection.execute(gone))
        return over

    def told(self) -> list[Age]:
        """Return what is too old, the oldest first, since when it waited when that was told."""
        query = select(alarm).order_by(alarm.c.since, alarm.c.what, alarm.c.agency)
        rows = look(self._engine, lambda connection: connection.execute(query).all())
        return [Age(what=Wait(row.what), agency=row.agency or None, since=row.since) for row in rows]


class Oldest(NamedTuple):
    """The delivery to an agency whose document was accepted first, of those that wait."""

    agency: AgencyCode
    accepted: datetime
    #: Since when it can be handed over.
    since: datetime


def oldest(connection: Connection, status: Status) -> list[Oldest]:
    """Return the oldest delivery of each agency that has this status, held ones left out."""
    first = (
        select(delivery.c.dispatch_id)
        .where(delivery.c.recipient == agency.c.code, delivery.c.status == status, ~HELD)
        .order_by(delivery.c.dispatch_id)
        .limit(1)
        .scalar_subquery()
    )
    found = select(agency.c.code, first.label("dispatch_id")).subquery("found")
    mine = and_(delivery.c.dispatch_id == found.c.dispatch_id, delivery.c.recipient == found.c.code)
    query = (
        select(found.c.code, dispatch.c.accepted, SINCE.label("since"))
        .join_from(found, delivery, mine)
        .join(dispatch, dispatch.c.id == found.c.dispatch_id)
    )
    return [Oldest(*row) for row in connection.execute(query)]


def _measured(connection: Connection) -> list[Age]:
    now = datetime.now(UTC)
    places: dict[Wait, datetime | None] = {
        Wait.OUTBOX: _due(connection, now),
        Wait.HELD: _accepted(connection, hold.c.dispatch_id, hold.c.admission == Admission.HOLD),
        Wait.UNEXAMINED: _accepted(connection, examination.c.dispatch_id),
        Wait.EVIDENCE: _entered(connection),
        Wait.STAMPING: _unstamped(connection),
    }
    ages = [Age(what=what, since=since) for what, since in places.items() if since is not None]
    for what, status in ((Wait.ACCEPTED, Status.ACCEPTED), (Wait.QUEUED, Status.QUEUED)):
        ages += [Age(what=what, since=one.since, agency=one.agency) for one in oldest(connection, status)]
    return ages


def _due(connection: Connection, now: datetime) -> datetime | None:
    """Return since when a delivery is due that no relay has taken."""
    query = select(outbox.c.due).where(outbox.c.due <= now, unclaimed(outbox, now)).order_by(outbox.c.due).limit(1)
    firsts = [connection.execute(query.where(outbox.c.priority == urgency)).scalar() for urgency in URGENCIES]
    return min(filter(None, firsts), default=None)


def _accepted(connection: Connection, identifier: Any, *which: Any) -> datetime | None:
    """Return when the first of these dispatches was accepted; identifiers are in that order."""
    first = select(func.min(identifier)).where(*which).scalar_subquery()
    return connection.execute(select(dispatch.c.accepted).where(dispatch.c.id == first)).scalar()


def _entered(connection: Connection) -> datetime | None:
    """Return when the first document was accepted of which the evidence log does not know: entries have no time."""
    key = select(entry.c.key).where(entry.c.kind == Kind.DISPATCH).order_by(entry.c.id).limit(1).scalar_subquery()
    return connection.execute(select(dispatch.c.accepted).where(dispatch.c.id == key)).scalar()


def _unstamped(connection: Connection) -> datetime | None:
    """Return when the first head after the last stamped one was signed."""
    stamped = select(head.c.size).where(func.length(head.c.stamp) > 0).order_by(head.c.size.desc()).limit(1)
    last = connection.execute(stamped).scalar() or 0
    row = connection.execute(select(head).where(head.c.size > last).order_by(head.c.size).limit(1)).first()
    return None if row is None else Head(text=row.text, signature=row.signature, certificate=row.certificate).at


def _raised(connection: Connection, ages: Collection[Age]) -> list[Age]:
    now = datetime.now(UTC)
    rows = [{"what": a.what, "agency": a.agency or "", "since": a.since, "told": now} for a in ages]
    adding = insert(connection.dialect.name, alarm).values(rows).on_conflict_do_nothing()
    new = {tuple(row) for row in connection.execute(adding.returning(alarm.c.what, alarm.c.agency))}
    return [age for age in ages if (age.what, age.agency or "") in new]
