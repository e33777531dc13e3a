"""Keeping documents once: which of a batch are new, which came before, and which are not what their number says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Admission
from lgsp.store.lifecycle.identity import conflicts, leading, order
from lgsp.store.rows import dispatch_row
from lgsp.store.rowset import packed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from lgsp.model.delivery import Dispatch, Refusal
    from lgsp.store.pen import Pen

#: What crosses to the database in one parameter; a batch with more goes in several statements of one commit.
_BYTES_AT_ONCE: Final = 32 << 20


class Kept(NamedTuple):
    """What became of a batch."""

    #: Those that were not there before, in the order given.
    fresh: list[Dispatch]
    #: What each is answered, in the order given.
    answers: list[Receipt | Refusal]
    #: The rows of the fresh ones, in the same order.
    rows: list[dict[str, Any]]


def keep(pen: Pen, dispatches: Sequence[Dispatch], apart: Collection[str] = ()) -> Kept:
    """Write new dispatches; find the first receipt of those that came before, and the refusal of those in conflict.

    `apart`: the digests of those whose octets are blobs.
    """
    answers: dict[str, Receipt | Refusal] = {}
    rows = {one.id: dispatch_row(one, apart=one.verified.envelope.digest in apart) for one in dispatches}
    fresh: set[str] = set()
    left = list(dispatches)
    while left:
        offered = leading(left)
        for part in _parts(sorted(offered, key=order)):
            fresh.update(pen.connection.execute(pen.sql.dispatch, _parameters(part, rows)).scalars())
        answers |= {one.id: one.receipt for one in offered if one.id in fresh}
        answers |= _first_receipts(pen, [one for one in left if one.id not in answers])
        answers |= conflicts(pen.connection, [one for one in left if one.id not in answers])
        # What is left conflicted with one of this batch that is a repetition itself, and keeps no number.
        left = [one for one in left if one.id not in answers]
    new = [one for one in dispatches if one.id in fresh]
    return Kept(new, [answers[one.id] for one in dispatches], [rows[one.id] for one in new])


def _first_receipts(pen: Pen, known: Sequence[Dispatch]) -> dict[str, Receipt]:
    if not known:
        return {}
    keys = packed({"sender": sender, "digest": digest} for sender, digest in map(_identity, known))
    first = {
        (row.sender, row.digest): Receipt(
            dispatch_id=row.id,
            document_id=row.document_id,
            octets=row.receipt,
            admission=Admission(row.admission),
        )
        for row in pen.connection.execute(pen.sql.first, {"rows": keys})
    }
    return {one.id: first[_identity(one)] for one in known if _identity(one) in first}


def _identity(dispatch: Dispatch) -> tuple[str, str]:
    return dispatch.verified.sender, dispatch.verified.envelope.digest


def _parts(dispatches: Sequence[Dispatch]) -> Iterable[list[Dispatch]]:
    part: list[Dispatch] = []
    size = 0
    for dispatch in dispatches:
        part.append(dispatch)
        size += len(dispatch.verified.envelope.octets)
        if size > _BYTES_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _parameters(dispatches: Sequence[Dispatch], rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    pieces: list[bytes] = []
    placed: list[dict[str, Any]] = []
    position = 1  # both databases count from one
    for dispatch in dispatches:
        row = dict(rows[dispatch.id])
        for name, piece in (
            ("octets", b"" if row["apart"] else dispatch.verified.envelope.octets),
            ("seal", dispatch.seal),
            ("receipt", dispatch.receipt.octets),
        ):
            row[f"{name}_at"], row[f"{name}_size"] = position, len(piece)
            position += len(piece)
            pieces.append(piece)
        placed.append(row)
    return {"rows": packed(placed), "body": b"".join(pieces)}
