"""Which document is meant: by a status, or by a document that recalls, updates or replaces another.

Real systems reuse DocumentIds, fill in only some parts of `ResponseFor`, and write them their own way
(`lgsp.model.citation`). So several rules are tried, the surest first: DocumentId and number, then either; of the agency
that is named and sent to the one that reports, then of either. Among equals the latest, and a document before what
only recalls or updates it under the same identifier.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select

from lgsp.model.agency import AgencyCode
from lgsp.model.citation import Cited, cited, numbered, spoken
from lgsp.model.citation import day as day_of
from lgsp.model.envelope import BusinessType, DocumentHeader, Kind, StatusHeader
from lgsp.model.lifecycle import Business, RequestKind
from lgsp.store.lifecycle.succession import speaks_for
from lgsp.store.numbers import REPEATING
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import agency, delivery, dispatch, parked, tenure, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from lgsp.model.envelope import Envelope, Verified

_ASKS = {
    BusinessType.RECALL: RequestKind.RECALL,
    BusinessType.UPDATE: RequestKind.UPDATE,
    BusinessType.REPLACE: RequestKind.REPLACE,
}
_NOBODY = AgencyCode("")
_EVER = datetime.min.replace(tzinfo=UTC)
_Q = "{http://www.mic.gov.vn/TBT/QCVN_102_2016}"
_MADE = f"{_Q}edXMLEnvelope/{_Q}edXMLHeader/{_Q}TraceHeaderList/{_Q}TraceHeader/{_Q}Timestamp"
_REPEATS = sorted(REPEATING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """Somebody who speaks of a document."""

    #: The status, or the document that asks.
    dispatch_id: str
    #: A replacement may name several.
    position: int = 0
    #: What is asked; None for a status that only reports.
    kind: RequestKind | None = None
    cited: Cited
    #: A second DocumentId that may be meant.
    instead: str = ""
    #: Whose document it should be: as the directory knows that agency, and as it was written.
    owner: AgencyCode
    written: AgencyCode
    #: Who should have got it; empty for all.
    holder: AgencyCode = _NOBODY
    #: For whom something is asked.
    recipients: tuple[AgencyCode, ...] = ()
    #: When the bus accepted it, and when its own system made it: local time, as written, empty where it is not said.
    since: datetime
    said: str = ""

    def row(self) -> dict[str, Any]:
        """Return the row of `parked`."""
        return {
            "dispatch_id": self.dispatch_id,
            "position": self.position,
            "kind": self.kind or "",
            "document_id": self.cited.document_id,
            "instead": self.instead,
            "numbered": self.cited.numbered,
            "day": self.cited.day,
            "owner": self.owner,
            "written": self.written,
            "holder": self.holder,
            "recipients": " ".join(self.recipients),
            "since": written(self.since),
            "said": self.said,
        }


class Subject(NamedTuple):
    """The document that a status speaks of, and between whom it went."""

    dispatch_id: str
    sender: AgencyCode
    recipients: frozenset[AgencyCode]
    priority: int = 0


def seekers(
    dispatch_id: str, verified: Verified, recipients: Mapping[AgencyCode, AgencyCode], at: datetime
) -> Iterator[Seeker]:
    """Yield what an accepted envelope speaks of; nothing for a message or a new document.

    `recipients`: whom it is routed to, each with the code that was written; for a status the agency that it answers.
    """
    header = verified.envelope.header
    if isinstance(header, StatusHeader):
        seeker = status_seeker(dispatch_id, verified, header, at, next(iter(recipients), header.subject.agency))
        yield replace(seeker, recipients=tuple(recipients)) if seeker.kind else seeker
    elif isinstance(header, DocumentHeader) and header.business in _ASKS:
        for seeker in _document_seekers(dispatch_id, verified, header, at):
            named = seeker.recipients
            to = tuple(
                code for code, code_written in recipients.items() if {code, code_written} & {*named} or not named
            )
            if to:
                yield replace(seeker, recipients=to)


def status_seeker(
    dispatch_id: str, verified: Verified, header: StatusHeader, at: datetime, other: AgencyCode
) -> Seeker:
    """Return what a status speaks of. Status 13 flips its direction: the sender of the document speaks."""
    asks = header.code == Business.ASKED_BACK
    return Seeker(
        dispatch_id=dispatch_id,
        kind=RequestKind.RECALL if asks else None,
        cited=cited(header.subject),
        owner=verified.sender if asks else other,
        written=verified.envelope.sender if asks else header.subject.agency,
        holder=other if asks else verified.sender,
        since=at,
        said=header.reported,
    )


def _document_seekers(dispatch_id: str, verified: Verified, header: DocumentHeader, at: datetime) -> Iterator[Seeker]:
    """Yield the documents that one is done to: only the sender of a document may do so, hence the owner."""
    envelope, kind = verified.envelope, _ASKS[header.business]
    asks = Seeker(
        dispatch_id=dispatch_id,
        kind=kind,
        cited=_target(envelope, header),
        instead=envelope.document_id.strip() if header.target else "",
        owner=verified.sender,
        written=envelope.sender,
        since=at,
        said=(envelope.tree.findtext(_MADE) or "").strip(),
    )
    replaced = header.replaces if kind is RequestKind.REPLACE else ()
    if not replaced:
        yield asks
    for position, old in enumerate(replaced):
        yield replace(asks, position=position, cited=spoken(old.document_id), instead="", recipients=old.recipients)


def _target(envelope: Envelope, header: DocumentHeader) -> Cited:
    """Return what is recalled, updated or replaced: `Bussiness/DocumentId`, else the DocumentId, else the number."""
    document_id = (header.target or envelope.document_id).strip()
    return Cited(
        document_id=document_id,
        numbered=numbered(header.number, header.notation) if header.number else "",
        day=day_of(header.promulgated),
    )


def found(connection: Connection, sought: Iterable[Seeker | Mapping[str, Any]]) -> dict[tuple[str, int], str]:
    """Return, by dispatch and position of those who seek, the id of the document that is meant. Unknown: left out."""
    rows = packed(_asking(one.row() if isinstance(one, Seeker) else one) for one in sought)
    meant = connection.execute(_meant(connection.dialect.name), {"rows": rows})
    return {(row.dispatch_id, row.position): row.about for row in meant if row.about is not None}


def subjects(connection: Connection, statuses: Sequence[Verified]) -> list[Subject | None]:
    """Return the document that each status speaks of, None where it is not known. Two queries for all."""
    sought = [
        status_seeker("", verified, verified.envelope.header, _EVER, verified.envelope.header.subject.agency)
        for verified in statuses
        if isinstance(verified.envelope.header, StatusHeader)
    ]
    rows = [one.row() | {"position": position} for position, one in enumerate(sought)]
    about = found(connection, rows)
    known = parties(connection, set(about.values())) if about else {}
    return [known.get(about.get(("", position), "")) for position in range(len(statuses))]


def parties(connection: Connection, ids: Iterable[str]) -> dict[str, Subject]:
    """Return between whom documents went, and who speaks for recipients that are closed."""
    ever, since = agency.c.code == delivery.c.recipient, tenure.c.agency == delivery.c.recipient
    heirs = (agency.c.successor.label("first"), tenure.c.successor.label("then"))
    sent = (
        select(dispatch.c.id, dispatch.c.sender, dispatch.c.priority, delivery.c.recipient, *heirs)
        .join_from(dispatch, delivery, delivery.c.dispatch_id == dispatch.c.id)
        .outerjoin(agency, ever)
        .outerjoin(tenure, since)
        .where(dispatch.c.id.in_(ids))
    )
    ends: dict[str, tuple[AgencyCode, set[AgencyCode], int]] = {}
    for row in connection.execute(sent):
        to = ends.setdefault(row.id, (row.sender, set(), row.priority))[1]
        to.update(filter(None, (row.recipient, row.first, row.then)))
    return {one: Subject(one, sender, frozenset(to), priority) for one, (sender, to, priority) in ends.items()}


def _asking(row: Mapping[str, Any]) -> dict[str, Any]:
    return {str(column.name): row[column.name] for column in _ASKING}


_ASKING = [c for c in parked.c if c.name not in {"recipients", "since", "said"}]


@lru_cache
def _meant(dialect: str) -> Any:
    asked = rowset(dialect, *_ASKING)
    by_id = and_(asked.c.document_id != "", dispatch.c.document_id == asked.c.document_id)
    written_day = func.substr(func.replace(dispatch.c.promulgated, "-", "/"), 1, func.length(asked.c.day))
    by_number = and_(
        asked.c.numbered != "",
        dispatch.c.numbered == asked.c.numbered,
        or_(asked.c.day == "", written_day == asked.c.day),
    )
    instead = and_(asked.c.instead != "", dispatch.c.document_id == asked.c.instead)
    owned = or_(dispatch.c.sender == asked.c.written, speaks_for(dispatch.c.sender, asked.c.owner))
    held = and_(
        asked.c.holder != "",
        exists().where(delivery.c.dispatch_id == dispatch.c.id, speaks_for(delivery.c.recipient, asked.c.holder)),
    )
    reports = and_(held, asked.c.kind == "")
    rules = (
        (by_id, by_number, owned, held),
        (by_id, owned, held),
        (by_number, owned, held),
        (by_id, reports),
        (by_number, reports),
        (by_id, owned),
        (instead, owned),
        (by_number, owned),
    )
    return select(
        asked.c.dispatch_id,
        asked.c.position,
        func.coalesce(*(_latest(asked, and_(*rule)) for rule in rules)).label("about"),
    )


def _latest(asked: Any, rule: Any) -> Any:
    repeats = dispatch.c.business.in_(_REPEATS)
    other = and_(
        dispatch.c.kind == Kind.DOCUMENT,
        or_(~repeats, dispatch.c.numbered != ""),
        dispatch.c.id != asked.c.dispatch_id,
        or_(asked.c.kind == "", dispatch.c.business != BusinessType.RECALL),
    )
    return (
        select(dispatch.c.id)
        .where(rule, other)
        .order_by(repeats, dispatch.c.id.desc())
        .limit(1)
        .correlate(asked)
        .scalar_subquery()
    )
