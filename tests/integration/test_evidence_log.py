"""What the evidence log promises, on both engines."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update

from lgsp.evidence import Head, Log, merkle
from lgsp.evidence.tiles import Tile
from lgsp.model.delivery import Handover, Status
from lgsp.store import Leaves, Ledger, tables
from lgsp.store.engine import commit, look
from lgsp.upkeep.notary import Notary, Stamping
from signing.errors import SigningError
from tests.dispatches import OTHER, RECIPIENT, a_dispatch, a_refusal, an_outcome
from tests.evidence import Clock, a_key, a_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine


def _count(store: Engine, table: str) -> int:
    return look(store, lambda c: len(c.execute(select(tables.metadata.tables[table])).all()))


def _notary(store: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Notary:
    return Notary(Leaves(store), a_key(), head_every_seconds=60, clock=clock)


def test_every_row_that_matters_is_provable_under_the_next_head(store: Engine) -> None:
    dispatch, report = a_log(store)
    _notary(store).sweep()
    proofs = Log(Leaves(store)).proof_of(dispatch.id)
    # The document, its acceptance, two queued, one delivered, one put back, a note; the report, and where it stands.
    assert [proof.kind for proof in proofs] == ["dispatch", *["history"] * 6, "report", "business"]
    assert all(proof.holds() for proof in proofs)
    assert all(proof.head is not None and proof.head.signed() for proof in proofs)
    assert dispatch.verified.envelope.digest.encode() in proofs[0].row
    assert report.id.encode() in proofs[-2].row


def test_a_refusal_is_provable_by_its_correlation_id(store: Engine) -> None:
    Ledger(store).accept([], [a_refusal()])
    _notary(store).sweep()
    (proof,) = Log(Leaves(store)).proof_of("cr")
    assert proof.kind == "refusal"
    assert proof.holds()


def test_what_is_not_under_a_head_yet_says_so(store: Engine) -> None:
    dispatch = a_dispatch()
    Ledger(store).accept([dispatch])
    proofs = Log(Leaves(store)).proof_of(dispatch.id)
    assert [(proof.index, proof.head, proof.holds()) for proof in proofs] == [(None, None, False)] * 2


def test_another_row_does_not_fit_the_proof(store: Engine) -> None:
    dispatch, _ = a_log(store)
    _notary(store).sweep()
    first, second = Log(Leaves(store)).proof_of(dispatch.id)[:2]
    forged = type(first)(kind=first.kind, row=second.row, index=first.index, path=first.path, head=first.head)
    assert not forged.holds()


def test_a_document_sent_twice_is_entered_once(store: Engine) -> None:
    Ledger(store).accept([a_dispatch(b"same")])
    Ledger(store).accept([a_dispatch(b"same")])
    assert _count(store, "entry") == 2  # the dispatch, its first line of history


def test_a_note_about_an_unknown_dispatch_is_not_entered(store: Engine) -> None:
    Ledger(store).note("nobody", None, "?")
    assert _count(store, "entry") == 0


def test_what_rolls_back_leaves_no_entry(store: Engine) -> None:
    with pytest.raises(Interrupted):
        _interrupted_before(store, 4, lambda: Ledger(store).accept([a_dispatch()]))
    assert (_count(store, "dispatch"), _count(store, "entry")) == (0, 0)


class Interrupted(BaseException):
    """The process ends here."""


def _interrupted_before(store: Engine, statement: int, work: Callable[[], Any]) -> None:
    """Do `work`, and end it before it says its statement of this number, the commit included."""
    said = 0

    def count(*_: object) -> None:
        nonlocal said
        said += 1
        if said == statement:
            raise Interrupted

    hooks = (store, "before_cursor_execute", count), (store, "commit", count)
    for hook in hooks:
        event.listen(*hook)
    try:
        work()
    finally:
        for hook in hooks:
            event.remove(*hook)


@pytest.mark.parametrize("statement", range(1, 12))
def test_a_notary_that_dies_before_any_statement_loses_and_doubles_nothing(store: Engine, statement: int) -> None:
    leaves = Leaves(store)
    Ledger(store).accept([a_dispatch() for _ in range(3)])
    leaves.append(1000)
    Ledger(store).accept([a_dispatch() for _ in range(3)])
    try:
        _interrupted_before(store, statement, lambda: leaves.append(1000))
    except Interrupted:
        assert (_count(store, "leaf"), _count(store, "entry")) == (6, 6)
    leaves.append(1000)
    assert (_count(store, "leaf"), _count(store, "entry")) == (12, 0)
    hashes = look(store, lambda c: c.execute(select(tables.leaf.c.digest).order_by(tables.leaf.c.number)).scalars())
    expected = b"".join(merkle.leaf_hash(bytes.fromhex(digest)) for digest in hashes)
    assert leaves.tiles([Tile(0, 0)]) == {Tile(0, 0): expected}


def test_several_notaries_make_one_leaf_of_each_entry(store: Engine) -> None:
    Ledger(store).accept([a_dispatch() for _ in range(150)])
    leaves = Leaves(store)

    def work() -> None:
        while leaves.append(20) or _count(store, "entry"):
            pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = look(store, lambda c: c.execute(select(tables.leaf.c.number).order_by(tables.leaf.c.number)).scalars())
    assert list(numbers) == list(range(300))
    assert len({(leaf.key, leaf.digest) for leaf in look(store, lambda c: c.execute(select(tables.leaf)).all())}) == 300


def test_an_entry_that_commits_late_is_not_missed(postgresql_store: Engine) -> None:
    store, leaves = postgresql_store, Leaves(postgresql_store)
    first, second = ({"kind": "history", "key": key, "digest": sha256(key.encode()).hexdigest()} for key in "ab")
    with store.connect() as slow, slow.begin():
        slow.execute(tables.entry.insert(), first)
        commit(store, lambda c: c.execute(tables.entry.insert(), second))
        assert leaves.append(10) == 1
    assert leaves.append(10) == 1
    assert [leaf.number for leaf in leaves.leaves_about(["b", "a"])] == [0, 1]


def test_a_head_is_signed_when_the_log_grew_and_the_time_has_come(store: Engine) -> None:
    clock, leaves = Clock(), Leaves(store)
    notary = _notary(store, clock)
    notary.sweep()
    assert leaves.newest_head() is None
    for step, expected in ((0, [2]), (30, [2]), (30, [2, 6]), (60, [2, 6, 8])):
        clock.now += timedelta(seconds=step)
        Ledger(store).accept([a_dispatch()])
        notary.sweep()
        assert [head.size for head in leaves.heads()] == expected
    clock.now += timedelta(seconds=60)
    notary.sweep()
    assert [head.size for head in leaves.heads()] == [2, 6, 8]


def test_no_head_is_signed_over_a_log_that_was_rewritten(store: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    notary = _notary(store, clock)
    Ledger(store).accept([a_dispatch()])
    notary.sweep()
    commit(store, lambda c: c.execute(update(tables.tile).values(hashes=bytes(64))))
    Ledger(store).accept([a_dispatch()])
    clock.now += timedelta(seconds=60)
    notary.sweep()
    assert [head.size for head in Leaves(store).heads()] == [2]
    assert "evidence.broken" in capsys.readouterr().out


def test_a_head_proves_that_the_log_only_grew(store: Engine) -> None:
    clock, log = Clock(), Log(Leaves(store))
    notary = _notary(store, clock)
    for _ in range(4):
        Ledger(store).accept([a_dispatch() for _ in range(150)])
        notary.sweep()
        clock.now += timedelta(seconds=60)
    heads = log.heads()
    assert [head.size for head in heads] == [300, 600, 900, 1200]
    for old in heads:
        for new in heads:
            if old.size <= new.size:
                path = log.consistency(old.size, new.size)
                assert merkle.grew(old.size, new.size, old.root, new.root, path)
                assert old is new or not merkle.grew(old.size, new.size, bytes(32), new.root, path)


class _Stamper:
    def __init__(self, *, works: bool = True) -> None:
        self.works = works

    def stamp(self, data: bytes) -> Any:
        if not self.works:
            message = "nobody answers"
            raise SigningError(message)
        self.token = b"token over " + data
        return self


def test_the_newest_head_gets_one_time_stamp_and_nothing_waits_for_it(store: Engine) -> None:
    leaves, stamper = Leaves(store), _Stamper(works=False)
    stamping = Stamping(leaves, stamper)
    assert stamping.sweep() == 0
    Ledger(store).accept([a_dispatch()])
    _notary(store).sweep()
    with pytest.raises(Exception, match="nobody answers"):
        stamping.sweep()
    stamper.works = True
    assert (stamping.sweep(), stamping.sweep()) == (1, 0)
    (head,) = leaves.heads()
    assert head.stamp == b"token over " + head.text


def test_a_head_of_a_size_is_kept_once(store: Engine) -> None:
    leaves = Leaves(store)
    first, second = (Head.made(5, bytes(32), a_key().current(), Clock().now + timedelta(days=n)) for n in range(2))
    leaves.add_head(first)
    leaves.add_head(second)
    assert leaves.heads() == [first]


def test_the_reference_that_a_system_gave_is_part_of_the_evidence(store: Engine) -> None:
    dispatch = a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger = Ledger(store)
    ledger.accept([dispatch])
    handover = Handover(reference="VB-2026/17")
    ledger.record([an_outcome((dispatch, OTHER), Status.DELIVERED, handover=handover)])
    rows = [proof.row for proof in Log(Leaves(store)).proof_of(dispatch.id)]
    assert b'"reference":"VB-2026/17"' in rows[-1]
