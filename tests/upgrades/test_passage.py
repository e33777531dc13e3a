"""From each release to what is here, while documents flow: old and new processes side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.store import open_engine, revision, upgrade
from lgsp.store.upgrading import newest, revisions
from lgsp.transport.topology import rights
from tests.chaos.ground import CONFIGURATION
from tests.chaos.reckoning import reckon
from tests.province import Province
from tests.services.bus import COMMAND, Bus, Walk
from tests.services.server import free_port
from tests.upgrades.load import BY_AMQP, BY_SOAP, FOLDER, MAILBOXES, Load
from tests.upgrades.releases import Release, releases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.postgres import Postgres
    from tests.services.rabbitmq import RabbitMQ

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

#: In the order of docs/how-to/upgrade.md: who reads before who writes.
WALKS: Final[tuple[Walk, ...]] = ("courier", "relay", "upkeep", "intake")
#: What acceptance may stand still for a step of the store; a loaded build machine included.
_STALL_SECONDS: Final = 5
#: Run by the release's own code, and by its own tests' way of making a province.
_MAKE: Final = """
import json, sys
from pathlib import Path
from tests.province import an_agency, make_province
folder, mailboxes, elsewhere, more = json.loads(sys.argv[1])
agencies = [*map(an_agency, mailboxes), an_agency(elsewhere, "folder", incoming=str(Path(folder, "incoming")))]
made = make_province(Path(folder), agencies, **more)
print(json.dumps(dict(made.secrets)))
"""


@pytest.fixture
def place(postgres: Postgres, broker: RabbitMQ) -> Iterator[tuple[str, str, str]]:
    """Give a store without tables, a virtual host, and the address there of the agency that publishes."""
    name = f"passage_{free_port()}"
    postgres.run(f"CREATE DATABASE {name}")
    broker.control("add_vhost", name)
    broker.control("set_permissions", "-p", name, "bus", ".*", ".*", ".*")
    address = broker.add_user(BY_AMQP, "^$", "^$", "^$")
    own = rights(AgencyCode(BY_AMQP))
    broker.control("set_permissions", "-p", name, BY_AMQP, own.configure, own.write, own.read)
    yield postgres.database(name), broker.url + name, address + name
    broker.control("delete_user", BY_AMQP)
    broker.control("delete_vhost", name)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_documents_flow_while_a_release_is_upgraded(
    release: Release, place: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = release.unpack(tmp_path / "release")
    store, transport, address = place
    ports = [free_port(), free_port()]
    province = _made(tree, tmp_path / "province", store=store, transport=transport, port=ports[0])
    later = province.config.with_name("later.toml")
    later.write_text(province.config.read_text().replace(f":{ports[0]}", f":{ports[1]}"), encoding="utf-8")
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    old = Bus(config=province.config, port=ports[0], logs=tmp_path / "old", tree=tree)
    new = Bus(config=later, port=ports[1], logs=tmp_path / "new")
    engine = open_engine(store)
    assert revision(engine) == release.revision
    load = Load(province, engine, ports, incoming=province.folder / "incoming", broker=address)
    try:
        old.start(*WALKS)
        old.wait()
        load.start()
        assert load.moves(), old.last_words()
        for number in revisions()[revisions().index(release.revision) + 1 :]:
            _take(number, old, load)
        told = _run("db", "upgrade", "--json", "--config", str(later))
        assert json.loads(told)["revision"] == newest()
        for walk in WALKS:
            new.start(walk)
            assert load.until(lambda walk=walk: new.said(walk, b'"started"'), 60), new.last_words()  # type: ignore[misc]
            assert load.moves(), f"with the new {walk} beside the old: {old.last_words()}\n{new.last_words()}"
            old.stop(walk)
            assert load.moves(), f"without the old {walk}: {old.last_words()}\n{new.last_words()}"
        assert load.rest(), new.last_words()
        _wait_for_the_notary(load)
        audited = _run("evidence", "audit", "--json", "--config", str(later))
    finally:
        load.end()
        old.stop()
        new.stop()
    books, refusals = load.books(), load.count("refusal")
    engine.dispose()
    with capsys.disabled():
        print(f"\n{release.version}: {len(books.papers)} documents, {refusals} refusals, {audited.splitlines()[-1]}")  # noqa: T201 - the figures are the point
    assert reckon(books) == []
    assert refusals >= load.stranger.refused > 0
    assert json.loads(audited.splitlines()[-1])["faults"] == 0
    assert _complaints(old) + _complaints(new) == []


def _take(number: str, old: Bus, load: Load) -> None:
    """Take one step of the store, and see that the old processes go on as before."""
    begun = time.monotonic()
    upgrade(load.engine, number)
    assert load.moves(), f"step {number}: old processes stand still: {old.last_words()}"
    stood = load.longest_wait(begun, time.monotonic())
    assert stood < _STALL_SECONDS, f"step {number}: for {stood:.1f} s no document was accepted"
    assert _complaints(old) == [], f"step {number}: old processes complain"


def _complaints(bus: Bus) -> list[str]:
    lines = [line for log in bus.logs.glob("*.log") for line in log.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if '"level":"error"' in line or "Traceback" in line]


def _made(tree: Path, folder: Path, *, store: str, transport: str, port: int) -> Province:
    (folder / "incoming").mkdir(parents=True)
    more = {"store": store, "transport": transport, "port": port, "more": CONFIGURATION}
    wanted = json.dumps([str(folder), [BY_SOAP, BY_AMQP, *MAILBOXES], FOLDER, more])
    done = subprocess.run(
        [sys.executable, "-c", _MAKE, wanted],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=True,
        capture_output=True,
        text=True,
    )
    secrets = {AgencyCode(code): (name, secret) for code, (name, secret) in json.loads(done.stdout).items()}
    return Province(folder=folder, config=folder / "lgsp.toml", keys=folder / "keys", agencies=(), secrets=secrets)


def _run(*arguments: str) -> str:
    return subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, text=True).stdout


def _wait_for_the_notary(load: Load) -> None:
    assert load.until(lambda: load.count("entry") == 0, 30)
