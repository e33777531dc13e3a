"""What agencies report about documents, kept one row a status."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from lgsp.model.agency import AgencyCode
from lgsp.model.lifecycle import Business
from lgsp.store.lifecycle.succession import inherited
from lgsp.store.tables import delivery, report

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

_KNOWN = frozenset(Business)


class Told(NamedTuple):
    """A status whose document is known."""

    dispatch_id: str
    about: str
    code: Business
    reason: str
    #: At whom the document stands so: the reporter; for 13, whose reporter is the sender, who is asked.
    holders: tuple[AgencyCode, ...]


def told(connection: Connection, about: Mapping[str, str]) -> list[Told]:
    """Return what statuses say, oldest first, by the dispatch of each and the document that it speaks of."""
    if not about:
        return []
    rows = connection.execute(
        select(report).where(report.c.dispatch_id.in_(about)).order_by(report.c.dispatch_id)
    ).all()
    to = _recipients(connection, [row.dispatch_id for row in rows if row.code == Business.ASKED_BACK])
    speakers = {row.dispatch_id: to.get(row.dispatch_id, (row.reporter,)) for row in rows}
    pairs = {(about[status], speaker) for status, named in speakers.items() for speaker in named}
    heirs = inherited(connection, pairs)
    found = []
    for row in rows:
        if row.code in _KNOWN:
            named = ((about[row.dispatch_id], speaker) for speaker in speakers[row.dispatch_id])
            holders = tuple(holder for pair in named for holder in heirs.get(pair, ()))
            found.append(Told(row.dispatch_id, about[row.dispatch_id], Business(row.code), row.reason, holders))
    return found


def _recipients(connection: Connection, ids: Collection[str]) -> dict[str, tuple[AgencyCode, ...]]:
    query = select(delivery.c.dispatch_id, delivery.c.recipient).where(delivery.c.dispatch_id.in_(ids))
    to: dict[str, tuple[AgencyCode, ...]] = {}
    for row in connection.execute(query) if ids else ():
        to[row.dispatch_id] = (*to.get(row.dispatch_id, ()), AgencyCode(row.recipient))
    return to
