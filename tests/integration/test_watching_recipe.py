"""The how-to on watching the log is executed as it is printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, update
from starlette.applications import Starlette

from lgsp.api import evidence
from lgsp.model.delivery import Status
from lgsp.store import tables
from lgsp.store.engine import commit
from tests.conformance.reference import ROOT
from tests.dispatches import RECIPIENT, SENDER, a_dispatch, an_outcome
from tests.province import an_agency, make_province
from tests.soap import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.assembly import Assembly
    from tests.province import Province

PAGE = (ROOT / "docs/how-to/watch-the-log.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not (all(map(shutil.which, ("curl", "openssl"))) or os.environ.get("CI")), reason="curl or openssl is missing"
    ),
]


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return make_province(tmp_path, [an_agency(SENDER), an_agency(RECIPIENT)])


@pytest.fixture
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        _day(assembly)
        yield assembly


def _day(bus: Assembly) -> None:
    """Let something happen, and a head be signed over it."""
    sent = a_dispatch()
    bus.ledger.accept([sent])
    bus.ledger.record([an_outcome((sent, RECIPIENT), Status.DELIVERED)])
    bus.notary.sweep()


def _followed(province: Province, url: str, *blocks: str) -> subprocess.CompletedProcess[str]:
    """Do what the page says in these blocks, as an operator in a shell."""
    script = "set -eu\n" + "".join(blocks).replace("https://lgsp.example.vn", url)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=province.folder,
        env={**os.environ, "PATH": path, "LGSP_CONFIG": str(province.config)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_command_of_the_page_works(province: Province, bus: Assembly) -> None:
    with served(Starlette(routes=evidence(bus.log, bus.directory, bus.views))) as url:
        done = _followed(province, url, *BLOCKS)
        assert done.returncode == 0, done.stderr
        assert "Verified OK" in done.stdout
        assert "size: " in done.stdout
        kept = (province.folder / "heads.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(kept) == 2  # one by each way to keep it
        _followed(province, url, *BLOCKS[:2])
        assert len((province.folder / "heads.jsonl").read_text(encoding="utf-8").splitlines()) == 4


def test_a_witness_who_follows_the_page_finds_a_log_that_was_rewritten(province: Province, bus: Assembly) -> None:
    keep, compare = BLOCKS[0], next(block for block in BLOCKS if "consistency" in block)
    with served(Starlette(routes=evidence(bus.log, bus.directory, bus.views))) as url:
        assert _followed(province, url, keep, compare).returncode == 0
        commit(bus.engine, lambda c: [c.execute(delete(t)) for t in (tables.leaf, tables.tile, tables.head)])
        for _ in range(9):  # another log, longer than the one that was
            bus.ledger.accept([a_dispatch(), a_dispatch()])
        bus.notary.sweep()
        assert _followed(province, url, compare).returncode == 1


def test_an_operator_who_follows_the_page_finds_a_changed_row(province: Province, bus: Assembly) -> None:
    (block,) = [block for block in BLOCKS if "audit" in block]
    commit(bus.engine, lambda c: c.execute(update(tables.certificate).values(agency=SENDER)))
    done = _followed(province, "", block)
    assert done.returncode == 1
    assert '"certificate"' in done.stdout
