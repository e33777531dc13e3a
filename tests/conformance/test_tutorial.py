"""The tutorial is executed as it is printed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from tests.conformance.reference import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TUTORIAL = ROOT / "docs/tutorials/first-adapter.md"
_BLOCK = re.compile(r"^```(?:python|sql|toml)\n(?:#|--) ([\w.]+)(?:, continued)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _files() -> dict[str, str]:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for name, content in _BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        files[name].append(content)
    return {name: "\n\n".join(parts) for name, parts in files.items()}


def _contract(folder: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf", "-W", "error", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout


def test_the_adapter_of_the_tutorial_passes_the_contract(tmp_path: Path) -> None:
    for name, content in _files().items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert re.search(r"^\d+ passed, 2 skipped", _contract(tmp_path), re.MULTILINE)


def test_the_contract_sees_what_the_tutorial_breaks_on_purpose(tmp_path: Path) -> None:
    for name, content in _files().items():
        broken = content.replace(" ON CONFLICT (dispatch_id) DO NOTHING", "")
        (tmp_path / name).write_text(broken, encoding="utf-8")
    assert "FAILED test_clerks.py::TestClerks::test_the_same_delivery_again_makes_no_double" in _contract(tmp_path)


def test_the_tutorial_names_the_group_that_the_bus_reads() -> None:
    project = tomllib.loads(_files()["pyproject.toml"])["project"]
    (group,) = project["entry-points"]
    assert entry_points(group=group).names >= {"mailbox", "folder"}
