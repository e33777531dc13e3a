"""Whoever changes, removes or slips in one row of any witnessed table is found, and the row named: on both engines."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Integer,
    LargeBinary,
    bindparam,
    delete,
    insert,
    select,
    text,
    true,
    update,
)

from lgsp.evidence import Log
from lgsp.evidence.audit import Fault
from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.rows import entry
from lgsp.model.agency import Agency
from lgsp.store import Directory, Leaves, Ledger, books, tables
from lgsp.store.engine import commit, look
from lgsp.store.records import rows_of
from lgsp.store.witness import UNWITNESSED, strike
from lgsp.upkeep.notary import Notary
from tests.dispatches import OTHER, RECIPIENT, a_dispatch
from tests.evidence import Clock, a_key, audited, everything

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Engine, Table

    from tests.stores import Pattern

#: Row numbers, which say nothing.
_NUMBERED: Final = (
    *("agency", "tenure", "alias", "agency_group", "group_member", "representation", "certificate", "credential"),
)
#: `revision` only says when to read a row again; `numbered`, `reserved` and a
#: delivery's lane are made of columns that are proven.
_MADE: Final = {("dispatch", "numbered"), ("dispatch", "reserved"), ("delivery", "priority")}
_FREE: Final = {("history", "id"), ("refusal", "id"), *_MADE, *((table, "revision") for table in _NUMBERED)}
#: Also what is not witnessed and held against history.
_PROVEN: Final = [*(tables.metadata.tables[kind] for kind in Kind), tables.delivery]


@pytest.fixture(scope="module")
def pattern(ready: Pattern, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pattern]:
    """A store with rows in every witnessed table, some of them under a head."""

    def fill(store: Engine) -> None:
        everything(store)
        Notary(Leaves(store), a_key(), head_every_seconds=60, clock=Clock()).sweep()
        everything(store)

    with ready.altered(tmp_path_factory.mktemp("told"), fill) as told:
        yield told


@pytest.fixture
def told(pattern: Pattern, tmp_path: Path) -> Iterator[Engine]:
    """A copy of it; its owner has dropped foreign keys."""
    with pattern.copied(tmp_path) as store:
        _without_keys(store)
        yield store


def _without_keys(store: Engine) -> None:
    """Let the database take everything, as one who owns it may."""
    if store.dialect.name == "sqlite":
        with store.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        return
    with store.begin() as connection:
        found = connection.execute(
            text("SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f'")
        ).all()
        for table, name in found:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


def _rows(store: Engine, table: Table) -> list[dict[str, Any]]:
    found = look(store, lambda c: c.execute(select(table).order_by(*table.primary_key)).all())
    return [dict(row._mapping) for row in found]


def _others(table: Table, column: str, value: Any) -> Iterator[Any]:
    """Yield values that a column could hold instead."""
    kind = table.c[column].type
    if table.c[column].nullable and value is not None:
        yield None
    if isinstance(value, datetime):
        yield value + timedelta(microseconds=1)
    elif isinstance(kind, tables.Instant):
        yield datetime(2026, 1, 1).astimezone()
    elif isinstance(kind, LargeBinary):
        yield b"x" + value
        yield from [value[1:], bytes([value[0] ^ 1]) + value[1:]] if value else []
    elif isinstance(kind, Boolean):
        yield not value
    elif isinstance(kind, Integer):
        yield value + 1
    elif isinstance(kind, JSON):
        yield {**value, "url": "http://127.0.0.1/"}
    else:
        yield f"{value or ''}x"
        yield from [str(value).swapcase()] if value and str(value).swapcase() != value else []


def _names(table: Table, row: Mapping[str, Any]) -> str:
    """Return what the audit must call a row."""
    if table.name == "refusal":
        return str(row["correlation"])
    key = row.get("dispatch_id") or next(row[key.name] for key in table.primary_key)
    return tables.written(key) if isinstance(key, datetime) else str(key)


def _same(table: Table, row: Mapping[str, Any]) -> list[Any]:
    return [key == row[key.name] for key in table.primary_key]


def _write(store: Engine, table: Table, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Change `row` past the bus."""
    commit(store, lambda c: c.execute(update(table).where(*_same(table, row)).values(values)))


def test_every_table_is_witnessed_or_has_its_reason_not_to_be() -> None:
    assert {kind.value for kind in Kind} == FORMS.keys()
    assert FORMS.keys().isdisjoint(UNWITNESSED)
    assert FORMS.keys() | UNWITNESSED.keys() == tables.metadata.tables.keys()


def test_every_column_of_a_witnessed_table_is_in_its_canonical_row() -> None:
    bytes_of = {"octets", "apart"}  # their digest stands in `digest`; the audit holds it to them wherever they lie
    for kind in Kind:
        names = {c.name for c in tables.metadata.tables[kind].c if (kind.value, c.name) not in _FREE}
        assert names - bytes_of == set(FORMS[kind].versions[-1]) - {"recipients", "ways"}


def test_a_row_that_may_change_is_known_by_its_key() -> None:
    for kind, form in FORMS.items():
        if form.changes:
            assert [c.name for c in tables.metadata.tables[kind].primary_key] == list(form.about)


def test_what_the_bus_alone_wrote_has_no_fault_before_and_after_the_notary(told: Engine) -> None:
    assert all(_rows(told, tables.metadata.tables[kind]) for kind in Kind)
    assert audited(told) == []
    Leaves(told).append(1000)
    assert audited(told) == []


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_an_audit_by_parts_of_any_size_finds_the_same(
    told: Engine, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "_AT_ONCE", at_once)
    assert audited(told) == []
    rows = {table: _rows(told, table)[-1] for table in (tables.business, tables.history, tables.hold)}
    for table, row in rows.items():
        commit(told, partial(Connection.execute, statement=delete(table).where(*_same(table, row))))
    assert {finding.table for finding in audited(told)} >= {table.name for table in rows}


@pytest.mark.parametrize("table", _PROVEN, ids=str)
def test_a_change_in_any_column_is_found_and_the_row_named(told: Engine, table: Table) -> None:
    chance = random.Random(table.name)
    for column in (c.name for c in table.c if (table.name, c.name) not in _FREE):
        row = chance.choice(_rows(told, table))
        for value in _others(table, column, row[column]):
            changed = {**row, column: value}
            _write(told, table, row, {column: value})
            findings = audited(told)
            assert {finding.fault for finding in findings} <= {Fault.CHANGED, Fault.REMOVED, Fault.SLIPPED_IN}
            assert any(_names(table, row) in finding.row for finding in findings), (column, value, findings)
            _write(told, table, changed, {column: row[column]})
    assert audited(told) == []


@pytest.mark.parametrize("table", _PROVEN, ids=str)
def test_every_removed_row_is_found_and_named(told: Engine, table: Table) -> None:
    for row in _rows(told, table):
        commit(told, partial(Connection.execute, statement=delete(table).where(*_same(table, row))))
        findings = audited(told)
        assert any(_names(table, row) in finding.row for finding in findings), findings
        if table is not tables.delivery:
            assert Fault.REMOVED in {finding.fault for finding in findings}
        commit(told, partial(Connection.execute, statement=insert(table).values(row)))
    assert audited(told) == []


_SLIPPED_IN: Final[Mapping[str, Mapping[str, Any]]] = {
    "dispatch": {"id": "f" * 32, "digest": "0" * 64, "numbered": "f", "reserved": "f"},
    "delivery": {"recipient": "H99.99"},
    "agency": {"code": "H99.99"},
    "tenure": {"since": datetime(2031, 1, 1).astimezone()},
    "alias": {"id": 9999},
    "agency_group": {"code": "H99.99"},
    "group_member": {"id": 9999},
    "representation": {"id": 9999},
    "overrule": {"rule": "x"},
    "pruning": {"upto": datetime(2018, 1, 1, tzinfo=UTC)},
    "certificate": {"fingerprint": "f" * 64},
    "credential": {"system_id": "H99.99"},
    "attachment_examined": {"position": 7},
    "attachment_signature": {"number": 7},
    "history": {"id": 9999},
    "refusal": {"id": 9999},
}


@pytest.mark.parametrize("table", _PROVEN, ids=str)
def test_a_row_that_was_slipped_in_is_found_and_named(told: Engine, table: Table) -> None:
    new = {**_rows(told, table)[0], **_SLIPPED_IN.get(table.name, {"dispatch_id": "e" * 32})}
    commit(told, lambda c: c.execute(insert(table).values(new)))
    findings = audited(told)
    assert any(_names(table, new) in finding.row for finding in findings), findings


@pytest.mark.parametrize("value", [b"\xff\x00", "x", 2, 1.5, b""], ids=str)
def test_a_value_that_only_sqlite_would_take_stops_no_audit(sqlite_store: Engine, value: Any) -> None:
    everything(sqlite_store)
    _without_keys(sqlite_store)
    for kind in Kind:
        table = tables.metadata.tables[kind]
        for column in (c.name for c in table.c if not c.primary_key and (table.name, c.name) not in _FREE):
            row = _rows(sqlite_store, table)[0]
            with sqlite_store.begin() as connection:
                where = " AND ".join(f'"{key.name}" = :k_{key.name}' for key in table.primary_key)
                keys = {f"k_{key.name}": row[key.name] for key in table.primary_key}
                of_keys = [bindparam(f"k_{key.name}", type_=key.type) for key in table.primary_key]
                read = text(f'SELECT "{column}" FROM {table} WHERE {where}').bindparams(*of_keys)  # names of our own
                write = text(f'UPDATE {table} SET "{column}" = :v WHERE {where}').bindparams(*of_keys)  # the same
                before = connection.execute(read, keys).scalar_one()
                connection.execute(write, {**keys, "v": value})
                after = connection.execute(read, keys).scalar_one()
            same = before == after or (isinstance(table.c[column].type, Boolean) and not (before or after))
            assert same or any(_names(table, row) in finding.row for finding in audited(sqlite_store))
            with sqlite_store.begin() as connection:
                connection.execute(write, {**keys, "v": before})
    assert audited(sqlite_store) == []


def test_a_binding_set_back_to_what_it_once_was_is_found(told: Engine) -> None:
    """Whoever undoes the end of a binding lets a certificate speak again that was taken back."""
    (row,) = _rows(told, tables.certificate)
    _write(told, tables.certificate, row, {"until": None})
    (finding,) = audited(told)
    assert (finding.table, finding.fault, finding.row) == ("certificate", Fault.CHANGED, row["fingerprint"])
    assert "it was so once" in finding.detail


def test_a_removal_that_the_log_was_told_of_is_no_fault_and_its_undoing_is_one(told: Engine) -> None:
    (row,) = [row for row in _rows(told, tables.credential) if row["agency"] == OTHER]
    commit(told, lambda c: strike(c, tables.credential, tables.credential.c.agency == OTHER))
    assert audited(told) == []
    commit(told, lambda c: c.execute(insert(tables.credential).values(row)))
    (finding,) = audited(told)
    assert (finding.table, finding.fault, finding.row) == ("credential", Fault.CHANGED, row["system_id"])


def test_a_directory_change_that_fails_leaves_no_entry(store: Engine) -> None:
    directory = Directory(store)
    with pytest.raises(Exception, match="registered agency"):
        directory.bind(RECIPIENT, a_key().current().certificate)
    with pytest.raises(Exception, match="a registered agency"):
        directory.register(Agency(code=RECIPIENT, name="x", parent=OTHER))
    assert _rows(store, tables.entry) == []


def test_a_leaf_of_a_kind_that_there_is_not_is_found(told: Engine) -> None:
    alien = {"kind": "alien", "key": "k", "digest": "00" * 32}
    commit(told, lambda c: c.execute(insert(tables.entry).values(alien)))
    assert [(finding.table, finding.fault) for finding in audited(told)] == [("alien", Fault.REMOVED)]
    Leaves(told).append(1000)
    assert [(finding.table, finding.fault) for finding in audited(told)] == [("alien", Fault.REMOVED)]


def test_of_a_row_that_changed_only_the_newest_state_is_proven(store: Engine) -> None:
    everything(store)
    proofs = [
        proof
        for identifier in (row["dispatch_id"] for row in _rows(store, tables.hold))
        for proof in Log(Leaves(store)).proof_of(identifier)
        if proof.kind == Kind.HOLD
    ]
    assert [b'"admission":"hold"' in proof.row for proof in proofs] == [True, False]
    row = _rows(store, tables.hold)[1]
    _write(store, tables.hold, row, {"admission": "hold", "detail": "revocation unknown", "decided": None})
    assert [proof.kind for proof in Log(Leaves(store)).proof_of(row["dispatch_id"]) if proof.kind == Kind.HOLD] == []


def test_an_erased_document_is_still_proven_and_its_octets_are_gone(store: Engine) -> None:
    dispatch, ledger = a_dispatch(), Ledger(store)
    ledger.accept([dispatch])
    assert not ledger.erase(dispatch.id, "not yet delivered")
    everything(store)
    (erasure,) = _rows(store, tables.erasure)
    (held,) = [row for row in _rows(store, tables.dispatch) if row["id"] == erasure["dispatch_id"]]
    assert held["octets"] == b""
    assert held["digest"] != ""
    assert not ledger.erase(held["id"], "twice")
    assert not ledger.erase("unknown", "nobody")
    kinds = [proof.kind for proof in Log(Leaves(store)).proof_of(held["id"])]
    examined = ["attachment_examined", "attachment_signature"]
    assert kinds == ["dispatch", *["history"] * 4, *examined, "legal_hold", "erasure"]
    assert audited(store) == []
    # Who erases past the bus is found, and so is who forges the word that the bus did.
    _write(store, tables.dispatch, {"id": dispatch.id}, {"octets": b""})
    assert [(finding.table, finding.row) for finding in audited(store)] == [("dispatch", dispatch.id)]
    commit(store, lambda c: c.execute(insert(tables.erasure).values({**erasure, "dispatch_id": dispatch.id})))
    assert [(finding.table, finding.fault) for finding in audited(store)] == [("erasure", Fault.SLIPPED_IN)]


def test_the_entry_of_what_was_written_is_the_entry_of_what_is_read(store: Engine) -> None:
    everything(store)
    told = {(row["kind"], row["key"], row["digest"]) for row in _rows(store, tables.entry)}
    for kind in Kind:
        for _, row in look(store, partial(rows_of, kind=kind, which=true())):
            assert tuple(entry(kind, row).values()) in told
