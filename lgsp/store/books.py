"""What an audit reads, out of one snapshot of the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select, true

from lgsp.evidence.audit import Page
from lgsp.evidence.log import Leaf
from lgsp.evidence.rows import Kind
from lgsp.evidence.tiles import Tile
from lgsp.store import records
from lgsp.store.engine import snapshot
from lgsp.store.tables import delivery, dispatch, entry, head, history, hold, leaf, refusal, report, tile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy import Column, Connection, Engine, Table

_AT_ONCE: Final = 500


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
        tables = (dispatch, history, report, refusal)
        return sum(self._connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables)

    def pages(self) -> Iterator[Page]:
        """Yield all rows that evidence speaks of, with all leaves and entries."""
        for part in self._parts(dispatch.c.id):
            rows = [
                *records.dispatches(self._connection, part(dispatch.c.id)),
                *records.histories(self._connection, part(history.c.dispatch_id)),
                *records.reports(self._connection, part(report.c.dispatch_id)),
            ]
            yield Page(
                rows=rows,
                leaves=self._known(part, refused=False),
                deliveries=records.plain(self._connection, delivery, part(delivery.c.dispatch_id)),
                holds=records.plain(self._connection, hold, part(hold.c.dispatch_id)),
            )
        for part in self._parts(refusal.c.correlation):
            rows = records.refusals(self._connection, part(refusal.c.correlation))
            yield Page(rows=rows, leaves=self._known(part, refused=True))

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

    def _known(self, part: _Part, *, refused: bool) -> list[Leaf]:
        return [found for table in (leaf, entry) for found in self._known_to(table, part, refused=refused)]

    def _known_to(self, table: Table, part: _Part, *, refused: bool) -> Iterator[Leaf]:
        order = table.c.number if table is leaf else table.c.id
        which = table.c.kind == Kind.REFUSAL if refused else table.c.kind != Kind.REFUSAL
        query = select(order, table.c.kind, table.c.key, table.c.digest).where(which, part(table.c.key)).order_by(order)
        for number, *rest in self._connection.execute(query):
            yield Leaf(number if table is leaf else None, *rest)


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
