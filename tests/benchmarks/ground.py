"""What is measured on: private servers with durability on, a province of mailboxes, and what the machine is."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import pika
import psycopg

from lgsp.model.agency import AgencyCode
from lgsp.transport.topology import rights
from signing import KeyKind
from tests.benchmarks.papers import RECIPIENTS, SENDERS
from tests.benchmarks.plain import Place
from tests.province import an_agency, make_province
from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.province import Province

_LIBRARIES: Final = ("lgsp", "lxml", "xmlsec", "cryptography", "sqlalchemy", "psycopg", "pika", "uvicorn", "structlog")
#: An adapter that takes whatever comes at no cost: what goes to a system outside passes the broker's queues and the
#: courier, which the bus spares a mailbox of its own.
ELSEWHERE: Final = "elsewhere"
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The servers and the folder of one run."""

    folder: Path
    postgres: Postgres
    broker: RabbitMQ

    def fresh_place(self) -> Place:
        """Return an empty database and an empty virtual host, where the senders may hand in."""
        name = f"bench_{next(_numbers)}"
        self.postgres.run(f"CREATE DATABASE {name}")
        self.broker.control("add_vhost", name)
        self.broker.control("set_permissions", "-p", name, "bus", ".*", ".*", ".*")
        for code in SENDERS:
            may = rights(AgencyCode(code))
            self.broker.control("set_permissions", "-p", name, code, may.configure, may.write, may.read)
        return Place(name, self.postgres.database(name), self.broker.url + name, self.folder / "keys")

    def province(self, place: Place, adapter: str = "mailbox") -> Province:
        """Return a province there, with the keys that all provinces of this run share."""
        return make_province(
            self.folder / place.name,
            [an_agency(code, adapter) for code in (*SENDERS, *RECIPIENTS)],
            store=place.store,
            transport=place.broker,
            port=free_port(),
            kind=KeyKind.RSA_2048,
            keys=place.keys,
            more=f'[blobs]\nfolder = "{self.blobs(place)}"\n',
        )

    def blobs(self, place: Place) -> Path:
        """Return where a province there keeps large documents."""
        return self.folder / place.name / "blobs"

    def fresh_province(self, adapter: str = "mailbox") -> Province:
        """Return a province at a place of its own."""
        return self.province(self.fresh_place(), adapter)

    def peer_place(self) -> Place:
        """Return a place with the one table and the one queue that a peer writes to."""
        place = self.fresh_place()
        with psycopg.connect(place.store, autocommit=True) as connection:
            connection.execute("CREATE TABLE peer (id text PRIMARY KEY, octets bytea, at timestamptz DEFAULT now())")
        with closing(pika.BlockingConnection(pika.URLParameters(place.broker))) as link:
            link.channel().queue_declare("peer", durable=True, arguments={"x-queue-type": "quorum"})
        return place


@contextmanager
def _installed(folder: Path) -> Iterator[None]:
    """Let the processes of the bus know the adapter ELSEWHERE, as if a package had been installed."""
    package = folder / "installed" / "elsewhere-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n", encoding="utf-8")
    points = f"[lgsp.adapters]\n{ELSEWHERE} = adapters.mailbox:Mailbox\n"
    (package / "entry_points.txt").write_text(points, encoding="utf-8")
    path = [str(package.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    with patch.dict(os.environ, {"PYTHONPATH": os.pathsep.join(path)}):
        yield


@contextmanager
def prepared() -> Iterator[tuple[Ground, dict[str, str]]]:
    """Start the servers; yield them with each sender's address at the broker, the virtual host left out."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="lgsp-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(_installed(folder))
        postgres = Postgres()
        stack.callback(postgres.close)
        broker = RabbitMQ()
        stack.callback(broker.close)
        ground = Ground(folder=folder, postgres=postgres.start(), broker=broker.start())
        yield ground, {code: broker.add_user(code, "^$", "^$", "^$") for code in SENDERS}


def about(ground: Ground) -> dict[str, str]:
    """Return what a reader of figures must know."""
    with psycopg.connect(ground.postgres.url) as connection:
        database = connection.execute("SHOW server_version").fetchone()
        waits = connection.execute("SHOW synchronous_commit").fetchone()
        flushes = connection.execute("SHOW fsync").fetchone()
    link = pika.BlockingConnection(pika.URLParameters(ground.broker.url))
    broker = link._impl.server_properties["version"]  # type: ignore[attr-defined]  # pika shows it nowhere else
    link.close()
    cores, memory = len(os.sched_getaffinity(0)), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": f"{_processor()}, {cores} cores, {memory:.0f} GiB, Linux {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "python": platform.python_version(),
        "PostgreSQL": f"{_first(database)}, synchronous_commit={_first(waits)}, fsync={_first(flushes)}",
        "RabbitMQ": f"{broker}, quorum queues, one node",
        "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
    }


def _first(row: tuple[object, ...] | None) -> str:
    return str(row[0]) if row else "?"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
