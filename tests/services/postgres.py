"""A throwaway PostgreSQL."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from tests.services.server import as_user, folder, found, free_port, start, stop, wait_until

if TYPE_CHECKING:
    from subprocess import Popen

_USER = "postgres"


class Postgres:
    """A server with a folder and a port of its own. It can be stopped, killed and started again on the same data."""

    def __init__(self, *, durable: bool = True, place: Path | None = None) -> None:
        """Make the data folder, in `place` if given; `durable=False` is without fsync, for tests that pull no plug."""
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self._bin = Path(found("postgres", *(str(path) for path in reversed(versions)))).resolve().parent
        self._folder = folder(_USER, place)
        self._data, self._log = self._folder / "data", self._folder / "log"
        self._password = secrets.token_urlsafe(16)
        self._process: Popen[bytes] | None = None
        self.port = free_port()
        self._make(durable=durable)

    @property
    def url(self) -> str:
        """Where the server's own database is."""
        return self.database("postgres")

    def database(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql://{_USER}:{self._password}@127.0.0.1:{self.port}/{name}"

    @property
    def pid(self) -> int:
        """The process id, for those who count CPU."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start, and return once it answers."""
        self.launch()
        assert self._process is not None
        wait_until(self.ready, self._process, self._log)
        return self

    def launch(self) -> None:
        """Start, and return at once."""
        command = [str(self._bin / "postgres"), "-D", str(self._data)]
        self._process = start(as_user(_USER, command, stop="INT"), self._log, {"LC_ALL": "C.UTF-8"})

    @property
    def lives(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop at once and in order; sessions are ended."""
        stop(self._process, signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Stop, and remove all that was made."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, statement: str) -> None:
        """Run a statement in the server's own database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _make(self, *, durable: bool) -> None:
        secret = self._folder / "password"
        secret.write_text(self._password, encoding="utf-8")
        secret.chmod(0o644)  # inside a folder that only the server's user and we can enter
        options = ["-D", str(self._data), "-U", _USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        command = [str(self._bin / "initdb"), *options, "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        subprocess.run(as_user(_USER, command), check=True, capture_output=True, cwd="/")
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = ''\n"
                f"shared_buffers = 128MB\nmax_connections = 200\nfsync = {'on' if durable else 'off'}\n"
            )

    def ready(self) -> bool:
        """Say whether it answers."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
