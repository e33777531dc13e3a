"""PostgreSQL's own tools: kept by those who know, quick with several hands, good for other versions of the server."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from lgsp.model.errors import Misconfigured, Problem, StoreUnavailable
from lgsp.model.text import Text

#: Where Debian keeps what is not in the path.
_ELSEWHERE: Final = Path("/usr/lib/postgresql")


def dump(address: tuple[str, str], folder: Path, point: str, hands: int) -> None:
    """Write the database as it is at `point`, a snapshot that somebody keeps open, into a new folder."""
    # Documents are compressed badly and cost most: the lowest level is as small within a few per cent.
    _run("pg_dump", address, "--format=directory", f"--file={folder}", f"--jobs={hands}", "--compress=1",
         f"--snapshot={point}", "--no-owner", "--no-privileges")  # fmt: skip


def fill(address: tuple[str, str], folder: Path, hands: int) -> None:
    """Read such a folder into an empty database."""
    _run("pg_restore", address, "--format=directory", f"--jobs={hands}", "--exit-on-error", "--no-owner",
         "--no-privileges", str(folder))  # fmt: skip


def _run(program: str, address: tuple[str, str], *arguments: str) -> None:
    url, password = address  # apart: who lists processes sees no password
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [_found(program), f"--dbname={url}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[0]
        cure = Text(
            "see what it says; its version must not be older than the server's",
            "hãy xem thông báo; phiên bản công cụ không được cũ hơn máy chủ",
        )
        expected = Text("to end well", "kết thúc tốt")
        raise StoreUnavailable(Problem(element=program, expected=expected, found=said[:200], cure=cure))


def _found(program: str) -> str:
    places = [os.environ.get("PATH", ""), *sorted(map(str, _ELSEWHERE.glob("*/bin")), reverse=True)]
    path = next(filter(None, (shutil.which(program, path=place) for place in places)), None)
    if path is None:
        expected = Text("to be installed", "được cài đặt")
        cure = Text("apt-get install postgresql-client", "apt-get install postgresql-client")
        raise Misconfigured(Problem(element=program, expected=expected, cure=cure))
    return path
