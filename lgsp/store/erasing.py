"""Erasing the octets of a document; all that is known of it stays, their digest too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, select, update

from lgsp.model.delivery import Status
from lgsp.store.rows import storable
from lgsp.store.rowset import insert
from lgsp.store.tables import delivery, dispatch, erasure, examination, legal_hold
from lgsp.store.witness import witness

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: On its way: an adapter will still want the octets.
_NEEDED: Final = (Status.ACCEPTED, Status.QUEUED)


def on_its_way(dispatch_id: Any) -> Any:
    """Return the condition that somebody is still to get a dispatch."""
    return exists().where(delivery.c.dispatch_id == dispatch_id, delivery.c.status.in_(_NEEDED))


def erased(connection: Connection, dispatch_id: str, reason: str, now: datetime) -> bool:
    """Erase; False, and nothing is changed, when the document is unknown, on its way, held, or erased already."""
    # First alone with it, then asked: whoever places a hold at this moment comes before or after, not between.
    connection.execute(select(dispatch.c.id).where(dispatch.c.id == dispatch_id).with_for_update())
    held = exists().where(legal_hold.c.dispatch_id == dispatch_id)
    free = select(dispatch.c.id).where(dispatch.c.id == dispatch_id, ~on_its_way(dispatch_id), ~held)
    if connection.execute(free).first() is None:
        return False
    row = {"dispatch_id": dispatch_id, "reason": storable(reason), "at": now}
    once = insert(connection.dialect.name, erasure).values(row).on_conflict_do_nothing()
    if connection.execute(once.returning(erasure.c.dispatch_id)).first() is None:
        return False
    connection.execute(update(dispatch).where(dispatch.c.id == dispatch_id).values(octets=b"", apart=False))
    connection.execute(delete(examination).where(examination.c.dispatch_id == dispatch_id))
    witness(connection, erasure, erasure.c.dispatch_id == dispatch_id)
    return True
