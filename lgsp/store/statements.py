"""The ledger's SQL: each statement takes a whole batch and has a constant text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    and_,
    bindparam,
    delete,
    func,
    select,
    true,
    tuple_,
    type_coerce,
    update,
)

from lgsp.store.rowset import insert, rowset
from lgsp.store.tables import (
    deadline,
    delivery,
    dispatch,
    entry,
    examination,
    haste,
    history,
    hold,
    matched,
    outbox,
    refusal,
    remark,
    reply,
    report,
    request,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, FromClause, Table

_BYTES = ("octets", "seal", "receipt")


class Statements(NamedTuple):
    """One statement a field; all take the parameter `rows`, and `dispatch` also `body`."""

    #: Insert dispatches and return the ids of the new ones.
    dispatch: Any
    delivery: Any
    outbox: Any
    history: Any
    #: As history, where the dispatch exists; returns the ids.
    note: Any
    report: Any
    matched: Any
    request: Any
    refusal: Any
    remark: Any
    hold: Any
    examination: Any
    #: Tell the evidence log of rows.
    entry: Any
    #: The receipts first given.
    first: Any
    #: Where deliveries stand.
    standing: Any
    #: The same, kept from others until the commit.
    locked: Any
    #: Update deliveries.
    change: Any
    #: Take deliveries out of the outbox.
    leave: Any
    #: Put deliveries into the outbox again.
    wait: Any
    #: Keep how long urgent deliveries took.
    haste: Any
    #: Keep until when answers are asked for, and what answers.
    deadline: Any
    reply: Any


@lru_cache
def statements(dialect: str) -> Statements:
    """Return the statements for an engine."""
    keys = rowset(dialect, delivery.c.dispatch_id, delivery.c.recipient)
    standing = select(
        *(delivery.c[name] for name in ("dispatch_id", "recipient", "status", "attempt", "reference", "priority"))
    ).where(_same(delivery, keys))
    changed = rowset(dialect, *delivery.c)
    return Statements(
        dispatch=_dispatch(dialect),
        delivery=_copy(dialect, delivery),
        outbox=_copy(dialect, outbox, leave_out="claimed_until"),
        history=_copy(dialect, history, leave_out="id"),
        note=_note(dialect),
        report=_copy(dialect, report),
        matched=_copy(dialect, matched),
        request=_copy(dialect, request),
        refusal=_copy(dialect, refusal, leave_out="id"),
        remark=_copy(dialect, remark),
        hold=_copy(dialect, hold),
        examination=_copy(dialect, examination, leave_out="claimed_until"),
        entry=_copy(dialect, entry, leave_out="id"),
        first=_first(dialect),
        standing=standing,
        # In a fixed order: two processes that record the same deliveries wait and do not deadlock.
        locked=standing.order_by(delivery.c.dispatch_id, delivery.c.recipient).with_for_update(),
        change=update(delivery)
        .where(_same(delivery, changed))
        .values({name: changed.c[name] for name in ("status", "attempt", "reference", "changed")}),
        leave=delete(outbox).where(tuple_(outbox.c.dispatch_id, outbox.c.recipient).in_(select(*keys.c))),
        wait=_wait(dialect),
        haste=_haste(dialect),
        deadline=_copy(dialect, deadline),
        reply=_copy(dialect, reply),
    )


def _dispatch(dialect: str) -> Any:
    facts = [c for c in dispatch.c if c.name not in _BYTES]
    places = [Column(f"{name}_{what}", Integer) for name in _BYTES for what in ("at", "size")]
    given = rowset(dialect, *facts, *places)
    body = type_coerce(bindparam("body"), LargeBinary)
    pieces = [func.substr(body, given.c[f"{name}_at"], given.c[f"{name}_size"]) for name in _BYTES]
    rows = select(*(given.c[c.name] for c in facts), *pieces).where(true())
    statement = insert(dialect, dispatch).from_select([*(c.name for c in facts), *_BYTES], rows)
    return statement.on_conflict_do_nothing().returning(dispatch.c.id)


def _copy(dialect: str, table: Table, *, leave_out: str = "") -> Any:
    columns = [c for c in table.c if c.name != leave_out]
    return insert(dialect, table).from_select([c.name for c in columns], select(*rowset(dialect, *columns).c))


def _note(dialect: str) -> Any:
    columns = [c for c in history.c if c.name != "id"]
    given = rowset(dialect, *columns)
    known = select(*given.c).where(given.c.dispatch_id.in_(select(dispatch.c.id)))
    return insert(dialect, history).from_select([c.name for c in columns], known).returning(history.c.id)


def _first(dialect: str) -> Any:
    keys = rowset(dialect, dispatch.c.sender, dispatch.c.digest)
    wanted = [dispatch.c[name] for name in ("sender", "digest", "id", "document_id", "receipt", "admission")]
    return select(*wanted).where(tuple_(dispatch.c.sender, dispatch.c.digest).in_(select(keys.c.sender, keys.c.digest)))


def _wait(dialect: str) -> Any:
    given = rowset(dialect, outbox.c.dispatch_id, outbox.c.recipient, outbox.c.attempt, outbox.c.due)
    names: Iterable[str] = ("dispatch_id", "recipient", "attempt", "due")
    rows = select(*(given.c[name] for name in names), delivery.c.priority).join(delivery, _same(delivery, given))
    return insert(dialect, outbox).from_select([*names, "priority"], rows)


def _haste(dialect: str) -> Any:
    given = rowset(dialect, *(delivery.c[name] for name in ("dispatch_id", "recipient", "priority", "changed")))
    known = given.join(dispatch, dispatch.c.id == given.c.dispatch_id)
    took = select(given.c.dispatch_id, given.c.recipient, given.c.priority, dispatch.c.accepted, given.c.changed)
    rows = took.select_from(known).where(true())
    return insert(dialect, haste).from_select([column.name for column in haste.c], rows).on_conflict_do_nothing()


def _same(table: Table, keys: FromClause) -> ColumnElement[bool]:
    return and_(table.c.dispatch_id == keys.c.dispatch_id, table.c.recipient == keys.c.recipient)
