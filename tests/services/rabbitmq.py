"""A throwaway RabbitMQ."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from tests.services.server import answers, as_user, folder, found, free_port, start, stop, wait_until

if TYPE_CHECKING:
    from subprocess import Popen

_USER: Final = "rabbitmq"
_BIN: Final = "/usr/lib/rabbitmq/bin"  # the programs themselves; those in /usr/sbin insist on root
_ADMIN: Final = "bus"
#: What our operators set for a cluster: which node leads a new queue.
_LEADERS: Final = next(
    line
    for line in (Path(__file__).parents[2] / "config/rabbitmq/rabbitmq.conf")
    .read_text(encoding="utf-8")
    .splitlines(keepends=True)
    if line.startswith("queue_leader_locator")
)


class RabbitMQ:
    """A node with a folder, ports and a name server (epmd) of its own, so that many live side by side.

    It can be stopped, killed and started again on the same data.
    """

    def __init__(self, first: RabbitMQ | None = None) -> None:
        """Make the folder and the configuration. With `first` it joins that node's cluster when it starts."""
        self._server = found("rabbitmq-server", _BIN)
        self._control = found("rabbitmqctl", _BIN)
        self._epmd = found("epmd")
        self._folder = folder(_USER)
        self._log = self._folder / "log"
        self._first = first
        self._password: str = first._password if first else secrets.token_urlsafe(16)
        self._cookie: str = first._cookie if first else secrets.token_hex(10)
        self._epmd_port: int = first._epmd_port if first else free_port()
        self._process: Popen[bytes] | None = None
        self._names: Popen[bytes] | None = None
        self.port, self._distribution_port = free_port(), free_port()
        self._configure()

    @property
    def url(self) -> str:
        """Where the node is, for its administrator."""
        return self.url_of(_ADMIN, self._password)

    def url_of(self, user: str, password: str) -> str:
        """Return the address for another user."""
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/"

    @property
    def name(self) -> str:
        """The node's name."""
        return f"lgsp{self.port}@localhost"

    @property
    def pid(self) -> int:
        """The process id, for those who count CPU."""
        assert self._process is not None
        return self._process.pid

    @property
    def data(self) -> Path:
        """Where the node keeps what must outlast it."""
        return self._folder / "mnesia"

    def start(self) -> Self:
        """Start, and return once it answers."""
        self.launch()
        self.await_ready()
        return self

    def await_ready(self) -> None:
        """Return once it answers."""
        assert self._process is not None
        wait_until(self.ready, self._process, self._log, seconds=120)

    def launch(self) -> None:
        """Start, and return at once. The name server lives on; nodes of a cluster share it."""
        if self._first is None and (self._names is None or self._names.poll() is not None):
            names = [self._epmd, "-address", "127.0.0.1", "-port", str(self._epmd_port)]
            self._names = start(as_user(_USER, names), self._log, self._environment())
            wait_until(lambda: answers(self._epmd_port), self._names, self._log)
        self._process = start(as_user(_USER, [self._server]), self._log, self._environment())

    def ready(self) -> bool:
        """Say whether it answers."""
        return answers(self.port)

    @property
    def lives(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop in order."""
        stop(self._process, signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Stop, and remove all that was made."""
        self.kill()  # an orderly stop takes seconds, and nobody wants the data
        if self._names is not None:
            self._names.kill()
            self._names.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` and return what it says."""
        command = as_user(_USER, [self._control, "--quiet", *arguments])
        done = subprocess.run(command, env=self._environment(), check=True, capture_output=True, text=True, cwd="/")
        return done.stdout

    def add_user(self, name: str, configure: str, write: str, read: str) -> str:
        """Add a user with these rights and return its address."""
        password = secrets.token_hex(16)  # rabbitmqctl would take one that begins with "-" for an option
        self.control("add_user", name, password)
        self.control("set_permissions", name, configure, write, read)
        return self.url_of(name, password)

    def _configure(self) -> None:
        (self._folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"default_user = {_ADMIN}\ndefault_pass = {self._password}\n"
            "log.console = true\nlog.console.level = warning\nlog.file = false\n"
            "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\n" + _LEADERS + self._joining(),
            encoding="utf-8",
        )
        (self._folder / "plugins").write_text("[].\n", encoding="utf-8")
        for path in self._folder.iterdir():
            path.chmod(0o644)  # inside a folder that only the server's user and we can enter
        cookie = self._folder / ".erlang.cookie"
        cookie.write_text(self._cookie, encoding="ascii")
        cookie.chmod(0o400)
        above = self._folder.stat()
        os.chown(cookie, above.st_uid, above.st_gid)

    def _joining(self) -> str:
        if self._first is None:
            return ""
        return (
            "cluster_formation.peer_discovery_backend = rabbit_peer_discovery_classic_config\n"
            f"cluster_formation.classic_config.nodes.1 = {self._first.name}\n"
            f"cluster_formation.classic_config.nodes.2 = {self.name}\n"
        )

    def _environment(self) -> dict[str, str]:
        place = str(self._folder)
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": place,  # the Erlang cookie lies here
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RUNNING_UNDER_SYSTEMD": "true",  # no shell stays between us and the node: its pid is ours to signal
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_CONFIG_FILE": f"{place}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{place}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{place}/mnesia",
            "RABBITMQ_LOG_BASE": place,
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{place}/generated",
            "RABBITMQ_PID_FILE": f"{place}/pid",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
