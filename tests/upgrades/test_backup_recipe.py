"""The how-to on backups is executed as it is printed, while documents flow; then the house burns down."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.store import open_engine
from tests.chaos.ground import CONFIGURATION
from tests.chaos.reckoning import reckon
from tests.conformance.reference import ROOT
from tests.province import an_agency, make_province
from tests.services.bus import COMMAND, Bus, Walk
from tests.services.callers import SoapCaller
from tests.services.server import free_port
from tests.upgrades.load import BY_SOAP, FOLDER, MAILBOXES, Load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chaos.reckoning import Books
    from tests.services.postgres import Postgres
    from tests.services.rabbitmq import RabbitMQ

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

RECIPE: Final = (ROOT / "docs/how-to/back-up-and-restore.md").read_text(encoding="utf-8")
WALKS: Final[tuple[Walk, ...]] = ("intake", "relay", "courier", "upkeep")


@pytest.fixture
def houses(postgres: Postgres, broker: RabbitMQ) -> Iterator[list[tuple[str, str]]]:
    """Give two empty places for a store and a transport."""
    names = [f"house_{free_port()}" for _ in range(2)]
    for name in names:
        postgres.run(f"CREATE DATABASE {name}")
        broker.control("add_vhost", name)
        broker.control("set_permissions", "-p", name, "bus", ".*", ".*", ".*")
    yield [(postgres.database(name), broker.url + name) for name in names]
    for name in names:
        postgres.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        broker.control("delete_vhost", name)


def test_what_was_backed_up_under_load_is_restored_elsewhere_and_nothing_is_lost(
    houses: list[tuple[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take, restore = re.findall(r"^```bash\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)
    ports = [free_port(), free_port()]
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    agencies = [*map(an_agency, (BY_SOAP, *MAILBOXES)), an_agency(FOLDER, "folder", incoming=str(incoming))]
    (store, transport), (later_store, later_transport) = houses
    province = make_province(
        tmp_path / "province", agencies, store=store, transport=transport, port=ports[0], more=CONFIGURATION
    )
    elsewhere = _rewritten(
        province.config, {store: later_store, transport: later_transport, f":{ports[0]}": f":{ports[1]}"}
    )
    engine, later_engine = open_engine(store), open_engine(later_store)
    load = Load(province, engine, ports, incoming=incoming)
    buses = [Bus(config=province.config, port=ports[0], logs=_folder(tmp_path / "first"))]
    buses.append(Bus(config=elsewhere, port=ports[1], logs=_folder(tmp_path / "second")))
    try:
        buses[0].start(*WALKS)
        buses[0].wait()
        load.start()
        assert load.moves(), buses[0].last_words()
        taken = _run(take, province.config, tmp_path)
        assert load.moves(), buses[0].last_words()
        for walk in WALKS:
            buses[0].kill(walk)
        load.engine = later_engine
        restored = _run(restore, elsewhere, tmp_path)[0]
        buses[1].start(*WALKS)
        buses[1].wait()
        anew = _send_again(load, SoapCaller(ports[1], *province.secrets[AgencyCode(BY_SOAP)]))
        assert load.moves(), buses[1].last_words()
        assert load.rest(), buses[1].last_words()
    finally:
        load.end()
        for bus in buses:
            bus.stop()
    books = load.books()
    engine.dispose()
    later_engine.dispose()
    with capsys.disabled():
        print(f"\n{len(books.papers)} documents, {restored['documents']} in the backup, {anew} accepted anew, "  # noqa: T201 - the figures are the point
              f"{restored['put_out_again']} put out again")  # fmt: skip
    assert (taken[0]["wrong"], taken[1]["wrong"]) == ([], [])
    assert (restored["faults"], restored["grew_from_head"]) == (0, True)
    assert restored["documents"] > 0 < anew
    assert reckon(_known(books)) == []


def _send_again(load: Load, caller: SoapCaller) -> int:
    """Send again all that has a receipt, as after a word to all senders; return how much was not known any more."""
    anew = 0
    for paper in [paper for paper in load.papers if paper.receipts]:
        answer = caller.send(paper.octets)
        given = answer.dispatch_id, hashlib.sha256(answer.receipt).digest()
        if given[0] != paper.receipts[0][0]:
            paper.receipts[:] = [given]
            anew += 1
        assert paper.receipts[0] == given
    caller.close()
    return anew


def _known(books: Books) -> Books:
    """Leave out what recipients got after the point under dispatch ids that no store knows any more."""
    for recipient, held in books.holdings.items():
        books.holdings[recipient] = [line for line in held if line[0] in books.dispatches]  # type: ignore[index]
    return books


def _run(block: str, config: Path, folder: Path) -> list[dict[str, Any]]:
    environment = {**os.environ, "LGSP_CONFIG": str(config), "PATH": f"{Path(COMMAND[0]).parent}:{os.environ['PATH']}"}
    commands = block.replace("/backup/", f"{folder}/backup/")
    done = subprocess.run(["bash", "-euc", commands], env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _rewritten(config: Path, changes: dict[str, str]) -> Path:
    said = config.read_text(encoding="utf-8")
    for old, new in changes.items():
        said = said.replace(old, new)
    other = config.with_name("elsewhere.toml")
    other.write_text(said, encoding="utf-8")
    return other


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
