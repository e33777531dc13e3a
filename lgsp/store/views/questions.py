"""The questions. Each answer takes a fixed number of queries, however long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, or_, select

from lgsp.model.delivery import Status
from lgsp.store.engine import look
from lgsp.store.octets import octets_of
from lgsp.store.tables import delivery, dispatch
from lgsp.store.views.documents import DOCUMENT, HELD, PROOF, document_of, seen_by, taken
from lgsp.store.views.fates import fates, share, stands, ways
from lgsp.store.views.mailbox import kept, waiting
from lgsp.store.views.values import Held, Received, Sent, Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.model.envelope import Kind

#: An agency may have used one DocumentId many times; a trace shows the latest.
_TRACES_AT_MOST: Final = 50


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
        """Return what lies in an agency's mailbox; `after` is the last dispatch_id of the page before.

        Waiting is what was delivered and neither taken nor refused: the most urgent first, then the oldest. All of it
        together is listed oldest first. What is still on its way is never listed.
        """
        listed = (waiting if waiting_only else kept)(agency, kind, limit, after)
        query = (
            select(*DOCUMENT, delivery.c.status, delivery.c.attempt, delivery.c.changed)
            .join_from(listed, delivery, delivery.c.dispatch_id == listed.c.dispatch_id)
            .join(dispatch, dispatch.c.id == delivery.c.dispatch_id)
            .where(delivery.c.recipient == agency)
            .order_by(listed.c.priority.desc(), delivery.c.dispatch_id)
            .limit(limit)
        )
        rows = look(self._engine, lambda connection: connection.execute(query).all())
        return [
            Received(**document_of(row), status=Status(row.status), attempt=row.attempt, changed=row.changed)
            for row in rows
        ]

    def sent(self, agency: AgencyCode, *, limit: int = 100, after: str = "") -> list[Sent]:
        """Return what an agency sent, newest first; `after` is the last dispatch_id of the page before."""
        query = select(*DOCUMENT).where(dispatch.c.sender == agency).order_by(dispatch.c.id.desc()).limit(limit)
        if after:
            query = query.where(dispatch.c.id < after)

        def read(connection: Connection) -> list[Sent]:
            rows = connection.execute(query).all()
            became = fates(connection, [row.dispatch_id for row in rows])
            return [Sent(**document_of(row), **fate) for row, fate in zip(rows, became, strict=True)]

        return look(self._engine, read)

    def trace(self, id: str, agency: AgencyCode | None = None) -> list[Trace]:  # noqa: A002  # the word of the CLI
        """Return the way of a document, by its dispatch_id or the sender's DocumentId (which may name several).

        Newest first. For an agency: only what it sent, or received; a recipient sees its own delivery alone.
        """
        query = select(*DOCUMENT, *PROOF).where(or_(dispatch.c.id == id, dispatch.c.document_id == id))
        query = seen_by(query, agency).order_by(dispatch.c.id.desc()).limit(_TRACES_AT_MOST)

        def read(connection: Connection) -> list[Trace]:
            rows = connection.execute(query).all()
            went = ways(connection, [row.dispatch_id for row in rows])
            return [_trace(row, way, agency) for row, way in zip(rows, went, strict=True)]

        return look(self._engine, read)

    def document(self, dispatch_id: str, agency: AgencyCode | None = None) -> Held | None:
        """Return a document with its exact octets; for an agency only what it sent or received."""
        query = seen_by(select(*DOCUMENT, *HELD, dispatch.c.octets, dispatch.c.apart), agency)
        query = query.where(dispatch.c.id == dispatch_id)

        def read(connection: Connection) -> Held | None:
            row = connection.execute(query).first()
            if row is None:
                return None
            recipients = tuple(stand.recipient for stand in stands(connection, [dispatch_id])[dispatch_id])
            return Held(
                **document_of(row), recipients=recipients, **taken(row, HELD), octets=octets_of(connection, row)
            )

        return look(self._engine, read)

    def counts(self) -> dict[Status, int]:
        """Return how many deliveries stand at each status."""
        query = select(delivery.c.status, func.count()).group_by(delivery.c.status)
        found = {Status(status): number for status, number in look(self._engine, lambda c: c.execute(query).all())}
        return {status: found.get(status, 0) for status in Status}


def _trace(row: Any, way: Mapping[str, Any], agency: AgencyCode | None) -> Trace:
    visible = way if agency in {None, row.sender} else share(way, agency)
    return Trace(**document_of(row), **taken(row, PROOF), **visible)
