"""Deliveries whose time to live is over: they could not be handed over, and are given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from lgsp.model.delivery import Outcome, Status
from lgsp.model.text import Text
from lgsp.store.ages import HELD, SINCE, oldest
from lgsp.store.tables import delivery, dispatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from lgsp.model.agency import AgencyCode
    from lgsp.store.pen import Pen

_WAITING: Final = (Status.ACCEPTED, Status.QUEUED)


class Expired(NamedTuple):
    """A delivery that was given up for its age."""

    dispatch_id: str
    recipient: AgencyCode
    correlation: str
    since: datetime


def expired(pen: Pen, life: Callable[[AgencyCode], timedelta], now: datetime, limit: int) -> list[Expired]:
    """Give up at most `limit` deliveries of one agency that have waited longer than its `life`; return them."""
    waiting = [one for status in _WAITING for one in oldest(pen.connection, status)]
    for agency, accepted, _ in waiting:
        before = now - life(agency)
        if accepted <= before and (over := _given_up(pen, agency, before, limit)):
            return over
    return []


def _given_up(pen: Pen, agency: AgencyCode, before: datetime, limit: int) -> list[Expired]:
    query = (
        select(delivery.c.dispatch_id, delivery.c.attempt, dispatch.c.correlation, SINCE.label("since"))
        .join_from(delivery, dispatch, dispatch.c.id == delivery.c.dispatch_id)
        .where(delivery.c.recipient == agency, delivery.c.status.in_(_WAITING), before >= SINCE, ~HELD)
        .order_by(delivery.c.dispatch_id)
        .limit(limit)
    )
    rows = pen.connection.execute(query).all()
    pen.record([_outcome(agency, row) for row in rows])
    return [Expired(row.dispatch_id, agency, row.correlation, row.since) for row in rows]


def _outcome(agency: AgencyCode, row: Any) -> Outcome:
    said = Text(
        f"could not be handed over within its time to live, since {row.since:%Y-%m-%d %H:%M} UTC",
        f"không chuyển được trong thời hạn, tính từ {row.since:%Y-%m-%d %H:%M} UTC",
    )
    return Outcome(
        dispatch_id=row.dispatch_id,
        recipient=agency,
        status=Status.FAILED,
        attempt=row.attempt,
        detail=f"{said.vi}\n{said.en}",
    )
