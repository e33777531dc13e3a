"""Whoever changes a row past the bus is found, and the row is named: on both engines, in every column that counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import Integer, LargeBinary, delete, insert, select, true, update

from lgsp.evidence import Head, Log, merkle
from lgsp.evidence.audit import Fault, audit
from lgsp.evidence.forms import Kind
from lgsp.evidence.rows import entry
from lgsp.store import Leaves, Ledger, records, tables
from lgsp.store.books import open_books
from lgsp.store.engine import commit, look
from lgsp.upkeep.notary import Notary
from signing import HeldKey, make_authority, make_certificate
from tests.dispatches import a_dispatch, a_refusal
from tests.evidence import Clock, a_key, a_log, audited, ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Engine, Table

    from tests.stores import Pattern


def _found(store: Engine) -> set[tuple[str, str]]:
    return {(finding.table, finding.fault) for finding in audited(store)}


@pytest.fixture(scope="module")
def pattern(ready: Pattern, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pattern]:
    """A store in which something of every kind happened, under three heads, and something after them."""
    with ready.altered(tmp_path_factory.mktemp("told"), _tell) as told:
        yield told


def _tell(store: Engine) -> None:
    clock = Clock()
    notary = Notary(Leaves(store), a_key(), head_every_seconds=60, clock=clock)
    for _ in range(2):
        a_log(store)
        notary.sweep()
        clock.now += timedelta(seconds=60)
    for _ in range(150):
        a_log(store)
    notary.sweep()
    notary.sweep()
    notary.sweep()
    a_log(store)


@pytest.fixture
def told(pattern: Pattern, tmp_path: Path) -> Iterator[Engine]:
    """A copy of it."""
    with pattern.copied(tmp_path) as store:
        yield store


@pytest.fixture
def small(store: Engine) -> Engine:
    """The same, with few rows."""
    a_log(store)
    Notary(Leaves(store), a_key(), head_every_seconds=60, clock=Clock()).sweep()
    a_log(store)
    return store


def test_a_store_that_only_the_bus_wrote_has_no_fault(told: Engine) -> None:
    assert len(Leaves(told).heads()) == 3
    assert audited(told) == []


def test_an_empty_store_has_no_fault(store: Engine) -> None:
    assert audited(store) == []


def _other(table: Table, column: str, value: Any) -> Any:
    kind = table.c[column].type
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(kind, LargeBinary):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(kind, Integer):
        return value + 1
    return "x" if value is None else f"{value}x"


def _first(store: Engine, table: Table) -> Mapping[str, Any]:
    row = look(store, lambda c: c.execute(select(table).order_by(*table.primary_key)).first())
    assert row is not None
    return dict(row._mapping)


def _write(store: Engine, table: Table, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Change `row` past the bus."""
    same = [key == row[key.name] for key in table.primary_key]
    commit(store, lambda c: c.execute(update(table).where(*same).values(values)))


def _remove(store: Engine, table: Table, row: Mapping[str, Any]) -> None:
    same = [key == row[key.name] for key in table.primary_key]
    commit(store, lambda c: c.execute(delete(table).where(*same)))


def test_a_row_entered_with_a_time_before_a_head_that_does_not_know_it_is_found(small: Engine) -> None:
    # Somebody who knows how entries are made, and lets the notary do the rest.
    late = a_dispatch()
    Ledger(small).accept([replace(late, accepted=late.accepted - timedelta(hours=1))])
    assert {(finding.fault, late.id in finding.row) for finding in audited(small)} == {(Fault.LATE, True)}
    Leaves(small).append(1000)
    assert {(finding.fault, late.id in finding.row) for finding in audited(small)} == {(Fault.LATE, True)}


#: What is not simply turned into something else of its kind.
_OTHER: Final = {"kind": "refusal", "number": 70_000, "tier": 3, "size": 3, "hashes": bytes(32)}
_LOG: Final = [tables.leaf, tables.tile, tables.head, tables.entry]


@pytest.mark.parametrize("table", _LOG, ids=str)
def test_a_change_in_any_column_of_the_log_is_found(small: Engine, table: Table) -> None:
    row = _first(small, table)
    for column in (c.name for c in table.c if (table.name, c.name) not in {("entry", "id"), ("head", "stamp")}):
        changed = {**row, column: _OTHER.get(column, _other(table, column, row[column]))}
        _write(small, table, row, {column: changed[column]})
        assert audited(small), column
        _write(small, table, changed, {column: row[column]})
    assert audited(small) == []


@pytest.mark.parametrize("table", [tables.leaf, tables.tile, tables.entry], ids=str)
def test_a_missing_part_of_the_log_is_found(small: Engine, table: Table) -> None:
    _remove(small, table, _first(small, table))
    assert audited(small)


def test_a_changed_leaf_is_named_and_does_not_blame_its_neighbours(told: Engine) -> None:
    commit(told, lambda c: c.execute(update(tables.leaf).where(tables.leaf.c.number == 300).values(digest="00" * 32)))
    findings = audited(told)
    assert {(finding.table, finding.leaves) for finding in findings if finding.table == "leaf"} == {("leaf", (300,))}
    assert len(findings) == 2  # the leaf, and the row that it was of


def test_whoever_rewrites_rows_leaves_and_tiles_alike_is_found_by_the_heads(told: Engine) -> None:
    """The whole log is made anew over changed rows; only the signed heads remember."""
    commit(told, lambda c: c.execute(update(tables.dispatch).values(subject="khác")))
    _rewrite(told)
    findings = audited(told)
    assert {(finding.table, finding.fault) for finding in findings} == {("head", Fault.FORKED)}
    assert [finding.row for finding in findings] == [str(head.size) for head in Leaves(told).heads()]


def test_a_log_that_forks_is_found_by_the_consistency_proof(told: Engine) -> None:
    witness = Leaves(told).heads()[1]
    log = Log(Leaves(told))
    size = Leaves(told).size()
    honest = merkle.grew(witness.size, size, witness.root, log.root(size), log.consistency(witness.size, size))
    commit(told, lambda c: c.execute(update(tables.dispatch).values(subject="khác")))
    _rewrite(told)
    forked = merkle.grew(witness.size, size, witness.root, log.root(size), log.consistency(witness.size, size))
    assert (honest, forked) == (True, False)


def _rewrite(store: Engine) -> None:
    """Make all leaves and tiles anew from the rows, as one does who owns the database."""

    def again(connection: Any) -> None:
        everything = [row for kind in Kind for row in records.rows_of(connection, kind, true())]
        for table in (tables.leaf, tables.tile, tables.entry):
            connection.execute(delete(table))
        connection.execute(insert(tables.entry), [entry(kind, row) for kind, row in everything])

    commit(store, again)
    while Leaves(store).append(1000):
        pass


def test_a_head_that_somebody_else_signed_is_not_the_bus_s(small: Engine) -> None:
    made = make_certificate(make_authority("Others"), "Trục liên thông")
    size = Leaves(small).size()
    forged = Head.made(size, Log(Leaves(small)).root(size), HeldKey.read(made.key, made.certificate), Clock().now)
    row = {name: getattr(forged, name) for name in ("size", "text", "signature", "certificate", "stamp")}
    commit(small, lambda c: c.execute(update(tables.head).values(row)))
    assert {(finding.table, finding.fault) for finding in audited(small)} == {("head", Fault.UNSIGNED)}


def test_an_audit_sees_one_moment_while_the_bus_goes_on(postgresql_store: Engine) -> None:
    store = postgresql_store
    a_log(store)
    with open_books(store) as books:
        count = books.count()
        a_log(store)
        Leaves(store).append(1000)
        assert list(audit(books, ours)) == []
        assert books.count() == count


def test_two_rows_alike_to_the_last_byte_are_two_rows(store: Engine) -> None:
    ledger, refusal = Ledger(store), a_refusal()
    ledger.accept([], [refusal, refusal])
    assert audited(store) == []
    newest = select(tables.refusal.c.id).order_by(tables.refusal.c.id.desc()).limit(1).scalar_subquery()
    commit(store, lambda c: c.execute(delete(tables.refusal).where(tables.refusal.c.id == newest)))
    assert _found(store) == {("refusal", Fault.REMOVED)}
