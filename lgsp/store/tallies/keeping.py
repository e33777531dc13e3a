"""Keeping tallies equal to what the ledger holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from sqlalchemy import delete, func, select, true, update

from lgsp.evidence.forms import Kind as Witnessed
from lgsp.model.envelope import Kind
from lgsp.store.engine import commit, look, snapshot
from lgsp.store.octets import OCTETS, octets_if_there
from lgsp.store.rowset import insert, packed, rowset, written
from lgsp.store.tables import (
    agency_day,
    contribution,
    dispatch,
    dossier_step,
    leaf,
    reckoning,
    tally,
)
from lgsp.store.tables.reports import AGENCY_FIGURES
from lgsp.store.tallies.facts import Cell, packed_facts, unpacked_facts
from lgsp.store.tallies.looking import Lag, anything, cells, concerned, every, lag, put_away
from lgsp.store.tallies.reading import facts_of, kept_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from lgsp.store.tallies.facts import Facts, Step
    from lgsp.store.tallies.reading import Key

_AT_ONCE: Final = 1000
_OF_AGENCY: Final = ("day", "agency", "level", "bloc")


class Counting(Protocol):
    """The rules: what a thing is counted as. Without I/O, and the same for the same facts."""

    @property
    def rules(self) -> str:
        """Digest of the rules: where it changes, everything is counted anew."""

    def count(self, facts: Facts) -> Counter[Cell]:
        """Return what this adds, and where."""

    def step(self, octets: bytes) -> Step | None:
        """Return what a message says about a dossier; None for another message."""


class AgencyDay(NamedTuple):
    """What is counted of one agency."""

    agency: str
    level: str
    bloc: str
    figures: Mapping[str, int]


class Tallies:
    """Safe for many processes at once: of two that count, one waits or finds nothing to do."""

    def __init__(self, engine: Engine) -> None:
        """Keep the tallies beside the ledger in `engine`."""
        self._engine = engine
        self._sql = _Sql(engine.dialect.name)

    def advance(self, counting: Counting, limit: int = _AT_ONCE) -> int:
        """Count the next leaves of the evidence log, in one commit, and return how many; 0 when all are counted.

        A crash at any point loses nothing and counts nothing twice.
        """
        if not look(self._engine, lambda connection: anything(connection, counting.rules)):
            return 0
        return commit(self._engine, lambda connection: self._advance(connection, counting, limit))

    def lag(self) -> Lag:
        """Return how far the tallies are behind."""
        return look(self._engine, lag)

    def totals(self, book: str, since: str = "", until: str = "") -> Counter[tuple[str, ...]]:
        """Return the amounts of a book by facets, of the days from `since` to `until`; empty: without end."""
        query = select(tally.c.facets, func.sum(tally.c.amount)).where(
            tally.c.book == book, *_days(tally, since, until)
        )
        found = look(self._engine, lambda connection: connection.execute(query.group_by(tally.c.facets)).all())
        return Counter({tuple(facets.split("|")): int(amount) for facets, amount in found if amount})

    def daily(self, book: str, since: str = "", until: str = "") -> dict[str, Counter[tuple[str, ...]]]:
        """Return the same, day by day."""
        query = select(tally.c.day, tally.c.facets, tally.c.amount).where(tally.c.book == book, tally.c.amount != 0)
        query = query.where(*_days(tally, since, until)).order_by(tally.c.day)
        days: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for day, facets, amount in look(self._engine, lambda connection: connection.execute(query).all()):
            days[day][tuple(facets.split("|"))] += amount
        return dict(days)

    def agencies(self, since: str = "", until: str = "", only: str = "") -> list[AgencyDay]:
        """Return what is counted of each agency, or of one alone, over those days. One that changed level has two."""
        keys = [agency_day.c[name] for name in ("agency", "level", "bloc")]
        sums = [func.sum(agency_day.c[name]) for name in AGENCY_FIGURES]
        query = select(*keys, *sums).where(*_days(agency_day, since, until)).group_by(*keys).order_by(*keys)
        query = query.where(agency_day.c.agency == only) if only else query
        return [
            AgencyDay(agency, level, bloc, dict(zip(AGENCY_FIGURES, map(int, figures), strict=True)))
            for agency, level, bloc, *figures in look(self._engine, lambda connection: connection.execute(query).all())
        ]

    def days_of(self, agency: str, since: str = "", until: str = "") -> dict[str, Mapping[str, int]]:
        """Return one agency's figures, day by day."""
        sums = [func.sum(agency_day.c[name]) for name in AGENCY_FIGURES]
        query = select(agency_day.c.day, *sums).where(agency_day.c.agency == agency, *_days(agency_day, since, until))
        query = query.group_by(agency_day.c.day).order_by(agency_day.c.day)
        found = look(self._engine, lambda connection: connection.execute(query).all())
        return {day: dict(zip(AGENCY_FIGURES, map(int, figures), strict=True)) for day, *figures in found}

    def cells(self) -> Counter[Cell]:
        """Return every tally that there is."""
        return look(self._engine, cells)

    def recount(self, counting: Counting) -> Counter[Cell]:
        """Count every document, dossier and refusal anew from their rows, as of now; nothing is written.

        Of refusals that were put away counts what they were counted as.
        """
        total: Counter[Cell] = Counter()
        with snapshot(self._engine) as connection:
            for keys in every(connection):
                for facts in facts_of(connection, keys).values():
                    total.update(counting.count(facts))
            for facts in put_away(connection):
                total.update(counting.count(facts))
        return Counter({cell: amount for cell, amount in total.items() if amount})

    def add(self, counted: Iterable[tuple[Key, Facts]], counting: Counting) -> None:
        """Count things that were not counted before, in one commit. For what is filled without a ledger."""
        pairs = list(counted)
        total: Counter[Cell] = Counter()
        for _, facts in pairs:
            total.update(counting.count(facts))
        rows = [{"kind": kind, "key": key, "facts": packed_facts(facts)} for (kind, key), facts in pairs]
        commit(self._engine, lambda connection: self._write(connection, rows, total))

    def _advance(self, connection: Connection, counting: Counting, limit: int) -> int:
        done = self._begun(connection, counting.rules)
        if done is None:
            return 0
        query = select(leaf.c.number, leaf.c.kind, leaf.c.key).where(leaf.c.number >= done).order_by(leaf.c.number)
        leaves = connection.execute(query.limit(limit)).all()
        if not leaves:
            return 0
        self._read_steps(connection, counting, leaves)
        self._count(connection, counting, concerned(connection, leaves))
        moved = update(reckoning).values(leaves=leaves[-1].number + 1)
        connection.execute(moved)
        return len(leaves)

    def _begun(self, connection: Connection, rules: str) -> int | None:
        """Return how many leaves are counted by these rules, kept from others until the commit; None: not free."""
        connection.execute(self._sql.begin, {"only": True, "leaves": 0, "rules": rules})
        row = connection.execute(select(reckoning).with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        if row.rules == rules:
            return int(row.leaves)
        for table in (contribution, tally, agency_day):
            connection.execute(delete(table))
        connection.execute(update(reckoning).values(leaves=0, rules=rules))
        return 0

    def _read_steps(self, connection: Connection, counting: Counting, leaves: Sequence[Any]) -> None:
        """Keep what new messages say about dossiers."""
        rows = packed({"id": one.key} for one in leaves if one.kind == Witnessed.DISPATCH)
        found = connection.execute(self._sql.messages, {"rows": rows}).all()
        messages = [(row.id, octets_if_there(connection, row)) for row in found]
        steps = [(i, step) for i, octets in messages if octets and (step := counting.step(octets))]
        if steps:
            connection.execute(self._sql.step, {"rows": packed(_step_row(i, step) for i, step in steps)})

    def _count(self, connection: Connection, counting: Counting, keys: Collection[Key]) -> None:
        before = kept_of(connection, keys)
        now = {key: (facts, packed_facts(facts)) for key, facts in facts_of(connection, keys).items()}
        delta: Counter[Cell] = Counter()
        rows = []
        for key, (facts, form) in now.items():
            old = before.get(key)
            if old == form:
                continue
            delta.update(counting.count(facts))
            if old is not None:
                delta.subtract(counting.count(unpacked_facts(old)))
            rows.append({"kind": key[0], "key": key[1], "facts": form})
        self._write(connection, rows, delta)

    def _write(self, connection: Connection, rows: Sequence[Mapping[str, str]], delta: Counter[Cell]) -> None:
        if rows:
            connection.execute(self._sql.contribute, {"rows": packed(rows)})
        changed = {cell: amount for cell, amount in delta.items() if amount}
        province = [
            {"book": cell.book, "day": cell.day, "facets": cell.facets, "amount": amount}
            for cell, amount in changed.items()
            if not cell.agency
        ]
        if province:
            connection.execute(self._sql.tally, {"rows": packed(province)})
        if len(province) < len(changed):
            connection.execute(self._sql.agency, {"rows": packed(_wide(changed))})


class _Sql:
    """The statements, each with the parameter `rows`."""

    def __init__(self, dialect: str) -> None:
        asked = rowset(dialect, dispatch.c.id)
        self.messages = select(dispatch.c.id, *OCTETS).where(
            dispatch.c.id.in_(select(asked.c.id)), dispatch.c.kind == Kind.MESSAGE
        )
        self.begin = insert(dialect, reckoning).on_conflict_do_nothing()
        self.step = _copied(dialect, dossier_step).on_conflict_do_nothing()
        told = _copied(dialect, contribution)
        self.contribute = told.on_conflict_do_update(
            index_elements=["kind", "key"], set_={"facts": told.excluded.facts}
        )
        added = _copied(dialect, tally)
        self.tally = added.on_conflict_do_update(
            index_elements=["book", "day", "facets"], set_={"amount": tally.c.amount + added.excluded.amount}
        )
        days = _copied(dialect, agency_day)
        self.agency = days.on_conflict_do_update(
            index_elements=list(_OF_AGENCY),
            set_={name: agency_day.c[name] + days.excluded[name] for name in AGENCY_FIGURES},
        )


def _copied(dialect: str, table: Any) -> Any:
    columns = [c.name for c in table.c]
    return insert(dialect, table).from_select(columns, select(*rowset(dialect, *table.c).c).where(true()))


def _wide(cells: Mapping[Cell, int]) -> Iterator[Mapping[str, Any]]:
    """Yield rows of `agency_day`: all figures of one agency on one day."""
    rows: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(AGENCY_FIGURES, 0))
    for cell, amount in cells.items():
        if cell.agency:
            rows[cell.day, cell.agency, cell.facets][cell.book] += amount
    for (day, agency, facets), figures in rows.items():
        level, bloc = facets.split("|")
        yield {"day": day, "agency": agency, "level": level, "bloc": bloc, **figures}


def _step_row(dispatch_id: str, step: Step) -> Mapping[str, Any]:
    return {
        "dispatch_id": dispatch_id,
        **step._asdict(),
        "received": step.received and written(step.received),
        "due": step.due and written(step.due),
        "at": written(step.at),
    }


def _days(table: Any, since: str, until: str) -> list[Any]:
    return [*([table.c.day >= since] if since else ()), *([table.c.day <= until] if until else ())]
