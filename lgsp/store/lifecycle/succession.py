"""Who speaks for a body that is closed: its successor, about what the body got or sent while it was there.

Documents keep the codes of their time (QĐ 09/2025/QĐ-TTg closes codes); reports and recalls go on after a merger.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, or_, select

from lgsp.model.agency import AgencyCode
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import agency, delivery, tenure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection

    Pair = tuple[str, AgencyCode]


def speaks_for(code: ColumnElement[Any], speaker: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that `speaker` is the body `code`, or was made its successor at any time."""
    ever = exists().where(agency.c.code == code, agency.c.successor == speaker)
    since = exists().where(tenure.c.agency == code, tenure.c.successor == speaker)
    return or_(code == speaker, ever, since)


def inherited(connection: Connection, pairs: Iterable[Pair]) -> dict[Pair, list[AgencyCode]]:
    """Return for which recipients of a document each speaker speaks; first of all for itself. One query for all."""
    rows = packed({"dispatch_id": i, "recipient": r} for i, r in sorted(set(pairs)))
    found: dict[Pair, list[AgencyCode]] = {}
    for row in connection.execute(_inherited(connection.dialect.name), {"rows": rows}):
        found.setdefault((row.dispatch_id, AgencyCode(row.speaker)), []).append(row.recipient)
    return {pair: [pair[1]] if pair[1] in recipients else recipients for pair, recipients in found.items()}


@lru_cache
def _inherited(dialect: str) -> Any:
    asked = rowset(dialect, delivery.c.dispatch_id, delivery.c.recipient)
    speaker = asked.c.recipient
    mine = and_(delivery.c.dispatch_id == asked.c.dispatch_id, speaks_for(delivery.c.recipient, speaker))
    return select(asked.c.dispatch_id, speaker.label("speaker"), delivery.c.recipient).join_from(asked, delivery, mine)
