"""The ground of a storm: servers of its own, lines to them that can be cut, systems of agencies, a province."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from adapters.simulators.running import running
from adapters.simulators.simulator import Fault
from lgsp.model.agency import AgencyCode
from lgsp.transport.amqp.link import addresses
from lgsp.transport.topology import rights
from tests.chaos.papers import AWAY, BY_AMQP, BY_SOAP, FOLDER, MAILBOXES, MINISTRY, REFUSING
from tests.chaos.people import Ministry
from tests.chaos.scene import Scene
from tests.chaos.storm import Storm
from tests.province import an_agency, make_province
from tests.services.bus import Bus
from tests.services.proxy import Proxy
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from adapters.simulators.running import Running
    from lgsp.model.agency import Agency
    from tests.chaos.storm import Plan
    from tests.chaos.told import Told
    from tests.services.bus import Walk
    from tests.services.cluster import Cluster
    from tests.services.postgres import Postgres

CONFIGURATION: Final = """
[intake]
batch_limit = 8

[evidence]
head_every_seconds = 1

[delivery]
batch_limit = 20
lease_seconds = 2
first_pause_seconds = 0.2
longest_pause_seconds = 1
"""
#: How soon RabbitMQ and the bus notice that the other stands still; twice that and it counts as gone.
_HEARTBEAT_SECONDS: Final = 2
_RECIPIENT_SECONDS: Final = 1.0


@dataclass(kw_only=True)
class Ground:
    """Where storms take place."""

    folder: Path
    postgres: Postgres
    broker: RabbitMQ | Cluster
    #: A small disk, on which PostgreSQL writes too.
    disk: Path | None = None

    def storm(self, plan: Plan, seed: int, programs: Mapping[Walk, Sequence[str]] | None = None) -> Told:
        """Run a plan in a province of its own, on a database and a virtual host of its own."""
        name = f"chaos_{free_port()}"
        self.postgres.run(f"CREATE DATABASE {name} TEMPLATE ready")
        users = self._virtual_host(name)
        incoming = (self.disk or self.folder) / f"incoming-{name}"
        incoming.mkdir()
        with ExitStack() as stack:
            ministry = stack.enter_context(running(Ministry()))
            refusing = stack.enter_context(running(Ministry()))
            refusing.system.fault = Fault.REFUSE
            ministry.system.slow_seconds = 1.5 * _RECIPIENT_SECONDS
            store_line = stack.enter_context(Proxy(self.postgres.port))
            one = self.broker if isinstance(self.broker, RabbitMQ) else None
            queue_line = stack.enter_context(Proxy(one.port)) if one else None
            queues = _by(one.url, one.port, queue_line) if one and queue_line else self.broker.url
            port = free_port()
            province = make_province(
                self.folder / name,
                [*map(an_agency, (*BY_SOAP, *BY_AMQP, *MAILBOXES)), *self._systems(ministry, refusing, incoming)],
                store=_by(self.postgres.database(name), self.postgres.port, store_line),
                transport=f"{queues}{name}?heartbeat={_HEARTBEAT_SECONDS}",
                port=port,
                more=CONFIGURATION,
            )
            scene = Scene(
                bus=Bus(config=province.config, port=port, logs=self.folder),
                postgres=self.postgres,
                broker=self.broker,
                store_line=store_line,
                queue_line=queue_line,
                ministry=ministry,
                random=Random(seed),
                disk=self.disk,
            )
            scene.programs.update(programs or {})
            told = Storm(plan, scene, province, users).run(
                lambda: {
                    FOLDER: _files_in(incoming),
                    MINISTRY: ministry.system.stored,
                    REFUSING: refusing.system.stored,
                }
            )
        self.broker.control("delete_vhost", name)
        self.postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
        return told

    def _systems(self, ministry: Running[Ministry], refusing: Running[Ministry], incoming: Path) -> Iterator[Agency]:
        yield an_agency(FOLDER, "folder", incoming=str(incoming))
        nowhere = f"http://127.0.0.1:{free_port()}"
        for code, system, address in (
            (MINISTRY, ministry.system, ministry.address),
            (REFUSING, refusing.system, refusing.address),
            (AWAY, Ministry(), nowhere),
        ):
            place = self.folder / code
            place.mkdir(exist_ok=True)
            options = {k: v for k, v in system.options(address, place).items() if k != "feed"}
            yield an_agency(code, "ministry_rest", timeout_seconds=_RECIPIENT_SECONDS, **options)

    def _virtual_host(self, name: str) -> dict[str, list[str]]:
        """Make a virtual host in which each agency may publish to the bus and read its own receipts, no more."""
        control = self.broker.control
        control("add_vhost", name)
        control("set_permissions", "-p", name, "bus", ".*", ".*", ".*")
        known = control("list_users")
        users = {}
        for code in BY_AMQP:
            if code not in known:
                control("add_user", code, _password(code))
            own = rights(AgencyCode(code))
            control("set_permissions", "-p", name, code, own.configure, own.write, own.read)
            users[code] = addresses(f"{self.broker.url_of(code, _password(code))}{name}")
        return users


def _password(code: str) -> str:
    return f"secret-{code}"


def _by(url: str, port: int, line: Proxy) -> str:
    return url.replace(f":{port}/", f":{line.port}/")


def _files_in(folder: Path) -> list[tuple[str, str]]:
    """Return what a folder holds, as an agency's own system reads it: dispatch id and SHA-256."""
    files = [file for file in folder.iterdir() if not file.name.startswith(".")]
    return [(file.name.partition("-")[0], hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]
