"""What the throwaway servers share: a folder, the right user, free ports, and an end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence

_STOP_SECONDS: Final = 30
_ROOM_BYTES: Final = 2 << 30


class Missing(Exception):
    """The server is not installed on this machine; the message says what is missing."""


def folder(user: str, place: Path | None = None) -> Path:
    """Return a new folder that only `user` may read, in `place` or where such folders go."""
    path = Path(tempfile.mkdtemp(prefix="lgsp-", dir=place))
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def in_memory() -> Path | None:
    """Return where files live in memory alone, if there is such a place with room to spare."""
    place = Path("/dev/shm")
    return place if place.is_dir() and shutil.disk_usage(place).free > _ROOM_BYTES else None


def free_port() -> int:
    """Return a port on loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_user(user: str, command: Sequence[str], stop: str = "TERM") -> list[str]:
    """Return `command` run as `user` where we are root, and told to `stop` when this process is gone."""
    drop = [f"--reuid={user}", f"--regid={user}", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *drop, "--pdeathsig", stop, "--", *command]


def start(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a server in the background, all that it says going to `log`."""
    with log.open("ab") as said:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=dict(environment), cwd="/"
        )


def stop(process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    """Ask a server to end, and end it when it does not."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Return once `ready()`; raise with the log's end when the server has died or the time is over."""
    until = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def answers(port: int) -> bool:
    """Return whether somebody listens."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def found(program: str, *places: str) -> str:
    """Return where a program is. Raises Missing."""
    path = shutil.which(program, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))
    if path is None:
        raise Missing(f"{program} is not installed; tests/services/install installs it")
    return path
