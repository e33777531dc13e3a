"""A backup holds one moment, says what it is, and is believed only where it is as it was written."""

from __future__ import annotations

import threading
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from lgsp.backup import Source, Target, papers_of, restore, take, verify
from lgsp.blobs.folder import Folder
from lgsp.model.delivery import Status
from lgsp.model.errors import Misconfigured, StoreUnavailable
from lgsp.store import Leaves, Ledger, Outbox, open_engine, revision, upgrade
from lgsp.store.engine import commit, look
from lgsp.store.octets import Apart, remove_alone
from lgsp.store.points import Points
from lgsp.store.tables import delivery, dispatch
from lgsp.store.upgrading import newest
from lgsp.upkeep.notary import Notary
from tests.dispatches import RECIPIENT, a_dispatch, an_outcome
from tests.evidence import Clock, a_key, a_log, audited
from tests.province import an_agency, make_province
from tests.services.server import free_port
from tests.upgrades.releases import releases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from lgsp.backup import Manifest

PRIVATE = {"bus.key", "000.00.11.H03.key", "mail.secret"}


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, store: Engine, tmp_path: Path) -> Iterator[Engine]:
    """Give an empty place for a store of the same kind."""
    if store.dialect.name == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'elsewhere' / 'lgsp.db'}")
        yield engine
        engine.dispose()
        return
    postgres, name = request.getfixturevalue("postgres"), f"elsewhere_{free_port()}"
    postgres.run(f"CREATE DATABASE {name}")
    engine = open_engine(postgres.database(name))
    yield engine
    engine.dispose()
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_what_is_restored_is_what_was_there_with_its_evidence(store: Engine, elsewhere: Engine, tmp_path: Path) -> None:
    _history(store)
    taken = _take(store, tmp_path / "backup")
    _restore(tmp_path / "backup", elsewhere)
    assert _rows(elsewhere) == _rows(store) != []
    assert taken.head_size > 0
    assert audited(elsewhere) == []


def test_a_backup_among_writers_holds_each_document_whole_or_not_at_all(
    store: Engine, elsewhere: Engine, tmp_path: Path
) -> None:
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            Ledger(store).accept([a_dispatch(), a_dispatch()])

    writer = threading.Thread(target=write)
    for _ in range(50):
        Ledger(store).accept([a_dispatch(), a_dispatch()])
    writer.start()
    try:
        taken = _take(store, tmp_path / "backup")
    finally:
        ended.set()
        writer.join()
    _restore(tmp_path / "backup", elsewhere)
    found = _rows(elsewhere)
    assert len(found) == taken.documents < len(_rows(store))
    assert len(found) % 2 == 0
    assert audited(elsewhere) == []


def test_what_lay_in_a_broker_is_put_out_again_and_what_was_delivered_is_not(
    store: Engine, elsewhere: Engine, tmp_path: Path
) -> None:
    queued, delivered, waiting = (a_dispatch() for _ in range(3))
    Ledger(store).accept([queued, delivered, waiting])
    Ledger(store).record([an_outcome((queued, RECIPIENT), Status.QUEUED)])
    Ledger(store).record([an_outcome((delivered, RECIPIENT), Status.DELIVERED)])
    _take(store, tmp_path / "backup")
    assert _restore(tmp_path / "backup", elsewhere, brokered=True) == 1
    assert {parcel.dispatch_id for parcel in Outbox(elsewhere).claim(10, 1)} == {queued.id, waiting.id}
    stands = dict(look(elsewhere, lambda c: c.execute(select(delivery.c.dispatch_id, delivery.c.status)).all()))
    assert stands == {queued.id: "accepted", delivered.id: "delivered", waiting.id: "accepted"}


def test_an_embedded_queue_is_in_the_store_and_nothing_is_put_out_again(
    store: Engine, elsewhere: Engine, tmp_path: Path
) -> None:
    queued = a_dispatch()
    Ledger(store).accept([queued])
    Ledger(store).record([an_outcome((queued, RECIPIENT), Status.QUEUED)])
    _take(store, tmp_path / "backup")
    assert _restore(tmp_path / "backup", elsewhere) == 0


def test_a_document_that_lies_apart_goes_with_the_store_that_refers_to_it(
    store: Engine, elsewhere: Engine, tmp_path: Path
) -> None:
    here, there = Folder(tmp_path / "blobs"), Folder(tmp_path / "elsewhere" / "blobs")
    apart = store.execution_options(lgsp_apart=Apart(here, 10))
    large = a_dispatch("văn bản lớn".encode())
    Ledger(apart).accept([large, a_dispatch(b"small")])
    here.keep({sha256(b"nobody's").hexdigest(): b"nobody's"})
    taken = _take(apart, tmp_path / "backup", blobs=here)
    digest = large.verified.envelope.digest
    assert [name for name in taken.files if name.startswith("blobs/")] == [f"blobs/{digest[:2]}/{digest}"]
    with pytest.raises(Misconfigured, match=r"\[blobs\] folder"):
        _restore(tmp_path / "backup", elsewhere)
    _restore(tmp_path / "backup", elsewhere, blobs=there)
    assert there.read(digest) == "văn bản lớn".encode()
    assert audited(elsewhere.execution_options(lgsp_apart=Apart(there, 10))) == []


def test_a_backup_without_a_document_that_lies_apart_says_so_and_is_not_restored(
    store: Engine, elsewhere: Engine, tmp_path: Path
) -> None:
    here = Folder(tmp_path / "blobs")
    apart = store.execution_options(lgsp_apart=Apart(here, 10))
    large = a_dispatch("văn bản lớn".encode())
    Ledger(apart).accept([large])
    here.remove([large.verified.envelope.digest])
    assert _take(apart, tmp_path / "backup", blobs=here).missing == [large.verified.envelope.digest]
    with pytest.raises(Misconfigured, match="was missing, or altered"):
        _restore(tmp_path / "backup", elsewhere, blobs=here)


def test_nothing_is_removed_while_it_is_copied(postgresql_store: Engine) -> None:
    with Points(postgresql_store).now(), pytest.raises(StoreUnavailable, match="no backup"):
        commit(postgresql_store, remove_alone)
    commit(postgresql_store, remove_alone)


def test_a_store_of_the_last_release_can_be_backed_up_before_it_is_upgraded(tmp_path: Path) -> None:
    old, later = (open_engine(f"sqlite:///{tmp_path / name}") for name in ("old.db", "later.db"))
    upgrade(old, releases()[-1].revision)
    _take(old, tmp_path / "backup")
    _restore(tmp_path / "backup", later)
    assert (revision(old), revision(later)) == (releases()[-1].revision, newest())
    old.dispose()
    later.dispose()


def test_every_changed_missing_or_added_file_is_named(sqlite_store: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    _history(sqlite_store)
    _take(sqlite_store, folder)
    assert verify(folder, _silent)[1] == []
    octets = bytearray((folder / "store/lgsp.db").read_bytes())
    octets[len(octets) // 2] ^= 1
    (folder / "store/lgsp.db").write_bytes(octets)
    (folder / "head.jsonl").unlink()
    (folder / "more").touch()
    assert verify(folder, _silent)[1] == [
        "head.jsonl: is gone",
        "store/lgsp.db: is not as it was written",
        "more: is not in the manifest",
    ]


def test_only_a_whole_backup_is_restored_and_only_where_nothing_is(store: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    _take(store, folder)
    before = _rows(store)
    with pytest.raises(Misconfigured, match="an empty store"):
        _restore(folder, store)
    next(folder.glob("store/*")).write_bytes(b"")
    with pytest.raises(Misconfigured, match="is not as it was written"):
        _restore(folder, store)
    (folder / "manifest.json").unlink()
    with pytest.raises(Misconfigured, match="a finished backup"):
        _restore(folder, store)
    assert _rows(store) == before


def test_a_backup_goes_into_a_folder_of_its_own(sqlite_store: Engine, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/old").touch()
    with pytest.raises(Misconfigured, match="an empty folder"):
        _take(sqlite_store, tmp_path / "letters")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["old"]


def test_what_postgresql_s_own_tool_says_is_told_and_leaves_no_finished_backup(
    postgresql_store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nowhere", ""
    monkeypatch.setattr(Points, "address", nowhere)
    with pytest.raises(StoreUnavailable, match="pg_dump"):
        _take(postgresql_store, tmp_path / "backup")
    with pytest.raises(Misconfigured, match="a finished backup"):
        verify(tmp_path / "backup", _silent)


def test_private_keys_are_named_and_only_taken_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mail.secret").write_text("bí mật", encoding="utf-8")
    mail = f'[mail]\npassword_file = "{tmp_path}/mail.secret"\n'
    province = make_province(tmp_path / "province", [an_agency("000.00.11.H03")], more=mail)
    with closing(province.assembly()) as bus:
        papers = papers_of(province.config, bus.settings.model_dump())
        source = Source(store=Points(bus.engine), blobs=None, papers=papers)
        without = take(tmp_path / "without", source, _quiet)
        with_keys = take(tmp_path / "with", source, _quiet, with_keys=True)
    names = {name.rpartition("/")[2] for name in without.files}
    assert {"lgsp.toml", "authority.crt", "bus.crt", "000.00.11.H03.crt"} <= names
    assert {path.rpartition("/")[2] for path in without.left_out} == PRIVATE
    assert not [name for name in without.files if name.endswith((".key", ".secret"))]
    assert {name.rpartition("/")[2] for name in with_keys.files} - names == {
        "bus.key",
        "000.00.11.H03.key",
        "mail.secret",
    }
    assert with_keys.left_out == []


def _take(engine: Engine, folder: Path, blobs: Folder | None = None) -> Manifest:
    no_papers = papers_of(folder.parent / "lgsp.toml", {})
    (folder.parent / "lgsp.toml").touch()
    return take(folder, Source(store=Points(engine), blobs=blobs, papers=no_papers), _quiet)


def _restore(folder: Path, engine: Engine, *, blobs: Folder | None = None, brokered: bool = False) -> int:
    target = Target(store=Points(engine), blobs=blobs, ledger=Ledger(engine), brokered=brokered)
    return restore(folder, target, _quiet)[1]


def _history(engine: Engine) -> None:
    """Let things happen, and be witnessed up to a head."""
    a_log(engine)
    Notary(Leaves(engine), a_key(), head_every_seconds=60, clock=Clock()).sweep()


def _rows(engine: Engine) -> list[Any]:
    return [*look(engine, lambda connection: connection.execute(select(dispatch).order_by(dispatch.c.id)).all())]


def _silent(_done: int, _total: int) -> None:
    pass


def _quiet(_what: str, _done: int, _total: int) -> None:
    pass
