"""Releases, and their code as it was, out of the history."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tomllib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from datetime import date

ROOT: Final = Path(__file__).parents[2]
_LIST: Final = Path(__file__).with_name("releases.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One that somebody may run."""

    version: str
    date: date
    commit: str
    #: Where its store stands.
    revision: str

    def unpack(self, folder: Path) -> Path:
        """Put its code there; the test is skipped where the history does not reach back, and fails in CI."""
        with tarfile.open(fileobj=BytesIO(_asked("archive", "--format=tar", self.commit))) as archive:
            archive.extractall(folder, filter="data")
        self._make_known(folder)
        return folder

    def _make_known(self, folder: Path) -> None:
        """Tell which adapters and rules it has, as if it was installed: Python asks the first place that knows it."""
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        known = folder / f"lgsp-{self.version}.dist-info"
        known.mkdir()
        (known / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: lgsp\nVersion: {self.version}\n", encoding="utf-8"
        )
        lines: list[str] = []
        for group, points in project["entry-points"].items():
            lines += [f"[{group}]", *(f"{name} = {place}" for name, place in points.items())]
        (known / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")

    def revisions(self) -> list[str]:
        """Return the revisions that its code knows, the oldest first."""
        files = _asked("ls-tree", "--name-only", self.commit, "lgsp/store/migrations/versions/").decode()
        return sorted(re.findall(r"/v(\d{4})_", files))


def releases() -> list[Release]:
    """Return them all, the oldest first."""
    return [Release(**each) for each in tomllib.loads(_LIST.read_text(encoding="utf-8"))["release"]]


def _asked(*question: str) -> bytes:
    try:
        return subprocess.run(["git", *question], cwd=ROOT, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        missing = f"the history does not reach back: git {' '.join(question[:2])}: {error}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
