"""Which attachments are still to be examined, and what was found in the others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from lgsp.model.attachment import AttachmentSignature, ExaminedAttachment, Unexamined
from lgsp.store.clock import unclaimed
from lgsp.store.octets import OCTETS, octets_if_there
from lgsp.store.rows import NOT_YET, storable
from lgsp.store.tables import attachment_examined, attachment_signature, dispatch, examination, outbox
from lgsp.store.witness import witness

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_CONTENTS: Final = [*OCTETS, *(dispatch.c[name] for name in ("id", "sender", "correlation", "accepted"))]
_FACTS: Final = tuple(AttachmentSignature.__dataclass_fields__)
_TEXTS: Final = ("field", "signer", "detail", "anchor", "claimed")


def anything(connection: Connection, now: datetime) -> bool:
    """Tell whether somebody could claim something."""
    return connection.execute(_free(now).limit(1)).first() is not None


def claimed(connection: Connection, limit: int, lease_seconds: float, now: datetime) -> list[Unexamined]:
    """Take at most `limit` documents that nobody has, oldest first; nobody else gets them until the lease ends."""
    ids = list(connection.execute(_free(now).limit(limit).with_for_update(skip_locked=True)).scalars())
    if not ids:
        return []
    mine = examination.c.dispatch_id.in_(ids)
    begun = {"attempt": examination.c.attempt + 1, "claimed_until": now + timedelta(seconds=lease_seconds)}
    connection.execute(update(examination).where(mine).values(begun))
    query = select(*_CONTENTS, examination.c.attempt).join_from(examination, dispatch).where(mine)
    return [
        Unexamined(
            dispatch_id=row.id,
            sender=row.sender,
            octets=octets,
            correlation=row.correlation,
            accepted=row.accepted,
            attempt=row.attempt,
        )
        for row in connection.execute(query.order_by(dispatch.c.id)).all()
        if (octets := octets_if_there(connection, row))  # what is not there now comes again when the lease ends
    ]


def examined(connection: Connection, dispatch_id: str, found: Sequence[ExaminedAttachment], now: datetime) -> bool:
    """Keep what was found; False, and nothing is kept, when it was kept before."""
    mine = examination.c.dispatch_id == dispatch_id
    if connection.execute(delete(examination).where(mine)).rowcount == 0:
        return False
    lines = [_line(dispatch_id, position, one, now) for position, one in enumerate(found)]
    signatures = [
        _signature_row(dispatch_id, position, number, signature)
        for position, one in enumerate(found)
        for number, signature in enumerate(one.signatures)
    ]
    if lines:
        connection.execute(insert(attachment_examined), lines)
    if signatures:
        connection.execute(insert(attachment_signature), signatures)
    for table in (attachment_examined, attachment_signature):
        witness(connection, table, table.c.dispatch_id == dispatch_id)
    return True


def let_go(connection: Connection, dispatch_id: str, now: datetime) -> None:
    """Let the deliveries go that waited for the examination; those that are held wait for another judgement."""
    waiting = (outbox.c.dispatch_id == dispatch_id, outbox.c.attempt == 1, outbox.c.due > now, outbox.c.due < NOT_YET)
    connection.execute(update(outbox).where(*waiting).values(due=now))


def found_in(connection: Connection, ids: Collection[str]) -> Mapping[str, tuple[ExaminedAttachment, ...]]:
    """Return what was found in the attachments of these dispatches."""
    gathered: defaultdict[str, tuple[ExaminedAttachment, ...]] = defaultdict(tuple)
    signatures: defaultdict[tuple[str, int], tuple[AttachmentSignature, ...]] = defaultdict(tuple)
    for row in connection.execute(_ordered(attachment_signature, ids).order_by(attachment_signature.c.number)):
        signatures[row.dispatch_id, row.position] += (AttachmentSignature(**{n: getattr(row, n) for n in _FACTS}),)
    for row in connection.execute(_ordered(attachment_examined, ids)):
        gathered[row.dispatch_id] += (
            ExaminedAttachment(
                name=row.name,
                digest=row.digest,
                outcome=row.outcome,
                detail=row.detail,
                signatures=signatures[row.dispatch_id, row.position],
            ),
        )
    return gathered


def _ordered(table: Any, ids: Collection[str]) -> Any:
    return select(table).where(table.c.dispatch_id.in_(ids)).order_by(table.c.dispatch_id, table.c.position)


def _free(now: datetime) -> Any:
    return select(examination.c.dispatch_id).where(unclaimed(examination, now)).order_by(examination.c.dispatch_id)


def _line(dispatch_id: str, position: int, found: ExaminedAttachment, now: datetime) -> dict[str, Any]:
    return {
        "dispatch_id": dispatch_id,
        "position": position,
        "name": storable(found.name),
        "digest": found.digest,
        "outcome": found.outcome,
        "detail": storable(found.detail),
        "at": now,
    }


def _signature_row(dispatch_id: str, position: int, number: int, signature: AttachmentSignature) -> dict[str, Any]:
    facts = asdict(signature)
    facts |= {name: storable(facts[name]) for name in _TEXTS}
    return {"dispatch_id": dispatch_id, "position": position, "number": number, **facts}
