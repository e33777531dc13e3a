"""Tables that PostgreSQL keeps in parts, made ahead of time; and putting refusals away, whole parts at once.

Leaves are parted by number, refusals by quarter of the year. What finds no part of its own lies in the rest, and
moves into the next part that is made for it: a process that makes none, or a clock that is wrong, stops nothing.
SQLite keeps each table in one; what is put away there is deleted row by row.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import delete, func, insert, select, text

from lgsp.evidence.forms import Kind
from lgsp.model.errors import Problem, StoreUnavailable
from lgsp.model.text import Text
from lgsp.store.engine import commit, look
from lgsp.store.tables import entry, leaf, pruning, refusal
from lgsp.store.witness import witness

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: Leaves in a part: eleven million documents for two recipients.
WIDTH: Final = 1 << 26
#: Any number, the same in every version: one process at a time makes parts.
_LOCK: Final = 0x6C677372
_QUARTERS: Final = 4
#: Where a part ends, as PostgreSQL writes it.
_BOUND: Final = r"TO \('?([^')]+)'?\)"
_WAITING: Final = Problem(
    expected=Text("old refusals in the evidence log", "các lần từ chối cũ đã vào nhật ký chứng cứ"),
    found="entry",
    cure=Text("let lgsp upkeep run, then prune again", "để lgsp upkeep chạy rồi dọn lại"),
)


class Part(NamedTuple):
    """A part of a table: what it holds, from a bound to before another."""

    table: str
    column: str
    name: str
    low: int | datetime
    high: int | datetime


class Parts:
    """Makes parts and takes them away. Safe for many processes at once."""

    def __init__(self, engine: Engine) -> None:
        """Keep the tables in `engine`."""
        self._engine = engine

    def ahead(self, now: datetime) -> int:
        """Make the parts that are needed now and next, in one commit, and return how many were made.

        0 as well while another process does it.
        """
        if self._engine.dialect.name != "postgresql":
            return 0
        missing = look(self._engine, lambda connection: _missing(connection, now))
        return commit(self._engine, lambda connection: _made(connection, missing)) if missing else 0

    def old(self, before: datetime) -> int:
        """Return how many refusals `prune` would put away."""
        query = select(func.count()).where(refusal.c.at < quarter(before))
        return look(self._engine, lambda connection: connection.execute(query).scalar_one())

    def prune(self, before: datetime) -> int:
        """Put refusals away for good, in one commit, and return how many: those before the quarter `before` lies in.

        Their leaves stay, and the evidence log is told. Raises StoreUnavailable while it does not know all of them.
        """
        return commit(self._engine, lambda connection: _pruned(connection, quarter(before)))


def quarter(moment: datetime) -> datetime:
    """Return when the quarter of the year began."""
    moment = moment.astimezone(UTC)
    return datetime(moment.year, moment.month - (moment.month - 1) % 3, 1, tzinfo=UTC)


def following(start: datetime) -> datetime:
    """Return when the next quarter begins."""
    return datetime(start.year + start.month // 10, (start.month + 2) % 12 + 1, 1, tzinfo=UTC)


def _wanted(connection: Connection, now: datetime) -> list[Part]:
    """Return the parts that what comes now and next falls into."""
    size = 1 + (connection.execute(select(func.max(leaf.c.number))).scalar() or 0)
    numbers = [size // WIDTH + ahead for ahead in (0, 1)]
    quarters = [quarter(now), following(quarter(now))]
    return [
        *(Part("leaf", "number", f"leaf_{number}", number * WIDTH, (number + 1) * WIDTH) for number in numbers),
        *(Part("refusal", "at", f"refusal_{start:%Y_%m}", start, following(start)) for start in quarters),
    ]


def _missing(connection: Connection, now: datetime) -> list[Part]:
    """Return those that begin where no part has come yet."""
    leaves = max((int(end) for _, end in _ends(connection, "leaf")), default=0)
    refusals = max((end for _, end in _refusals(connection)), default=datetime.min.replace(tzinfo=UTC))
    return [
        part
        for part in _wanted(connection, now)
        if (part.low >= leaves if isinstance(part.low, int) else part.low >= refusals)
    ]


def _refusals(connection: Connection) -> list[tuple[str, datetime]]:
    return [(name, datetime.fromisoformat(end)) for name, end in _ends(connection, "refusal")]


def _ends(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Return the names of a table's parts and where each ends; not the rest's, which has no end."""
    query = """SELECT c.relname, substring(pg_get_expr(c.relpartbound, c.oid) FROM :bound) FROM pg_inherits i
               JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = CAST(:name AS regclass)"""
    found = connection.execute(text(query), {"bound": _BOUND, "name": table})
    return [(name, end) for name, end in found if end is not None]


def _made(connection: Connection, parts: list[Part]) -> int:
    if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar_one():
        return 0
    for table, column, name, low, high in parts:
        away = f"DELETE FROM {table}_rest WHERE {column} >= '{low}' AND {column} < '{high}' RETURNING *"  # noqa: S608  # our own words
        connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS)"))
        connection.execute(text(f"WITH moved AS ({away}) INSERT INTO {name} SELECT * FROM moved"))  # noqa: S608  # as above
        bounds = f"FOR VALUES FROM ('{low}') TO ('{high}')"
        connection.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} {bounds}"))
    return len(parts)


def _pruned(connection: Connection, bound: datetime) -> int:
    gone = refusal.c.at < bound
    count: int = connection.execute(select(func.count()).where(gone)).scalar_one()
    if not count:
        return 0
    about = select(refusal.c.correlation).where(gone)
    waiting = select(entry.c.id).where(entry.c.kind == Kind.REFUSAL, entry.c.key.in_(about)).limit(1)
    if connection.execute(waiting).first():
        raise StoreUnavailable(_WAITING)
    last = select(func.max(leaf.c.number)).where(leaf.c.kind == Kind.REFUSAL, leaf.c.key.in_(about))
    leaves = 1 + (connection.execute(last).scalar() or 0)
    if connection.dialect.name == "postgresql":
        for name, end in _refusals(connection):
            if end <= bound:
                connection.execute(text(f"DROP TABLE {name}"))
    connection.execute(delete(refusal).where(gone))
    upto = _free(connection, bound)
    row = {"upto": upto, "count": count, "leaves": leaves, "at": datetime.now(UTC)}
    connection.execute(insert(pruning).values(row))
    witness(connection, pruning, pruning.c.upto == upto)
    return count


def _free(connection: Connection, bound: datetime) -> datetime:
    """Return the bound, or the next moment that no earlier pruning has: what a wrong clock dated back comes later."""
    last: datetime | None = connection.execute(select(func.max(pruning.c.upto))).scalar()
    return bound if last is None or last < bound else last + timedelta(microseconds=1)
