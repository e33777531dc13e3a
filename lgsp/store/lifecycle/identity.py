"""Whether a document is the one that its number says it is (NĐ 30/2020 Art. 15: a number is unique in its organ).

DocumentId is not unique in practice, so the key is sender, number, notation, date and content: the same key with the
same octets is a repetition, with other octets a conflict, unless it says that it updates, replaces or recalls. The key
is reserved in the commit that accepts, so no race gets two through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_, update

from lgsp.model.delivery import Refusal
from lgsp.model.errors import DuplicateConflict, Problem
from lgsp.model.text import Text
from lgsp.store.numbers import number_of, reserved
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import dispatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from lgsp.model.delivery import Dispatch

    Key = tuple[str, str, str]

_CODE = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/Code"


def leading(dispatches: Iterable[Dispatch]) -> list[Dispatch]:
    """Leave out what repeats one before it among these, or conflicts with it."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for one in dispatches:
        marks = {mark for mark in ((one.verified.sender, one.verified.envelope.digest), _key(one)) if mark}
        if seen.isdisjoint(marks):
            found.append(one)
        seen |= marks
    return found


def order(dispatch: Dispatch) -> tuple[str, ...]:
    """Return what to sort by, so that two processes that race for one key wait for each other and do not deadlock."""
    return (dispatch.verified.sender, *(_key(dispatch) or ("", "", "")), dispatch.verified.envelope.digest)


def conflicts(connection: Connection, dispatches: Sequence[Dispatch]) -> dict[str, Refusal]:
    """Return the refusals, by id, of those whose key another document has."""
    keys = {one.id: key for one in dispatches if (key := _key(one)) is not None}
    if not keys:
        return {}
    asked = rowset(connection.dialect.name, dispatch.c.sender, dispatch.c.numbered, dispatch.c.reserved)
    names = ("sender", "numbered", "reserved")
    wanted = (*names, "id", "document_id", "digest", "subject", "accepted")
    query = select(*(dispatch.c[name] for name in wanted)).where(
        tuple_(*(dispatch.c[name] for name in names)).in_(select(*(asked.c[name] for name in names)))
    )
    rows = packed(dict(zip(names, key, strict=True)) for key in set(keys.values()))
    taken = {(row.sender, row.numbered, row.reserved): row for row in connection.execute(query, {"rows": rows})}
    return {one.id: _refusal(one, taken[keys[one.id]]) for one in dispatches if keys.get(one.id) in taken}


def let_number_go(connection: Connection, dispatch_id: str) -> None:
    """Give a number back: its document is refused in the end, and may be sent again with a good signature."""
    connection.execute(update(dispatch).where(dispatch.c.id == dispatch_id).values(reserved=None))


def _key(dispatch: Dispatch) -> Key | None:
    held = reserved(dispatch)
    return None if held is None else (dispatch.verified.sender, number_of(dispatch.verified), held)


def _refusal(dispatch: Dispatch, first: Any) -> Refusal:
    envelope = dispatch.verified.envelope
    shown = (
        f"{first.accepted.isoformat(timespec='seconds')}, dispatch {first.id}, DocumentId {first.document_id[:80]}, "
        f"sha256 {first.digest}, '{first.subject[:120]}'"
    )
    problem = Problem(
        element=_CODE,
        expected=Text(f"the document accepted before ({shown})", f"văn bản đã được tiếp nhận trước đây ({shown})"),
        found=_told(dispatch.accepted, envelope.digest, envelope.subject),
        cure=Text(
            "send a changed document as an update or a replacement (BussinessDocType 2 or 3), or give it a number of "
            "its own; to repeat the first one, send the same octets",
            "văn bản đã sửa thì gửi là văn bản cập nhật hoặc thay thế (BussinessDocType 2 hoặc 3), hoặc cấp số khác; "
            "muốn gửi lại văn bản đầu thì gửi đúng tệp đã gửi",
        ),
    )
    return Refusal(error=DuplicateConflict(problem), digest=envelope.digest, correlation=dispatch.correlation)


def _told(at: datetime, digest: str, subject: str) -> str:
    return f"{at.isoformat(timespec='seconds')}, sha256 {digest}, '{subject}'"[:200]
