"""The how-to on verifying evidence is executed as it is printed, with none of our code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from lgsp.container.contents import COVER, PROOFS, RECEIPT, ROWS
from lgsp.container.zipped import pack, unpack
from signing import cover
from tests.conformance.reference import ROOT
from tests.containers import NOW, World, a_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECIPE = (ROOT / "docs/how-to/verify-evidence-without-lgsp.md").read_text(encoding="utf-8")
TOOLS = ("unzip", "xxd", "xmlsec1", "openssl", "sha256sum")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not (all(map(shutil.which, TOOLS)) or os.environ.get("CI")), reason=f"one of {', '.join(TOOLS)} is missing"
    ),
]


@pytest.fixture(scope="module")
def world() -> World:
    return a_world()


def followed(folder: Path, world: World, container: bytes) -> subprocess.CompletedProcess[str]:
    """Do what the page says."""
    (folder / "evidence.asice").write_bytes(container)
    for name in ("authority.crt", "time.crt"):
        (folder / name).write_bytes((world.province.keys / name).read_bytes())
    blocks = re.findall(r"^```bash\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)
    command = ["bash", "-c", "".join(blocks)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_a_true_container_passes_every_step(world: World, tmp_path: Path) -> None:
    done = followed(tmp_path, world, world.packed())
    assert done.returncode == 0, done.stderr
    newest = world.bus.log.newest()
    assert newest is not None
    grew = f"the log of {world.heads[0].size} leaves grew into the one of {newest.size}"
    arrived, accepted = (f"status-{status.dispatch_id}: " for status in world.statuses)
    answers = f"{arrived}status 01, signed by nobody but the bus", f"{accepted}its sender signed status 03"
    for said in ("leaf ", "Verified OK", "Verification: OK", "Time stamp: ", grew, *answers):
        assert said in done.stdout + done.stderr


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


def _more(files: dict[str, bytes]) -> None:
    files["more.txt"] = b"more"


def _status(old: bytes, new: bytes, file: str = "document.edxml", which: int = 1) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        name = f"status-{a_world().statuses[which].dispatch_id}/{file}"
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


def _head_of_another(files: dict[str, bytes]) -> None:
    files["heads/first.tst"] = files["heads/first.tst"][:-1] + b"\x00"


CHANGES = {
    "document": _replaced("document.edxml", b"UBND", b"UBMD"),
    "receipt": _replaced(RECEIPT, b"<Sender>", b"<Sender> "),
    "row": _replaced(ROWS, b'"delivered"', b'"refused"'),
    "acceptance": _replaced(ROWS, b'"digest":"', b'"digest":"0'),
    "path": _replaced(PROOFS, b"\n", b" " + b"0" * 64 + b"\n"),
    "head": _replaced("heads/newest.txt", b"size: ", b"size: 1"),
    "growth": _replaced("consistency.txt", b"\n", b" " + b"0" * 64 + b"\n"),
    "stamp": _head_of_another,
    "status": _status(b">03<", b">02<"),
    "unsigned-status": _status(b">01<", b">03<", which=0),
    "receipt-of-status": _status(b"<Sender>", b"<Sender> ", "receipt.xml"),
    "seal-of-status": _status(b"<SignatureValue>", b"<SignatureValue>A", "seal.xml"),
    "version": _replaced("manifest.txt", b"container 1", b"container 2"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_forged_container_fails_though_its_cover_was_signed_again(world: World, tmp_path: Path, name: str) -> None:
    files = unpack(world.packed())
    del files[COVER]
    CHANGES[name](files)
    forged = b"".join(pack({**files, COVER: cover(files, world.bus.keys.current(), NOW)}))
    assert followed(tmp_path, world, forged).returncode != 0


@pytest.mark.parametrize("change", [*CHANGES.values(), _more], ids=[*CHANGES, "more"])
def test_a_changed_container_fails_by_its_cover(world: World, tmp_path: Path, change: Callable[..., None]) -> None:
    files = unpack(world.packed())
    change(files)
    done = followed(tmp_path, world, b"".join(pack(files)))
    assert done.returncode != 0
    assert "leaf" not in done.stdout
