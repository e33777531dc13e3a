"""What there is to count: what the leaves of the log concern, everything there is, and what is kept already."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import exists, func, select

from lgsp.evidence.forms import Kind as Witnessed
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import (
    agency_day,
    contribution,
    dispatch,
    dossier_step,
    entry,
    leaf,
    pruning,
    reckoning,
    refusal,
    tally,
)
from lgsp.store.tables.reports import AGENCY_FIGURES
from lgsp.store.tallies.facts import Cell, unpacked_facts
from lgsp.store.tallies.reading import spoken_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from lgsp.store.tallies.facts import Facts
    from lgsp.store.tallies.reading import Key

_AT_ONCE: Final = 1000


class Lag(NamedTuple):
    """What is not counted yet."""

    #: Leaves of the evidence log.
    leaves: int
    #: Entries that are no leaves yet: `lgsp upkeep` makes them.
    entries: int


def anything(connection: Connection, rules: str) -> bool:
    """Tell whether leaves wait to be counted by these rules."""
    row = connection.execute(select(reckoning)).first()
    done = row.leaves if row is not None and row.rules == rules else 0
    return connection.execute(select(leaf.c.number).where(leaf.c.number >= done).limit(1)).first() is not None


def lag(connection: Connection) -> Lag:
    """Return how far the tallies are behind."""
    done = connection.execute(select(reckoning.c.leaves)).scalar() or 0
    last = connection.execute(select(func.max(leaf.c.number))).scalar()
    waiting = connection.execute(select(func.count()).select_from(entry)).scalar_one()
    return Lag(leaves=max(0, (-1 if last is None else last) + 1 - done), entries=waiting)


def concerned(connection: Connection, leaves: Sequence[Any]) -> set[Key]:
    """Return what these leaves may have changed."""
    keys: set[Key] = set()
    speaking = []
    for one in leaves:
        match one.kind:
            case Witnessed.DISPATCH | Witnessed.HISTORY | Witnessed.HOLD:
                keys.add(("dispatch", one.key))
            case Witnessed.REPORT | Witnessed.MATCHED:
                keys.add(("dispatch", one.key))
                speaking.append(one.key)
            case Witnessed.REQUEST:
                keys.add(("dispatch", one.key.split(" ")[1]))
            case Witnessed.REFUSAL:
                keys.add(("refusal", one.key))
    if speaking:
        keys |= {("dispatch", about) for about in spoken_of(connection, speaking)}
    rows = packed({"dispatch_id": one.key} for one in leaves if one.kind == Witnessed.DISPATCH)
    asked = rowset(connection.dialect.name, dossier_step.c.dispatch_id)
    told = select(dossier_step.c.number).where(dossier_step.c.dispatch_id.in_(select(asked.c.dispatch_id)))
    return keys | {("dossier", number) for number in connection.execute(told, {"rows": rows}).scalars()}


def every(connection: Connection) -> Iterator[set[Key]]:
    """Yield the keys of all that there is to count."""
    for kind, column in (
        ("dispatch", dispatch.c.id),
        ("dossier", dossier_step.c.number),
        ("refusal", refusal.c.correlation),
    ):
        after: str | None = None
        while True:
            query = select(column).distinct().order_by(column).limit(_AT_ONCE)
            found = connection.execute(query if after is None else query.where(column > after)).scalars().all()
            if not found:
                break
            yield {(kind, key) for key in found}
            after = found[-1]


def put_away(connection: Connection) -> Iterator[Facts]:
    """Yield what refusals were counted as that are no longer kept."""
    if connection.execute(select(pruning.c.upto).limit(1)).first() is None:
        return
    kept = exists().where(refusal.c.correlation == contribution.c.key)
    query = select(contribution.c.facts).where(contribution.c.kind == "refusal", ~kept)
    yield from map(unpacked_facts, connection.execute(query).scalars())


def cells(connection: Connection) -> Counter[Cell]:
    """Return every tally that there is."""
    rows = connection.execute(select(tally).where(tally.c.amount != 0))
    found = Counter({Cell(row.book, row.day, row.facets): row.amount for row in rows})
    for row in connection.execute(select(agency_day)).mappings():
        for name in AGENCY_FIGURES:
            if row[name]:
                found[Cell(name, row["day"], f"{row['level']}|{row['bloc']}", row["agency"])] = row[name]
    return found
