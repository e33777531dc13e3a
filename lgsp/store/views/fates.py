"""What became of documents: read for many at once, a query a kind of fact."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from lgsp.model.delivery import Status
from lgsp.model.lifecycle import RequestKind, RequestState
from lgsp.store.examining import found_in
from lgsp.store.tables import business, delivery, history, matched, remark, report, request
from lgsp.store.views.values import BusinessStatus, Event, Remarked, Request, Stand

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from lgsp.model.agency import AgencyCode


def fates(connection: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return what Sent adds to a Document, for each of `ids` in their order."""
    standing, said, asked = stands(connection, ids), _business(connection, ids), _requests(connection, ids)
    return [{"deliveries": standing[id_], "business": said[id_], "requests": asked[id_]} for id_ in ids]


def ways(connection: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return what Trace adds to a Document and its proof, for each of `ids` in their order."""
    ends, events, found = fates(connection, ids), _events(connection, ids), found_in(connection, ids)
    told = _remarks(connection, ids)
    return [
        {**fate, "history": events[id_], "attachments": found[id_], "remarks": told[id_]}
        for id_, fate in zip(ids, ends, strict=True)
    ]


def share(way: Mapping[str, Any], agency: AgencyCode) -> dict[str, Any]:
    """Return of a way what a recipient may know: its own part."""
    return {
        **way,
        "deliveries": tuple(stand for stand in way["deliveries"] if stand.recipient == agency),
        "business": tuple(said for said in way["business"] if said.reporter == agency),
        "requests": tuple(asked for asked in way["requests"] if asked.recipient == agency),
        "history": tuple(event for event in way["history"] if event.recipient in {None, agency}),
        "remarks": (),
    }


def stands(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[Stand, ...]]:
    """Return where documents stand with each recipient."""
    same = and_(business.c.dispatch_id == delivery.c.dispatch_id, business.c.recipient == delivery.c.recipient)
    query = (
        select(delivery, business.c.progress, business.c.asked)
        .outerjoin_from(delivery, business, same)
        .where(delivery.c.dispatch_id.in_(ids))
        .order_by(delivery.c.recipient)
    )
    return _by_dispatch(
        (
            row.dispatch_id,
            Stand(
                recipient=row.recipient,
                status=Status(row.status),
                attempt=row.attempt,
                reference=row.reference,
                changed=row.changed,
                written=row.written,
                progress=row.progress or "",
                asked=row.asked or "",
            ),
        )
        for row in connection.execute(query)
    )


def _requests(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[Request, ...]]:
    query = select(request).where(request.c.about.in_(ids)).order_by(request.c.dispatch_id, request.c.recipient)
    return _by_dispatch(
        (
            row.about,
            Request(
                kind=RequestKind(row.kind),
                recipient=row.recipient,
                state=RequestState(row.state),
                dispatch_id=row.dispatch_id,
                asked=row.asked,
                due=row.due,
                answer=row.answer,
            ),
        )
        for row in connection.execute(query)
    )


def _business(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[BusinessStatus, ...]]:
    query = (
        select(report, matched.c.about.label("met"))
        .outerjoin_from(report, matched, matched.c.dispatch_id == report.c.dispatch_id)
        .where(or_(report.c.about.in_(ids), matched.c.about.in_(ids)))
        .order_by(report.c.dispatch_id)
    )
    return _by_dispatch(
        (
            row.about or row.met,
            BusinessStatus(
                reporter=row.reporter,
                code=row.code,
                reason=row.reason,
                reported=row.reported,
                dispatch_id=row.dispatch_id,
            ),
        )
        for row in connection.execute(query)
    )


def _events(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[Event, ...]]:
    query = select(history).where(history.c.dispatch_id.in_(ids)).order_by(history.c.id)
    return _by_dispatch(
        (
            row.dispatch_id,
            Event(
                at=row.at,
                recipient=row.recipient,
                status=Status(row.status) if row.status else None,
                attempt=row.attempt,
                detail=row.detail,
            ),
        )
        for row in connection.execute(query)
    )


def _remarks(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[Remarked, ...]]:
    query = select(remark).where(remark.c.dispatch_id.in_(ids)).order_by(remark.c.dispatch_id, remark.c.position)
    return _by_dispatch(
        (
            row.dispatch_id,
            Remarked(rule=row.rule, element=row.element, text_vi=row.text_vi, text_en=row.text_en),
        )
        for row in connection.execute(query)
    )


def _by_dispatch(pairs: Any) -> Mapping[str, tuple[Any, ...]]:
    gathered: defaultdict[str, tuple[Any, ...]] = defaultdict(tuple)
    for dispatch_id, part in pairs:
        gathered[dispatch_id] += (part,)
    return gathered
