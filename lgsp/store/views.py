"""What people and systems ask about documents. Reads only; each answer takes a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select

from lgsp.model.delivery import Status
from lgsp.model.envelope import Admission, Kind
from lgsp.store.engine import look
from lgsp.store.examining import found_in
from lgsp.store.holding import UNSEEN, admission_now
from lgsp.store.tables import delivery, dispatch, history, report

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.model.attachment import ExaminedAttachment

#: An agency may have used one DocumentId many times; a trace shows the latest.
_TRACES_AT_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is the same about a document wherever it is listed."""

    dispatch_id: str
    #: The sender's own identifier, as written.
    document_id: str
    sender: AgencyCode
    kind: Kind
    number: str
    notation: str
    #: As written.
    promulgated: str
    subject: str
    priority: int
    #: SHA-256 of the octets, in hexadecimal.
    digest: str
    size_bytes: int
    accepted: datetime
    #: What the verdict on its signature led to in the end.
    admission: Admission = Admission.ACCEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Document):
    """A line of a recipient's mailbox."""

    status: Status
    attempt: int
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a document stands with one recipient."""

    recipient: AgencyCode
    status: Status
    attempt: int
    #: What the recipient's system called it; empty until it says.
    reference: str
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessStatus:
    """What an agency reported about a document: edXML 01..16, not the bus's own Status."""

    reporter: AgencyCode
    code: str
    reason: str
    #: Local time of the reporting system, as written.
    reported: str
    #: The dispatch of the status envelope.
    dispatch_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Document):
    """A line of what an agency sent."""

    deliveries: tuple[Stand, ...]
    business: tuple[BusinessStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of history."""

    at: datetime
    #: None for what concerns the whole document.
    recipient: AgencyCode | None
    #: None for a note without a change.
    status: Status | None
    attempt: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace(Sent):
    """All that the bus knows of a document's way."""

    door: str
    correlation: str
    #: Why the bus believed who the sender is.
    standing: str
    verdict: str
    signer: str
    certificate: str
    algorithm: str
    #: Why the verdict is not simply valid; empty otherwise.
    doubt: str
    #: Name of the anchor that vouches for the signer.
    anchor: str
    #: What was known about revocation when it came, from where and as of when.
    revocation: str
    history: tuple[Event, ...]
    #: What was found in the attachments; empty until they are examined.
    attachments: tuple[ExaminedAttachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Document):
    """A document itself, with what proves its way."""

    recipients: tuple[AgencyCode, ...]
    correlation: str
    octets: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    receipt: bytes = field(repr=False)


_DOCUMENT = [
    dispatch.c.id.label("dispatch_id"),
    *(dispatch.c[name] for name in ("document_id", "sender", "kind", "number", "notation", "promulgated", "subject")),
    *(dispatch.c[name] for name in ("priority", "digest")),
    dispatch.c.size.label("size_bytes"),
    dispatch.c.accepted,
    admission_now.label("admission"),
]
_PROOF = [
    dispatch.c[name]
    for name in (
        *("door", "correlation", "standing", "verdict", "signer", "certificate", "algorithm"),
        *("doubt", "anchor", "revocation"),
    )
]


class Views:
    """Answers questions from the ledger. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        """Read from `engine`."""
        self._engine = engine

    def received(
        self,
        agency: AgencyCode,
        *,
        kind: Kind | None = None,
        limit: int = 100,
        after: str = "",
        waiting_only: bool = True,
    ) -> list[Received]:
        """Return what lies in an agency's mailbox, oldest first; `after` is the last dispatch_id of the page before.

        Waiting is what was delivered and neither taken nor refused. What is still on its way is never listed.
        """
        there = [Status.DELIVERED] if waiting_only else [Status.DELIVERED, Status.TAKEN, Status.REFUSED]
        query = (
            select(*_DOCUMENT, delivery.c.status, delivery.c.attempt, delivery.c.changed)
            .join_from(delivery, dispatch)
            .where(delivery.c.recipient == agency, delivery.c.status.in_(there), delivery.c.dispatch_id > after)
            .order_by(delivery.c.dispatch_id)
            .limit(limit)
        )
        if kind is not None:
            query = query.where(dispatch.c.kind == kind)
        rows = look(self._engine, lambda connection: connection.execute(query).all())
        return [
            Received(**_document(row), status=Status(row.status), attempt=row.attempt, changed=row.changed)
            for row in rows
        ]

    def sent(self, agency: AgencyCode, *, limit: int = 100, after: str = "") -> list[Sent]:
        """Return what an agency sent, newest first; `after` is the last dispatch_id of the page before."""
        query = select(*_DOCUMENT).where(dispatch.c.sender == agency).order_by(dispatch.c.id.desc()).limit(limit)
        if after:
            query = query.where(dispatch.c.id < after)

        def read(connection: Connection) -> list[Sent]:
            rows = connection.execute(query).all()
            ids = [row.dispatch_id for row in rows]
            stands, said = _stands(connection, ids), _business(connection, ids)
            return [
                Sent(**_document(row), deliveries=stands[row.dispatch_id], business=said[row.dispatch_id])
                for row in rows
            ]

        return look(self._engine, read)

    def trace(self, id: str, agency: AgencyCode | None = None) -> list[Trace]:  # noqa: A002  # the word of the CLI
        """Return the way of a document, by its dispatch_id or the sender's DocumentId (which may name several).

        Newest first. For an agency: only what it sent, or received; a recipient sees its own delivery alone.
        """
        query = select(*_DOCUMENT, *_PROOF).where(or_(dispatch.c.id == id, dispatch.c.document_id == id))
        query = _seen_by(query, agency).order_by(dispatch.c.id.desc()).limit(_TRACES_AT_MOST)

        def read(connection: Connection) -> list[Trace]:
            rows = connection.execute(query).all()
            ids = [row.dispatch_id for row in rows]
            stands, said, events = _stands(connection, ids), _business(connection, ids), _events(connection, ids)
            found = found_in(connection, ids)
            traces = (
                _trace(row, agency, stands[row.dispatch_id], said[row.dispatch_id], events[row.dispatch_id])
                for row in rows
            )
            return [replace(trace, attachments=found[trace.dispatch_id]) for trace in traces]

        return look(self._engine, read)

    def document(self, dispatch_id: str, agency: AgencyCode | None = None) -> Held | None:
        """Return a document with its exact octets; for an agency only what it sent or received."""
        held = [dispatch.c[name] for name in ("correlation", "octets", "seal", "receipt")]
        query = _seen_by(select(*_DOCUMENT, *held).where(dispatch.c.id == dispatch_id), agency)

        def read(connection: Connection) -> Held | None:
            row = connection.execute(query).first()
            if row is None:
                return None
            recipients = tuple(stand.recipient for stand in _stands(connection, [dispatch_id])[dispatch_id])
            rest = {name: getattr(row, name) for name in ("correlation", "octets", "seal", "receipt")}
            return Held(**_document(row), recipients=recipients, **rest)

        return look(self._engine, read)

    def counts(self) -> dict[Status, int]:
        """Return how many deliveries stand at each status."""
        query = select(delivery.c.status, func.count()).group_by(delivery.c.status)
        found = {Status(status): number for status, number in look(self._engine, lambda c: c.execute(query).all())}
        return {status: found.get(status, 0) for status in Status}


def _seen_by(query: Any, agency: AgencyCode | None) -> Any:
    if agency is None:
        return query
    addressed = exists().where(delivery.c.dispatch_id == dispatch.c.id, delivery.c.recipient == agency)
    return query.where(or_(dispatch.c.sender == agency, and_(addressed, admission_now.not_in(UNSEEN))))


def _document(row: Any) -> dict[str, Any]:
    facts = {column.key: getattr(row, column.key) for column in _DOCUMENT}
    return facts | {"kind": Kind(row.kind), "admission": Admission(row.admission)}


def _trace(
    row: Any,
    agency: AgencyCode | None,
    stands: tuple[Stand, ...],
    business: tuple[BusinessStatus, ...],
    events: tuple[Event, ...],
) -> Trace:
    if agency not in {None, row.sender}:
        stands = tuple(stand for stand in stands if stand.recipient == agency)
        business = tuple(said for said in business if said.reporter == agency)
        events = tuple(event for event in events if event.recipient in {None, agency})
    proof = {column.key: getattr(row, column.key) for column in _PROOF}
    return Trace(**_document(row), deliveries=stands, business=business, history=events, **proof)


def _stands(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[Stand, ...]]:
    query = select(delivery).where(delivery.c.dispatch_id.in_(ids)).order_by(delivery.c.recipient)
    return _by_dispatch(
        (
            row.dispatch_id,
            Stand(
                recipient=row.recipient,
                status=Status(row.status),
                attempt=row.attempt,
                reference=row.reference,
                changed=row.changed,
            ),
        )
        for row in connection.execute(query)
    )


def _business(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[BusinessStatus, ...]]:
    query = select(report).where(report.c.about.in_(ids)).order_by(report.c.dispatch_id)
    return _by_dispatch(
        (
            row.about,
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


def _by_dispatch(pairs: Any) -> Mapping[str, tuple[Any, ...]]:
    gathered: defaultdict[str, tuple[Any, ...]] = defaultdict(tuple)
    for dispatch_id, part in pairs:
        gathered[dispatch_id] += (part,)
    return gathered
