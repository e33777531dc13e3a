"""Number and notation of a document used before within the year, with another date.

NĐ 30/2020 Art. 15: a number is unique in its organ and year, and starts again at 01 on 1 January; Appendix VI,
III.1(h): systems warn of a number, notation and organ that are there already. Asked in the commit that accepts, in one
query a batch. Two documents that are accepted at the very same moment by two processes do not see each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Column, and_, select

from lgsp.model.delivery import Refusal
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.remark import Mode, Remark
from lgsp.model.text import Text
from lgsp.store.numbers import number_of, reserved
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import Word, dispatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from lgsp.model.delivery import Dispatch

#: The rule's name: see lgsp.stages.policy.numbers, which says what it demands.
RULE: Final = "number-reuse"
_PLACE: Final = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/Code"
_YEAR: Final = 4
_DAY: Final = 10


class Key(NamedTuple):
    """What may be used once a year."""

    sender: str
    numbered: str
    #: The number by itself.
    number: str
    year: str


def objections(
    connection: Connection,
    dispatches: Sequence[Dispatch],
    mode: Mode,
    overruled: Callable[[str, str], str | None],
) -> tuple[dict[str, Remark], dict[str, Refusal]]:
    """Return, by id, what to remark about documents whose number was used before, and which of them to refuse."""
    if mode is Mode.OFF:
        return {}, {}
    found = _reused(connection, dispatches)
    remarks = {identifier: Remark(rule=RULE, problem=problem) for identifier, problem in found.items()}
    if mode is Mode.REMARK or not found:
        return remarks, {}
    known = _accepted(connection, [one for one in dispatches if one.id in found])
    refusals = {
        one.id: Refusal(
            error=PolicyDenied(found[one.id], rule=RULE),
            digest=one.verified.envelope.digest,
            correlation=one.correlation,
        )
        for one in dispatches
        if one.id in found and _identity(one) not in known and overruled(RULE, one.verified.envelope.digest) is None
    }
    return remarks, refusals


def _reused(connection: Connection, dispatches: Sequence[Dispatch]) -> dict[str, Problem]:
    keys = {one.id: (key, day) for one in dispatches for key, day in _keys(one)}
    if not keys:
        return {}
    days = _days(connection, {key for key, _ in keys.values()})
    found = {}
    for one in dispatches:
        if one.id not in keys:
            continue
        key, day = keys[one.id]
        others = days.setdefault(key, [])
        if earlier := [other for other in others if other != day]:
            found[one.id] = _problem(one, earlier[0])
        others.append(day)
    return found


def _keys(one: Dispatch) -> list[tuple[Key, str]]:
    """Return the key of a new document, and its day; nothing for what has no number or no day."""
    held = reserved(one)
    if held is None or not held[:_YEAR].isdigit() or held[_DAY : _DAY + 1] != " ":
        return []
    return [(Key(one.verified.sender, number_of(one.verified), held[_DAY + 1 :], held[:_YEAR]), held[:_DAY])]


def _days(connection: Connection, keys: set[Key]) -> dict[Key, list[str]]:
    """Return the days on which each was used, the oldest first."""
    low, high = Column("low", Word), Column("high", Word)
    asked = rowset(connection.dialect.name, dispatch.c.sender, dispatch.c.numbered, low, high)
    query = (
        select(dispatch.c.sender, dispatch.c.numbered, dispatch.c.reserved)
        .join(
            asked,
            and_(
                dispatch.c.numbered == asked.c.numbered,
                dispatch.c.sender == asked.c.sender,
                dispatch.c.reserved > asked.c.low,
                dispatch.c.reserved < asked.c.high,
            ),
        )
        .order_by(dispatch.c.reserved)
    )
    # "0" follows "/": what lies between is the whole year.
    rows = packed(
        {"sender": sender, "numbered": numbered, "low": f"{year}/", "high": f"{year}0"}
        for sender, numbered, year in {(key.sender, key.numbered, key.year) for key in keys}
    )
    found: dict[Key, list[str]] = {}
    for row in connection.execute(query, {"rows": rows}):
        key = Key(row.sender, row.numbered, row.reserved[_DAY + 1 :], row.reserved[:_YEAR])
        found.setdefault(key, []).append(row.reserved[:_DAY])
    return found


def _accepted(connection: Connection, dispatches: Sequence[Dispatch]) -> set[tuple[str, str]]:
    """Return those that were accepted before: they get their first receipt, whatever the rule says today."""
    digests = [one.verified.envelope.digest for one in dispatches]
    query = select(dispatch.c.sender, dispatch.c.digest).where(dispatch.c.digest.in_(digests))
    return {(row.sender, row.digest) for row in connection.execute(query)}


def _identity(one: Dispatch) -> tuple[str, str]:
    return one.verified.sender, one.verified.envelope.digest


def _problem(one: Dispatch, earlier: str) -> Problem:
    header = one.verified.envelope.header
    number, notation = getattr(header, "number", ""), getattr(header, "notation", "")
    return Problem(
        element=_PLACE,
        expected=Text(
            f"a number that this organ has not used in the year (used on {earlier})",
            f"số chưa được cơ quan dùng trong năm (đã dùng ngày {earlier})",
        ),
        found=f"{number}/{notation}"[:200],
        cure=Text(
            "look into the register of outgoing documents: one of the two numbers or dates is wrong",
            "kiểm tra sổ văn bản đi: một trong hai số hoặc ngày ban hành bị nhầm",
        ),
    )
