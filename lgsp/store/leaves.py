"""The evidence log in the store: entries that wait, leaves, tiles, heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, literal, null, select, text, update

from lgsp.evidence.heads import Head
from lgsp.evidence.log import Leaf
from lgsp.evidence.merkle import leaf_hash
from lgsp.evidence.tiles import Tile, edge, grown
from lgsp.store.engine import commit, look
from lgsp.store.records import about
from lgsp.store.rowset import insert, packed, rowset
from lgsp.store.tables import entry, head, leaf, tile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection, Engine

    from lgsp.evidence.rows import Kind

#: Any number, the same in every version: one process at a time appends.
_LOCK: Final = 0x6C677371


class Leaves:
    """Keeps the log. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        """Keep the log beside the ledger in `engine`."""
        self._engine = engine
        dialect = engine.dialect.name
        columns = [c.name for c in leaf.c]
        self._append = insert(dialect, leaf).from_select(columns, select(*rowset(dialect, *leaf.c).c))
        places = rowset(dialect, tile.c.tier, tile.c.number)
        self._tiles = select(tile).join(places, (tile.c.tier == places.c.tier) & (tile.c.number == places.c.number))
        given = insert(dialect, tile)
        keys = [tile.c.tier, tile.c.number]
        self._shelve = given.on_conflict_do_update(index_elements=keys, set_={"hashes": given.excluded.hashes})
        marks = rowset(dialect, entry.c.id)
        self._done = delete(entry).where(entry.c.id.in_(select(marks.c.id)))
        self._add_head = insert(dialect, head).on_conflict_do_nothing()
        self._about = _leaves_about(dialect)

    def append(self, limit: int) -> int:
        """Make leaves of at most `limit` waiting entries, in one commit, and return how many.

        0 as well while another process does it. A crash at any point loses nothing and doubles nothing.
        """
        if self._engine.dialect.name == "sqlite" and not look(self._engine, _anything):
            return 0  # appending would need the one write lock, only to find nothing
        return commit(self._engine, lambda connection: self._appended(connection, limit))

    def size(self) -> int:
        """Return how many leaves there are."""
        return look(self._engine, _size)

    def tiles(self, wanted: Collection[Tile]) -> Mapping[Tile, bytes]:
        """Return the contents of tiles; those that do not exist are left out."""
        return look(self._engine, lambda connection: self._shelf(connection, wanted)) if wanted else {}

    def heads(self, after: int = 0, limit: int = 1000) -> list[Head]:
        """Return the heads of more than `after` leaves, the smallest first. Raises ValueError for a spoilt one."""
        query = select(head).where(head.c.size > after).order_by(head.c.size).limit(limit)
        return [_head(row) for row in look(self._engine, lambda connection: connection.execute(query).all())]

    def newest_head(self) -> Head | None:
        """Return the head of most leaves. Raises ValueError for a spoilt one."""
        return look(self._engine, newest_head)

    def add_head(self, made: Head) -> None:
        """Keep a head; one of the same size that is there already stays."""
        row = {name: getattr(made, name) for name in head.c.keys()}  # noqa: SIM118  # a column collection is no mapping
        commit(self._engine, lambda connection: connection.execute(self._add_head, row))

    def stamp(self, size: int, token: bytes) -> None:
        """Give a head its time stamp, unless it has one."""
        change = update(head).where(head.c.size == size, head.c.stamp == b"").values(stamp=token)
        commit(self._engine, lambda connection: connection.execute(change))

    def rows_about(self, id: str) -> list[tuple[Kind, Mapping[str, Any]]]:  # noqa: A002  # the word of the CLI
        """Return every row about a dispatch, or about a refusal by its correlation id, as evidence sees it."""
        return look(self._engine, lambda connection: about(connection, id))

    def leaves_about(self, keys: Collection[str]) -> list[Leaf]:
        """Return leaves and waiting entries by what they are about."""
        rows = packed({"key": key} for key in keys)
        found = look(self._engine, lambda connection: connection.execute(self._about, {"rows": rows}).all())
        return [Leaf(*row[:4]) for row in found]

    def _appended(self, connection: Connection, limit: int) -> int:
        if not _alone(connection):
            return 0
        taken = connection.execute(select(entry).order_by(entry.c.id).limit(limit)).all()
        if not taken:
            return 0
        size = _size(connection)
        hashes = [leaf_hash(bytes.fromhex(row.digest)) for row in taken]
        changed = grown(size, self._shelf(connection, list(edge(size))), hashes)
        numbered = enumerate(taken, size)
        added = [{"number": n, "kind": row.kind, "key": row.key, "digest": row.digest} for n, row in numbered]
        connection.execute(self._append, {"rows": packed(added)})
        connection.execute(self._shelve, [{"tier": t, "number": n, "hashes": h} for (t, n), h in changed.items()])
        connection.execute(self._done, {"rows": packed({"id": row.id} for row in taken)})
        return len(taken)

    def _shelf(self, connection: Connection, wanted: Collection[Tile]) -> dict[Tile, bytes]:
        rows = packed(each._asdict() for each in wanted)
        return {Tile(row.tier, row.number): row.hashes for row in connection.execute(self._tiles, {"rows": rows})}


def _alone(connection: Connection) -> bool:
    """Tell whether no other process appends now; until the commit none will. SQLite has one writer anyway."""
    if connection.dialect.name == "sqlite":
        return True
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar_one())


def _anything(connection: Connection) -> bool:
    return connection.execute(select(entry.c.id).limit(1)).first() is not None


def _size(connection: Connection) -> int:
    last: int | None = connection.execute(select(func.max(leaf.c.number))).scalar_one()
    return 0 if last is None else last + 1


def _leaves_about(dialect: str) -> Any:
    asked = rowset(dialect, leaf.c.key)
    wanted = select(asked.c.key)
    made = select(leaf.c.number, leaf.c.kind, leaf.c.key, leaf.c.digest, literal(0).label("late"), leaf.c.number)
    waiting = select(null(), entry.c.kind, entry.c.key, entry.c.digest, literal(1), entry.c.id)
    both = made.where(leaf.c.key.in_(wanted)).union_all(waiting.where(entry.c.key.in_(wanted)))
    return both.order_by(text("5, 6"))


def newest_head(connection: Connection) -> Head | None:
    """Return the head of most leaves as a connection sees them. Raises ValueError for a spoilt one."""
    row = connection.execute(select(head).order_by(head.c.size.desc()).limit(1)).first()
    return None if row is None else _head(row)


def _head(row: Any) -> Head:
    return Head(text=row.text, signature=row.signature, certificate=row.certificate, stamp=row.stamp)
