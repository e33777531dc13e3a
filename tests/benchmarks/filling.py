"""Filling a PostgreSQL store with millions of documents, by sets: no document goes its way here.

What is like a real store: every row's key, in the shape and order that the bus makes (identifiers by time over nine
months, digests at random, numbers counted by each sender), every index with its real entries, statistics, and a log
that goes on where the filled one ends. What is simpler: text that no index holds is short, so that ten million
documents fit on a small disk; octets, seals and receipts, which lie apart (TOAST) and are read by key, are a few bytes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from lgsp.evidence.tiles import HASH_BYTES, HEIGHT, WIDTH, edge
from lgsp.store import open_engine, upgrade

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How many agencies send and receive: a province.
AGENCIES: Final = 2000
_TABLES: Final = ("dispatch", "delivery", "history", "leaf", "contribution")
_DAYS: Final = 270
#: What one session writes, so that two processors have work.
_TURNS: Final = (("dispatch",), ("delivery", "history", "leaf", "contribution"))

#: Document `n`: its digest, from which all that looks random is cut, and its identifier (UUIDv7).
_DOCUMENT: Final = f"""
  generate_series(0, %(last)s) n,
  LATERAL (SELECT encode(sha256(int8send(n)), 'hex') h,
                  %(begun)s + (n * ({_DAYS} * 86400000::bigint)) / (%(last)s + 1) ms) d,
  LATERAL (SELECT lpad(to_hex(ms), 12, '0') || '7' || substr(h, 1, 3) || substr('89ab', 1 + (n %% 4)::int, 1)
                  || substr(h, 4, 15) id, to_timestamp(ms / 1000.0) at,
                  n %% {AGENCIES} s, n / {AGENCIES} number) i"""


def _code(number: str) -> str:
    return (
        f"'000.' || lpad((({number}) / 100)::text, 2, '0') || '.' || lpad((({number}) % 100)::text, 2, '0') || '.H03'"
    )


def code(number: int) -> str:
    """Return the code of one of the agencies, as the filled rows have it."""
    return f"000.{number // 100:02}.{number % 100:02}.H03"


_SENDER: Final = _code("s").replace("%", "%%")
_RECIPIENT: Final = _code(f"(s * 7 + number * 13 + r * 631) % {AGENCIES}").replace("%", "%%")
_EACH: Final = {
    "dispatch": f"""
      INSERT INTO dispatch (id, sender, document_id, kind, number, notation, promulgated, business, numbered, reserved,
        subject, priority, digest, size, octets, seal, receipt, standing, verdict, signer, certificate, algorithm,
        door, sender_written, sender_level, sender_bloc, caller, correlation, accepted)
      SELECT id, {_SENDER}, substr(h, 20, 8) || '-' || substr(h, 28, 4) || '-4' || substr(h, 32, 3) || '-8'
        || substr(h, 35, 3) || '-' || substr(h, 38, 12), 'document', number::text, 'UBND-VP',
        to_char(at, 'YYYY/MM/DD'), 0, number || 'UBNDVP', to_char(at, 'YYYY/MM/DD ') || number, 'V/v', 0, h, 3000,
        '', '', '', 'signature', 'valid', '', '', '', 'amqp', '', '', '', '', '', at
      FROM {_DOCUMENT}""",
    "delivery": f"""
      INSERT INTO delivery (dispatch_id, recipient, status, attempt, reference, changed, written, recipient_level,
        recipient_bloc, priority)
      SELECT id, {_RECIPIENT}, 'delivered', 1, '', at, '', '', '', 0
      FROM {_DOCUMENT}, generate_series(1, %(deliveries)s) r""",
    "history": f"""
      INSERT INTO history (dispatch_id, recipient, status, attempt, detail, reference, at)
      SELECT id, {_RECIPIENT}, 'delivered', 1, '', '', at FROM {_DOCUMENT}, generate_series(1, %(lines)s) r""",
    "leaf": f"""
      INSERT INTO leaf (number, kind, key, digest)
      SELECT n * %(lines)s + r - 1, 'history', id, h FROM {_DOCUMENT}, generate_series(1, %(lines)s) r""",
    "contribution": f"""
      INSERT INTO contribution (kind, key, facts)
      SELECT 'dispatch', id, '{{}}' FROM {_DOCUMENT}, generate_series(1, %(contributions)s) r""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """How many rows a document has."""

    deliveries: int
    #: Of history; the log has as many leaves.
    lines: int
    contributions: int


#: As documents for two recipients leave it: 3.5 KB each even with short texts.
WHOLE: Final = Proportion(deliveries=2, lines=5, contributions=1)
#: One of each: what only grows at its end costs the same however long it is.
THIN: Final = Proportion(deliveries=1, lines=1, contributions=0)


def fill(url: str, documents: int, rows: Proportion, begun_ms: int) -> None:
    """Make the tables in an empty database and fill them; the oldest document is of `begun_ms` (Unix milliseconds)."""
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        again = [_taken_away(connection, table) for table in _TABLES]
    facts = {
        "last": documents - 1,
        "begun": begun_ms,
        "deliveries": rows.deliveries,
        "lines": rows.lines,
        "contributions": rows.contributions,
    }
    _together(url, [[(_EACH[table], facts) for table in turn] for turn in _TURNS])
    # Keys and indexes first, which other tables' foreign keys stand on.
    _together(url, [[(statement, {}) for made, _ in again for statement in made]])
    _together(url, [[(statement, {}) for _, made in again for statement in made]])
    _join_the_log(url, documents * rows.lines)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE)")


def _taken_away(connection: psycopg.Connection, table: str) -> tuple[list[str], list[str]]:
    """Drop a table's indexes and foreign keys, and return what makes them again: sorted at once, not row by row."""
    ties = connection.execute(
        "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('u', 'f')",
        (table,),
    ).fetchall()
    for name, _, _ in ties:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(*map(sql.Identifier, (table, name))))
    loose = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary",
        (table,),
    ).fetchall()
    for name, _ in loose:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    tied = {kind: [f"ALTER TABLE {table} ADD CONSTRAINT {n} {d}" for n, k, d in ties if k == kind] for kind in "uf"}
    # What is there follows by construction; what comes is checked all the same.
    ties_again = [f"{made} NOT VALID" for made in tied["f"]]
    return [*tied["u"], *(definition for _, definition in loose)], ties_again


def _together(url: str, turns: Sequence[Sequence[tuple[str, dict[str, int]]]]) -> None:
    """Run statements in sessions beside each other, a session a turn."""
    failed: list[BaseException] = []

    def work(turn: Sequence[tuple[str, dict[str, int]]]) -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                for name in ("synchronous_commit = off", "maintenance_work_mem = '512MB'", "jit = off"):
                    connection.execute(f"SET {name}".encode())
                for statement, facts in turn:
                    connection.execute(statement.encode(), facts or None)
        except BaseException as error:  # noqa: BLE001 - told below, in the caller's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _join_the_log(url: str, size: int) -> None:
    """Write the tiles that the next leaves are written into: the log goes on as if all before were true."""
    with psycopg.connect(url) as connection:
        for tile in edge(size):
            count = (size >> (HEIGHT * tile.tier)) % WIDTH
            connection.execute("INSERT INTO tile VALUES (%s, %s, %s)", (*tile, bytes(HASH_BYTES * count)))
