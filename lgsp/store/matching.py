"""Which document a business status speaks of.

Real systems reuse DocumentIds and fill in only some parts of `ResponseFor`, so several rules are tried, the surest
first: the DocumentId, then number, notation and date; among equals the document exchanged with the reporter, then the
latest. Status 13 flips its direction (`ResponseFor` names the receiver), so both parties may be the document's sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, column, exists, literal, or_, select, union_all

from lgsp.model.envelope import Kind
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import Code, delivery, dispatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lgsp.model.envelope import Envelope, StatusHeader


def matched(connection: Connection, statuses: Sequence[tuple[str, Envelope, StatusHeader]]) -> dict[str, str]:
    """Return, by the id of the status's dispatch, the id of the document it speaks of. Unknown ones are left out."""
    rows = packed(_subject(*status) for status in statuses)
    found = connection.execute(_candidates(connection.dialect.name), {"rows": rows})
    best: dict[str, tuple[Any, str]] = {}
    for row in found:
        surety = (row.by_id, row.exchanged, row.id)
        best[row.status_id] = max(best.get(row.status_id, (surety, row.id)), (surety, row.id))
    return {status: document for status, (_, document) in best.items()}


def _subject(dispatch_id: str, envelope: Envelope, header: StatusHeader) -> dict[str, Any]:
    number, _, notation = header.subject.code.partition("/")
    return {
        "status_id": dispatch_id,
        "reporter": envelope.sender,
        "other": next(iter(envelope.recipients), header.subject.agency),
        "document_id": header.subject.document_id,
        "number": number,
        "notation": notation,
        "promulgated": header.subject.promulgated,
    }


def _candidates(dialect: str) -> Any:
    words = ("status_id", "document_id", "number", "notation", "promulgated")
    asked = rowset(
        dialect, *(column(name, String()) for name in words), *(column(name, Code()) for name in ("reporter", "other"))
    )
    between = and_(
        dispatch.c.kind == Kind.DOCUMENT,
        or_(dispatch.c.sender == asked.c.other, dispatch.c.sender == asked.c.reporter),
    )
    exchanged = exists().where(
        delivery.c.dispatch_id == dispatch.c.id, delivery.c.recipient.in_([asked.c.reporter, asked.c.other])
    )
    rules = (
        (1, and_(asked.c.document_id != "", dispatch.c.document_id == asked.c.document_id)),
        (
            0,
            and_(
                asked.c.number != "",
                dispatch.c.number == asked.c.number,
                dispatch.c.notation == asked.c.notation,
                dispatch.c.promulgated == asked.c.promulgated,
            ),
        ),
    )
    return union_all(
        *(
            select(
                asked.c.status_id, dispatch.c.id, exchanged.label("exchanged"), literal(by_id).label("by_id")
            ).join_from(asked, dispatch, and_(between, rule))
            for by_id, rule in rules
        )
    )
