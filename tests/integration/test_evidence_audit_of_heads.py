"""The audit of heads: who signed them, who stamped them, and whether one grew out of the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, delete, update

from lgsp.evidence import Head, Log
from lgsp.evidence.audit import Fault, audit
from lgsp.store import Leaves, Ledger, tables
from lgsp.store.books import open_books
from lgsp.store.engine import commit
from lgsp.upkeep.notary import Notary
from signing import Authorities, read_certificates
from tests.containers import a_token
from tests.dispatches import a_dispatch
from tests.evidence import Clock, a_key, ours
from tests.services.time_authority import a_root

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def times(tmp_path: Path) -> Authorities:
    (tmp_path / "time.crt").write_bytes(a_root().certificate)
    return Authorities(read_certificates([tmp_path / "time.crt"]))


@pytest.fixture
def told(sqlite_store: Engine) -> Engine:
    """A store whose log has four heads, the third with a time stamp."""
    clock, leaves = Clock(), Leaves(sqlite_store)
    clock.now = datetime.now(UTC) - timedelta(minutes=4)
    notary = Notary(leaves, a_key(), head_every_seconds=60, clock=clock)
    for number in range(4):
        dispatch = replace(a_dispatch(), accepted=datetime.now(UTC))
        Ledger(sqlite_store).accept([dispatch])
        notary.sweep()
        clock.now += timedelta(seconds=60)
        if number == 2:
            leaves.stamp(6, a_token(leaves.heads()[2].text))
    return sqlite_store


def _found(store: Engine, times: Authorities | None = None) -> list[tuple[str, str]]:
    with open_books(store) as books:
        findings = list(audit(books, ours, times=times))
    assert {finding.table for finding in findings} <= {"head"}
    return [(finding.row, finding.fault) for finding in findings]


def _put(store: Engine, head: Head, size: int) -> None:
    values = {name: getattr(head, name) for name in ("text", "signature", "certificate", "stamp")}
    commit(store, lambda c: c.execute(update(tables.head).where(tables.head.c.size == size).values(values)))


def _again(store: Engine, number: int, *, at: datetime, previous: Head | None) -> Head:
    """Sign a head a second time, with the bus's own key."""
    heads = Leaves(store).heads()
    root = Log(Leaves(store)).root(heads[number].size)
    return Head.made(heads[number].size, root, a_key().current(), at, previous)


def test_heads_that_the_bus_signed_name_each_the_one_before(told: Engine, times: Authorities) -> None:
    heads = Leaves(told).heads()
    assert [head.previous for head in heads] == [b"", *(sha256(head.text).digest() for head in heads[:-1])]
    assert _found(told, times) == []


@pytest.mark.parametrize("size", [2, 4, 6])
def test_a_head_taken_out_is_missed_by_the_one_after_it(told: Engine, times: Authorities, size: int) -> None:
    commit(told, lambda c: c.execute(delete(tables.head).where(tables.head.c.size == size)))
    assert _found(told, times) == [(f"before {size + 2}", Fault.REMOVED)]


def test_a_head_that_was_signed_again_is_not_the_one_that_the_next_names(told: Engine, times: Authorities) -> None:
    heads = Leaves(told).heads()
    _put(told, _again(told, 1, at=heads[1].at + timedelta(seconds=1), previous=heads[0]), 4)
    assert _found(told, times) == [("before 6", Fault.REMOVED)]


def test_a_second_beginning_is_found(told: Engine, times: Authorities) -> None:
    _put(told, _again(told, 3, at=datetime.now(UTC), previous=None), 8)
    assert _found(told, times) == [("8", Fault.FORKED)]


def test_a_head_that_says_an_earlier_time_than_a_smaller_one_is_found(told: Engine, times: Authorities) -> None:
    heads = Leaves(told).heads()
    _put(told, _again(told, 3, at=heads[2].at - timedelta(hours=1), previous=heads[2]), 8)
    assert _found(told, times) == [("8", Fault.MISDATED)]


def test_a_head_stamped_before_it_says_that_it_was_signed_is_found(told: Engine, times: Authorities) -> None:
    head = _again(told, 3, at=datetime.now(UTC) + timedelta(days=1), previous=Leaves(told).heads()[2])
    _put(told, replace(head, stamp=a_token(head.text)), 8)
    assert _found(told, times) == [("8", Fault.MISDATED)]


def test_a_time_stamp_over_something_else_is_found(told: Engine, times: Authorities) -> None:
    commit(told, lambda c: c.execute(update(tables.head).values(stamp=Leaves(told).heads()[2].stamp)))
    assert _found(told, times) == [(size, Fault.CHANGED) for size in ("2", "4", "8")]


def test_one_byte_changed_in_a_time_stamp_is_found(told: Engine, times: Authorities) -> None:
    token = Leaves(told).heads()[2].stamp
    missed = []
    for at in range(0, len(token), 61):
        other = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
        change = update(tables.head).where(tables.head.c.size == 6).values(stamp=other)
        commit(told, partial(Connection.execute, statement=change))
        if not _found(told, times):
            missed.append(at)
    assert missed == []


def test_a_time_stamp_of_nobody_who_is_configured_is_found(told: Engine) -> None:
    assert _found(told) == [("6", Fault.UNSTAMPED)]


def test_heads_of_the_first_version_are_read_and_say_nothing_of_the_one_before() -> None:
    text = Head.made(2, bytes(32), a_key().current(), datetime.now(UTC)).text
    old = text.replace(b"head 2", b"head 1").replace(b"previous: none\n", b"")
    assert Head(text=old, signature=b"", certificate=b"").previous is None
    for spoilt in (text.replace(b"head 2", b"head 1"), old.replace(b"head 1", b"head 2"), old.replace(b"1", b"3")):
        with pytest.raises(ValueError, match="not the text of a head"):
            Head(text=spoilt, signature=b"", certificate=b"")
