"""What an audit reads, out of one snapshot of the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select, true

from lgsp.evidence.audit import Page
from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.log import Leaf
from lgsp.evidence.tiles import Tile
from lgsp.store import records
from lgsp.store.engine import snapshot
from lgsp.store.tables import delivery, dispatch, entry, head, leaf, metadata, pruning, refusal, tile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from sqlalchemy import Column, ColumnElement, Connection, Engine, Table

_AT_ONCE: Final = 500
_OF_DISPATCHES: Final = (Kind.DISPATCH, *records.OF_DISPATCHES)


@contextmanager
def open_books(engine: Engine) -> Iterator[StoredBooks]:
    """Open the books as they are now; what is written meanwhile is not in them."""
    with snapshot(engine) as connection:
        yield StoredBooks(connection)


class StoredBooks:
    """The books of one moment."""

    def __init__(self, connection: Connection) -> None:
        """Read on `connection`."""
        self._connection = connection

    def count(self) -> int:
        """Return how many rows the pages hold."""
        tables = (metadata.tables[kind] for kind in Kind)
        return sum(self._connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables)

    def pages(self) -> Iterator[Page]:
        """Yield all rows that evidence speaks of, with all leaves and entries."""
        for part in self._parts(dispatch.c.id):
            yield Page(
                rows=self._rows(_OF_DISPATCHES, part),
                leaves=self._known(part.longer, _is_of(leaf, _OF_DISPATCHES), _is_of(entry, _OF_DISPATCHES)),
                deliveries=records.plain(self._connection, delivery, part(delivery.c.dispatch_id)),
            )
        # SQLite takes any value in any column. One that is no number hides nothing here, and its own row is found.
        told = self._connection.execute(select(pruning.c.leaves)).scalars()
        pruned = max((leaves for leaves in told if isinstance(leaves, int)), default=0)
        for part in self._parts(refusal.c.correlation):
            refusals = (Kind.REFUSAL,)
            leaves = self._known(part, _is_of(leaf, refusals), _is_of(entry, refusals))
            yield Page(rows=self._rows(refusals, part), leaves=leaves, pruned=pruned)
        # All others are few; leaves of a kind that there is not are in this page too.
        named = (*_OF_DISPATCHES, Kind.REFUSAL)
        every, others = _Part(None, None), [kind for kind in Kind if kind not in named]
        leaves = self._known(every, ~_is_of(leaf, named), ~_is_of(entry, named))
        yield Page(rows=self._rows(others, every), leaves=leaves)

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaves by their numbers."""
        query = select(leaf.c.number, leaf.c.kind, leaf.c.key, leaf.c.digest).order_by(leaf.c.number)
        return (Leaf(*row) for row in self._streamed(query))

    def tiers(self) -> Collection[int]:
        """Return the tiers that there are tiles of."""
        return self._connection.execute(select(tile.c.tier).distinct()).scalars().all()

    def tier(self, tier: int) -> Iterator[tuple[int, bytes]]:
        """Yield the tiles of a tier by their numbers."""
        query = select(tile.c.number, tile.c.hashes).where(tile.c.tier == tier).order_by(tile.c.number)
        return ((row.number, row.hashes) for row in self._streamed(query))

    def tiles(self, wanted: Collection[Tile]) -> Mapping[Tile, bytes]:
        """Return the contents of tiles; those that do not exist are left out."""
        found: dict[Tile, bytes] = {}
        for tier in {each.tier for each in wanted}:
            numbers = [each.number for each in wanted if each.tier == tier]
            query = select(tile).where(tile.c.tier == tier, tile.c.number.in_(numbers))
            found |= {Tile(row.tier, row.number): row.hashes for row in self._connection.execute(query)}
        return found

    def heads(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of heads by their sizes, unread."""
        return (row._mapping for row in self._streamed(select(head).order_by(head.c.size)))  # noqa: SLF001  # public

    def _streamed(self, query: Any) -> Iterator[Any]:
        return iter(self._connection.execute(query, execution_options={"yield_per": _AT_ONCE}))

    def _parts(self, key: Column[str]) -> Iterator[_Part]:
        """Yield the parts of all keys: each from a row's key, not included, to another's, the last without end."""
        after: str | None = None
        while True:
            query = select(key).order_by(key).limit(_AT_ONCE)
            found = self._connection.execute(query if after is None else query.where(key > after)).scalars().all()
            upto = found[-1] if len(found) == _AT_ONCE else None
            yield _Part(after, upto)
            if upto is None:
                return
            after = upto

    def _rows(self, kinds: Iterable[Kind], part: _Part) -> list[records.Record]:
        keys = {kind: metadata.tables[kind].c[FORMS[kind].about[0]] for kind in kinds}
        return [row for kind, key in keys.items() for row in records.rows_of(self._connection, kind, part(key))]

    def _known(self, part: Callable[[Column[str]], Any], made: Any, waiting: Any) -> list[Leaf]:
        """Return leaves, then waiting entries, each in their order."""
        return [
            Leaf(number if table is leaf else None, *rest)
            for table, order, which in ((leaf, leaf.c.number, made), (entry, entry.c.id, waiting))
            for number, *rest in self._connection.execute(
                select(order, table.c.kind, table.c.key, table.c.digest).where(which, part(table.c.key)).order_by(order)
            )
        ]


def _is_of(table: Table, kinds: Iterable[Kind]) -> ColumnElement[bool]:
    return table.c.kind.in_([kind.value for kind in kinds])


class _Part:
    """A part of the keys."""

    def __init__(self, after: str | None, upto: str | None) -> None:
        self._after = after
        self._upto = upto

    def __call__(self, key: Column[str]) -> Any:
        """Return the condition that a key is in this part."""
        bounds = [key > self._after] if self._after is not None else []
        bounds += [key <= self._upto] if self._upto is not None else []
        return and_(true(), *bounds)

    def longer(self, key: Column[str]) -> Any:
        """Return the same of a key that may go on after a blank: what is about a dispatch and a recipient."""
        bounds = [key >= f"{self._after}!"] if self._after is not None else []
        bounds += [key < f"{self._upto}!"] if self._upto is not None else []
        return and_(true(), *bounds)
