"""How long octets are kept: by rule, and longer where a legal hold says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, exists, not_, or_, select, true

from lgsp.store.engine import commit, look
from lgsp.store.erasing import on_its_way
from lgsp.store.rows import storable
from lgsp.store.rowset import insert
from lgsp.store.tables import delivery, dispatch, erasure, legal_hold
from lgsp.store.witness import strike, witness

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine

    from lgsp.model.agency import AgencyCode

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long the octets of some documents are kept; the first rule that fits counts."""

    keep: timedelta
    #: What the envelope is: document, status, message; empty: whatever.
    kind: str = ""
    #: The level of its sender: central, province, district, commune; empty: whatever.
    level: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which documents a hold is about; what is said counts together."""

    ids: Collection[str] = ()
    #: What it sent or was sent.
    agency: AgencyCode | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """One document that must be kept."""

    dispatch_id: str
    reason: str
    operator: str
    at: datetime
    #: Whether its octets are there still.
    kept: bool


class Due(NamedTuple):
    """A document that a rule lets go."""

    dispatch_id: str
    digest: str
    apart: bool
    days: int


class Retention:
    """Asks and changes what is kept. Safe for many processes at once."""

    def __init__(self, engine: Engine, rules: Sequence[Rule] = ()) -> None:
        """Keep by `rules`; what none of them is about is kept for ever."""
        self._engine = engine
        self._rules = tuple(rules)

    def place(self, which: Selection, *, reason: str, operator: str) -> int:
        """Hold documents from now on, a page a commit; return how many were not held before. Doing it twice is safe."""
        facts = {"reason": storable(reason), "operator": storable(operator), "at": datetime.now(UTC)}
        free = select(dispatch.c.id).where(_chosen(which), ~_is_held())
        return self._each(free, partial(_placed, facts=facts))

    def release(self, which: Selection) -> int:
        """Let rules decide again about documents; return how many were held."""
        held = select(dispatch.c.id).join(legal_hold).where(_chosen(which))
        return self._each(held, _released)

    def holds(self, limit: int = 1000, after: str = "") -> list[LegalHold]:
        """Return what is held, by dispatch id."""
        gone = exists().where(erasure.c.dispatch_id == legal_hold.c.dispatch_id).label("gone")
        query = select(legal_hold, gone).where(legal_hold.c.dispatch_id > after)
        query = query.order_by(legal_hold.c.dispatch_id).limit(limit)
        rows = look(self._engine, lambda connection: connection.execute(query).all())
        return [
            LegalHold(dispatch_id=r.dispatch_id, reason=r.reason, operator=r.operator, at=r.at, kept=not r.gone)
            for r in rows
        ]

    def due(self, now: datetime, limit: int) -> list[Due]:
        """Return documents whose time is over, which nobody holds and which are on their way to nobody."""
        found: list[Due] = []
        for number, rule in enumerate(self._rules):
            if len(found) < limit:
                query = self._query(number, now - rule.keep).limit(limit - len(found))
                rows = look(self._engine, partial(_found, query=query))
                found += [Due(row.id, row.digest, row.apart, rule.keep.days) for row in rows]
        return found

    def _query(self, number: int, before: datetime) -> Any:
        others = [not_(_fits(rule)) for rule in self._rules[:number]]
        erased = exists().where(erasure.c.dispatch_id == dispatch.c.id)
        return (
            select(dispatch.c.id, dispatch.c.digest, dispatch.c.apart)
            .where(dispatch.c.accepted < before, _fits(self._rules[number]), *others)
            .where(~erased, ~_is_held(), ~on_its_way(dispatch.c.id))
            .order_by(dispatch.c.id)
        )

    def _each(self, query: Any, work: Callable[..., int]) -> int:
        """Do work for what a query finds, a page a commit, until nothing is left."""
        done = 0
        while True:
            ids = look(self._engine, lambda c: list(c.execute(query.order_by(dispatch.c.id).limit(_AT_ONCE)).scalars()))
            if not ids:
                return done
            done += commit(self._engine, partial(work, ids=ids))


def _found(connection: Connection, query: Any) -> Sequence[Any]:
    return connection.execute(query).all()


def _placed(connection: Connection, ids: Collection[str], facts: Mapping[str, Any]) -> int:
    rows = [{"dispatch_id": each, **facts} for each in ids]
    statement = insert(connection.dialect.name, legal_hold).values(rows).on_conflict_do_nothing()
    new = list(connection.execute(statement.returning(legal_hold.c.dispatch_id)).scalars())
    witness(connection, legal_hold, legal_hold.c.dispatch_id.in_(new))
    return len(new)


def _released(connection: Connection, ids: Collection[str]) -> int:
    strike(connection, legal_hold, legal_hold.c.dispatch_id.in_(ids))
    return len(ids)


def _chosen(which: Selection) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if which.ids:
        conditions.append(dispatch.c.id.in_(which.ids))
    if which.agency is not None:
        to = exists().where(delivery.c.dispatch_id == dispatch.c.id, delivery.c.recipient == which.agency)
        conditions.append(or_(dispatch.c.sender == which.agency, to))
    if which.since is not None:
        conditions.append(dispatch.c.accepted >= which.since)
    if which.until is not None:
        conditions.append(dispatch.c.accepted < which.until)
    return and_(*conditions)


def _fits(rule: Rule) -> ColumnElement[bool]:
    kind = [dispatch.c.kind == rule.kind] if rule.kind else []
    level = [dispatch.c.sender_level == rule.level] if rule.level else []
    return and_(true(), *kind, *level)


def _is_held() -> ColumnElement[bool]:
    return exists().where(legal_hold.c.dispatch_id == dispatch.c.id)
