"""What a batch of accepted envelopes says of earlier documents, in the commit that accepts it.

Requests first, then what is reported: an answer finds the request that came with it. What may not follow changes
nothing (`lgsp.model.lifecycle`), so that any order leads to the same end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from lgsp.evidence.rows import Kind
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Status
from lgsp.model.envelope import DocumentHeader, StatusHeader
from lgsp.model.lifecycle import RequestKind
from lgsp.store.lifecycle import parking, requests, standing
from lgsp.store.lifecycle.reporting import told
from lgsp.store.lifecycle.requests import Asked
from lgsp.store.lifecycle.seeking import found, seekers
from lgsp.store.lifecycle.standing import on_the_bus
from lgsp.store.numbers import number_of
from lgsp.store.rows import report_row
from lgsp.store.tables import delivery, dispatch, report, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from lgsp.model.delivery import Dispatch, Outcome
    from lgsp.model.envelope import Verified
    from lgsp.store.pen import Pen

    Pair = tuple[str, AgencyCode]
    Place = tuple[str, int]

__all__ = ["Spoken", "catch_up", "follow", "on_the_bus", "reconsider", "spoken", "spoken_of"]


class Spoken(NamedTuple):
    """An accepted envelope that may be acted on."""

    dispatch_id: str
    verified: Verified
    #: Whom it is routed to, each with the code that its sender wrote.
    recipients: Mapping[AgencyCode, AgencyCode]
    at: datetime
    #: For a status the document that it speaks of, where that was found before it was routed.
    about: str | None = None


def spoken(dispatch: Dispatch) -> Spoken:
    """Return what is followed of a dispatch."""
    to = {recipient.agency: recipient.written for recipient in dispatch.route.recipients}
    return Spoken(dispatch.id, dispatch.verified, to, dispatch.accepted, dispatch.about)


def spoken_of(connection: Connection, dispatch_id: str, verified: Verified) -> Spoken:
    """Return the same of a dispatch that was kept before."""
    accepted = connection.execute(select(dispatch.c.accepted).where(dispatch.c.id == dispatch_id)).scalar_one()
    ends = select(delivery.c.recipient, delivery.c.written).where(delivery.c.dispatch_id == dispatch_id)
    return Spoken(dispatch_id, verified, {row.recipient: row.written for row in connection.execute(ends)}, accepted)


def follow(pen: Pen, accepted: Sequence[Spoken], patience: timedelta, now: datetime) -> None:
    """Do what these envelopes ask and report, and what waited for the documents among them."""
    known: dict[Place, str] = {(one.dispatch_id, 0): one.about for one in accepted if one.about is not None}
    sought = {
        (seeker.dispatch_id, seeker.position): seeker
        for one in accepted
        for seeker in seekers(one.dispatch_id, one.verified, one.recipients, one.at)
    }
    open_ones = [seeker for place, seeker in sought.items() if place not in known]
    known |= found(pen.connection, open_ones) if open_ones else {}
    _report(pen, accepted, known)
    called = _called(pen, accepted)
    _act(pen, [*sought.values(), *called], known | _met(pen, called, now), patience, now)
    parking.park(pen, [seeker for place, seeker in sought.items() if place not in known])


def catch_up(pen: Pen, moved: Mapping[Pair, Status], withdrawn: Collection[Pair], now: datetime) -> Sequence[Outcome]:
    """Take up what waited for deliveries: a recall that came too late, a report that came before."""
    late = [pair for pair, status in moved.items() if status is not Status.ACCEPTED and pair in withdrawn]
    requests.reopen(pen, late, now)
    delivered = [pair for pair, status in moved.items() if status is Status.DELIVERED]
    return standing.foretold(pen.connection, delivered) if delivered else ()


def reconsider(
    pen: Pen, since: datetime, limit: int, after: Place, patience: timedelta, now: datetime
) -> tuple[int, Place | None]:
    """Look again for what the parked speak of; return how many found it, and where to go on."""
    rows = parking.youngest(pen.connection, since, limit, after)
    known = _met(pen, rows, now)
    _act(pen, rows, known, patience, now)
    return len(known), (rows[-1].dispatch_id, rows[-1].position) if len(rows) == limit else None


def _report(pen: Pen, accepted: Sequence[Spoken], known: Mapping[Place, str]) -> None:
    """Keep what the statuses among these say."""
    rows = []
    for one in accepted:
        header = one.verified.envelope.header
        if isinstance(header, StatusHeader):
            rows.append(report_row(one.dispatch_id, one.verified, header, known.get((one.dispatch_id, 0))))
    pen.enter(Kind.REPORT, rows)


def _called(pen: Pen, accepted: Sequence[Spoken]) -> list[Any]:
    """Return what waited for the documents among these."""
    documents = [
        {
            "id": one.dispatch_id,
            "document_id": one.verified.envelope.document_id.strip(),
            "numbered": number_of(one.verified),
        }
        for one in accepted
        if isinstance(one.verified.envelope.header, DocumentHeader)
    ]
    return parking.called(pen.connection, documents) if documents else []


def _met(pen: Pen, waiting: Sequence[Any], now: datetime) -> dict[Place, str]:
    """Return which documents those that wait speak of, keep that, and let them wait no more."""
    waiting = parking.still(pen.connection, waiting) if waiting else waiting
    if not waiting:
        return {}
    known = found(pen.connection, [row._mapping for row in waiting])  # noqa: SLF001  # its public face
    if known:
        query = select(report.c.dispatch_id).where(report.c.dispatch_id.in_({i for i, _ in known}))
        statuses = set(pen.connection.execute(query).scalars())
        rows = [
            {"dispatch_id": i, "about": about, "at": written(now)} for (i, _), about in known.items() if i in statuses
        ]
        pen.enter(Kind.MATCHED, rows)
        parking.leave(pen.connection, known)
    return known


def _act(pen: Pen, sought: Iterable[Any], known: Mapping[Place, str], patience: timedelta, now: datetime) -> None:
    """Open the requests, then count the reports, of those whose document is known."""
    asked = [_asked(one, about) for one in sought if one.kind and (about := known.get((one.dispatch_id, one.position)))]
    requests.opened(pen, asked, patience, now)
    statuses = told(pen.connection, {i: about for (i, position), about in known.items() if position == 0})
    if statuses:
        standing.moved(pen, statuses, now)
        requests.answered(pen, statuses, now)


def _asked(one: Any, about: str) -> Asked:
    recipients = one.recipients.split() if isinstance(one.recipients, str) else one.recipients
    return Asked(
        dispatch_id=one.dispatch_id,
        about=about,
        kind=RequestKind(one.kind),
        recipients=tuple(map(AgencyCode, recipients)),
        at=one.since,
        said=one.said,
    )
