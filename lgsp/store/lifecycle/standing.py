"""Where a document stands at a recipient by its own words, and what that says of the delivery."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select

from lgsp.evidence.rows import Kind
from lgsp.model.agency import MAILBOX, AgencyCode
from lgsp.model.delivery import Outcome, Status
from lgsp.model.lifecycle import ASKING, TELLS, Business, furthest
from lgsp.store.rowset import insert, packed, rowset
from lgsp.store.tables import agency, business, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from lgsp.store.lifecycle.reporting import Told
    from lgsp.store.pen import Pen

    Pair = tuple[str, AgencyCode]

#: Where a recipient's word may move a delivery. Before that it is still delivered, whatever was said: a status that
#: was matched to the wrong document must not keep anything from its recipient.
_MOVED: Final = frozenset({Status.DELIVERED, Status.TAKEN, Status.WITHDRAWN})


def on_the_bus(connection: Connection, codes: Iterable[AgencyCode]) -> set[AgencyCode]:
    """Return those of these agencies whose deliveries wait on the bus until they are fetched."""
    asked = set(codes)
    elsewhere = select(agency.c.code).where(agency.c.code.in_(asked), agency.c.adapter != MAILBOX)
    return asked - set(connection.execute(elsewhere).scalars())


def foretold(connection: Connection, pairs: Collection[Pair]) -> list[Outcome]:
    """Return what recipients said of deliveries before the bus knew that they had them."""
    return [
        _outcome(pair, Business(row["progress"]), row["reason"])
        for pair, row in _rows(connection, pairs).items()
        if row["progress"]
    ]


def moved(pen: Pen, told: Sequence[Told], now: datetime) -> None:
    """Move the state of documents at their recipients by these reports; those of others are only kept."""
    deliveries = pen.locked((one.about, holder) for one in told for holder in one.holders)
    before = _rows(pen.connection, deliveries)
    after = {pair: before.get(pair, _NEW) for pair in deliveries}
    outcomes: list[Outcome] = []
    for one in told:
        for pair in ((one.about, holder) for holder in one.holders):
            if pair in deliveries:
                after[pair] = _after(after[pair], one)
                if one.code in TELLS and deliveries[pair].status in _MOVED:
                    outcomes.append(_outcome(pair, one.code, one.reason))
    rows = [
        {**row, "dispatch_id": pair[0], "recipient": pair[1], "changed": written(now)}
        for pair, row in after.items()
        if row != before.get(pair, _NEW)
    ]
    pen.add(_upsert(pen.connection.dialect.name), rows)
    pen.tell(Kind.BUSINESS, rows)
    pen.record(outcomes)


_NEW: Final = {"progress": None, "asked": None, "reason": ""}


def _after(row: Mapping[str, Any], told: Told) -> dict[str, Any]:
    strand = "asked" if told.code in ASKING else "progress"
    before = Business(row[strand]) if row[strand] else None
    moved_to = furthest(before, [told.code])
    reason = told.reason if strand == "progress" and moved_to is not before else row["reason"]
    return {**row, strand: moved_to, "reason": reason}


def _outcome(pair: Pair, code: Business, reason: str) -> Outcome:
    # Attempt 0: the recipient's own word belongs to no attempt of ours.
    detail = f"{code}: {reason}" if reason else str(code)
    return Outcome(dispatch_id=pair[0], recipient=pair[1], status=TELLS[code], attempt=0, detail=detail)


def _rows(connection: Connection, pairs: Iterable[Pair]) -> dict[Pair, dict[str, Any]]:
    asked = packed({"dispatch_id": i, "recipient": r} for i, r in pairs)
    return {
        (row.dispatch_id, AgencyCode(row.recipient)): {name: getattr(row, name) for name in _NEW}
        for row in connection.execute(_wanted(connection.dialect.name), {"rows": asked})
    }


@lru_cache
def _wanted(dialect: str) -> Any:
    keys = rowset(dialect, business.c.dispatch_id, business.c.recipient)
    same = and_(business.c.dispatch_id == keys.c.dispatch_id, business.c.recipient == keys.c.recipient)
    return select(business).join_from(keys, business, same)


@lru_cache
def _upsert(dialect: str) -> Any:
    given = rowset(dialect, *business.c)
    rows = select(*given.c).where(given.c.dispatch_id.is_not(None))  # SQLite tells ON CONFLICT from a join by the WHERE
    statement = insert(dialect, business).from_select([c.name for c in business.c], rows)
    new = {name: statement.excluded[name] for name in ("progress", "asked", "reason", "changed")}
    return statement.on_conflict_do_update(index_elements=["dispatch_id", "recipient"], set_=new)
