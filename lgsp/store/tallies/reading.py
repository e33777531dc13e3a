"""Facts of many documents at once, read from the rows of the ledger: a few statements of constant text."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import case, func, select

from lgsp.model.delivery import Status
from lgsp.model.envelope import Kind
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import (
    business,
    contribution,
    delivery,
    dispatch,
    dossier_step,
    history,
    hold,
    matched,
    refusal,
    report,
    request,
)
from lgsp.store.tallies.facts import Delivered, Document, Dossier, Facts, Message, Refused, Said

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

#: Kind and key of a contribution.
Key: TypeAlias = tuple[str, str]

#: Vietnam has one zone and no summer time (QĐ 28/2018/QĐ-TTg Điều 14(4)).
VIETNAM: Final = timezone(timedelta(hours=7))
_FINISHED: Final = (9, 10)
#: Rejected, withdrawn, stopped: nothing more is owed.
_ENDED: Final = (3, 7, 8)


def day_of(moment: datetime) -> str:
    """Return Vietnam's day."""
    return moment.astimezone(VIETNAM).date().isoformat()


def facts_of(connection: Connection, keys: Collection[Key]) -> dict[Key, Facts]:
    """Return the facts of those that are there."""
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, key in keys:
        by_kind[kind].add(key)
    found: dict[Key, Facts] = {}
    for kind, read in (("dispatch", _dispatches), ("dossier", _dossiers), ("refusal", _refusals)):
        if by_kind[kind]:
            found |= {(kind, key): facts for key, facts in read(connection, by_kind[kind]).items()}
    return found


def spoken_of(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Return the documents that statuses speak of."""
    asked = rowset(connection.dialect.name, report.c.dispatch_id)
    mine = select(asked.c.dispatch_id)
    told = select(report.c.about).where(report.c.dispatch_id.in_(mine), report.c.about.is_not(None))
    later = select(matched.c.about).where(matched.c.dispatch_id.in_(mine))
    rows = packed({"dispatch_id": i} for i in ids)
    return set(connection.execute(told.union(later), {"rows": rows}).scalars())


def kept_of(connection: Connection, keys: Collection[Key]) -> dict[Key, str]:
    """Return what was counted before."""
    asked = rowset(connection.dialect.name, contribution.c.kind, contribution.c.key)
    same = (contribution.c.kind == asked.c.kind) & (contribution.c.key == asked.c.key)
    rows = packed({"kind": kind, "key": key} for kind, key in keys)
    found = connection.execute(select(contribution).join(asked, same), {"rows": rows})
    return {(row.kind, row.key): row.facts for row in found}


def _dispatches(connection: Connection, ids: set[str]) -> dict[str, Facts]:
    asked = rowset(connection.dialect.name, dispatch.c.id)
    rows = {"rows": packed({"id": i} for i in ids)}
    mine = select(asked.c.id)
    names = ("id", "kind", "sender", "sender_level", "sender_bloc", "verdict", "paper", "paper_reason")
    wanted = [dispatch.c[name] for name in (*names, "business", "priority", "accepted")]
    admission = func.coalesce(hold.c.admission, dispatch.c.admission).label("admission")
    query = select(*wanted, admission, report.c.code.label("code")).where(dispatch.c.id.in_(mine))
    query = query.join_from(dispatch, hold, isouter=True).join(
        report, report.c.dispatch_id == dispatch.c.id, isouter=True
    )
    found = connection.execute(query, rows).all()
    documents = {row.id: row.accepted for row in found if row.kind == Kind.DOCUMENT}
    deliveries = _deliveries(connection, documents)
    asks = _requests(connection, documents)
    return {row.id: _one(row, deliveries.get(row.id, ()), asks.get(row.id, ())) for row in found}


def _one(row: Any, deliveries: Iterable[Delivered], asks: Iterable[tuple[str, str]]) -> Facts:
    who = (day_of(row.accepted), row.sender, row.sender_level, row.sender_bloc)
    if row.kind == Kind.STATUS:
        return Said(*who, row.code or "")
    if row.kind == Kind.MESSAGE:
        return Message(*who)
    paper = (row.paper_reason or "none") if row.paper else ""
    return Document(*who, row.verdict, row.admission, paper, row.business, row.priority, tuple(deliveries), tuple(asks))


def _deliveries(connection: Connection, documents: Mapping[str, datetime]) -> dict[str, list[Delivered]]:
    asked = rowset(connection.dialect.name, delivery.c.dispatch_id)
    rows = {"rows": packed({"dispatch_id": i} for i in documents)}
    mine = select(asked.c.dispatch_id)
    times = {
        (row.dispatch_id, row.recipient): (row.there, row.taken)
        for row in connection.execute(
            select(history.c.dispatch_id, history.c.recipient, *_first_times())
            .where(history.c.dispatch_id.in_(mine), history.c.recipient.is_not(None))
            .group_by(history.c.dispatch_id, history.c.recipient),
            rows,
        )
    }
    names = ("dispatch_id", "recipient", "recipient_level", "recipient_bloc", "status")
    wanted = [delivery.c[name] for name in names]
    same = (business.c.dispatch_id == delivery.c.dispatch_id) & (business.c.recipient == delivery.c.recipient)
    query = select(*wanted, business.c.progress).join_from(delivery, business, same, isouter=True)
    query = query.where(delivery.c.dispatch_id.in_(mine)).order_by(delivery.c.dispatch_id, delivery.c.recipient)
    found: dict[str, list[Delivered]] = defaultdict(list)
    for row in connection.execute(query, rows):
        since = documents[row.dispatch_id]
        there, taken = (_after(since, at) for at in times.get((row.dispatch_id, row.recipient), (None, None)))
        ends = (row.recipient, row.recipient_level, row.recipient_bloc)
        found[row.dispatch_id].append(Delivered(*ends, row.status, row.progress or "", there, taken))
    return found


def _first_times() -> tuple[Any, Any]:
    """When a recipient first had it, and when it first said so. Who took it had it."""
    has = history.c.status.in_([Status.DELIVERED, Status.TAKEN])
    there = func.min(case((has, history.c.at)), type_=history.c.at.type).label("there")
    said = history.c.status == Status.TAKEN
    return there, func.min(case((said, history.c.at)), type_=history.c.at.type).label("taken")


def _after(since: datetime, at: datetime | None) -> int | None:
    """Return milliseconds, begun ones as whole: what took no longer than a second took no longer than 1000."""
    return None if at is None else max(0, -((since - at) // timedelta(milliseconds=1)))


def _requests(connection: Connection, ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    asked = rowset(connection.dialect.name, request.c.about)
    query = select(request.c.about, request.c.kind, request.c.state).where(request.c.about.in_(select(asked.c.about)))
    query = query.order_by(request.c.about, request.c.dispatch_id, request.c.recipient)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in connection.execute(query, {"rows": packed({"about": i} for i in ids)}):
        found[row.about].append((row.kind, row.state))
    return found


def _refusals(connection: Connection, correlations: set[str]) -> dict[str, Facts]:
    asked = rowset(connection.dialect.name, refusal.c.correlation)
    query = select(refusal.c.correlation, refusal.c.at, refusal.c.caller, refusal.c.code)
    query = query.where(refusal.c.correlation.in_(select(asked.c.correlation))).order_by(refusal.c.id)
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in connection.execute(query, {"rows": packed({"correlation": c} for c in correlations)}):
        found[row.correlation].append((day_of(row.at), row.caller, row.code))
    return {correlation: Refused(tuple(each)) for correlation, each in found.items()}


def _dossiers(connection: Connection, numbers: set[str]) -> dict[str, Facts]:
    asked = rowset(connection.dialect.name, dossier_step.c.number)
    who = [dispatch.c[name] for name in ("sender", "sender_level", "sender_bloc")]
    query = select(dossier_step, *who).join_from(dossier_step, dispatch)
    query = query.where(dossier_step.c.number.in_(select(asked.c.number)))
    query = query.order_by(dossier_step.c.number, dossier_step.c.at, dossier_step.c.dispatch_id)
    steps: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query, {"rows": packed({"number": n} for n in numbers)}):
        steps[row.number].append(row)
    return {number: dossier for number, rows in steps.items() if (dossier := _dossier(rows))}


def _dossier(steps: list[Any]) -> Dossier | None:
    """Put together what messages told of one dossier, oldest first. None until the desk itself told of it."""
    told = [step for step in steps if step.channel is not None]
    if not told:
        return None
    first = told[0]
    due = max((step.due for step in told if step.due is not None), default=None)
    done = next((step for step in steps if step.state in _FINISHED), None)
    ended = next((step for step in steps if step.state in _ENDED), None)
    state = (done or ended or steps[-1]).state
    over = done or ended
    return Dossier(
        day=day_of(first.received),
        agency=first.sender,
        level=first.sender_level,
        bloc=first.sender_bloc,
        channel=first.channel,
        state=state,
        due=day_of(due) if due else "",
        finished=day_of(over.at) if over else "",
        late=bool(done and due and done.at > due),
    )
