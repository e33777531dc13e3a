"""Which documents lie in an agency's mailbox, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal_column, or_, select, union_all

from lgsp.model.delivery import Status
from lgsp.store.tables import URGENT, delivery, dispatch

if TYPE_CHECKING:
    from lgsp.model.agency import AgencyCode
    from lgsp.model.envelope import Kind


def waiting(agency: AgencyCode, kind: Kind | None, limit: int, after: str) -> Any:
    """Return the query for what was delivered and neither taken nor refused: the urgent first, then the oldest.

    An arm a lane, so that a hundred thousand ordinary ones are not walked over to find what is urgent. `after` names a
    place in this order: what became urgent news since stands at the head of a new listing, before that place.
    """
    named = select(delivery.c.priority).where(delivery.c.dispatch_id == after, delivery.c.recipient == agency)
    of_after = func.coalesce(named.scalar_subquery(), URGENT)
    later = delivery.c.dispatch_id > after
    same = and_(delivery.c.priority == of_after, later)
    urgent = _there(agency, kind).where(delivery.c.priority > URGENT)
    if after:
        urgent = urgent.where(or_(delivery.c.priority < of_after, same))
    ordinary = _there(agency, kind).where(delivery.c.priority == URGENT, or_(of_after > URGENT, later))
    arms = (
        urgent.order_by(delivery.c.priority.desc(), delivery.c.dispatch_id).limit(limit).subquery("urgent"),
        ordinary.order_by(delivery.c.dispatch_id).limit(limit).subquery("ordinary"),
    )
    return union_all(*map(select, arms)).subquery("waiting")


def kept(agency: AgencyCode, kind: Kind | None, limit: int, after: str) -> Any:
    """Return the query for all that ever was delivered, oldest first: an archive knows no urgency."""
    states = [Status.DELIVERED, Status.TAKEN, Status.REFUSED]
    there = _narrowed(select(delivery.c.dispatch_id, literal_column("0").label("priority")), kind)
    mine = there.where(delivery.c.recipient == agency, delivery.c.status.in_(states), delivery.c.dispatch_id > after)
    return mine.order_by(delivery.c.dispatch_id).limit(limit).subquery("kept")


def _there(agency: AgencyCode, kind: Kind | None) -> Any:
    mine = (delivery.c.recipient == agency, delivery.c.status == Status.DELIVERED)
    return _narrowed(select(delivery.c.dispatch_id, delivery.c.priority), kind).where(*mine)


def _narrowed(query: Any, kind: Kind | None) -> Any:
    if kind is None:
        return query
    return query.join_from(delivery, dispatch, dispatch.c.id == delivery.c.dispatch_id).where(dispatch.c.kind == kind)
