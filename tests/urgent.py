"""The bus with a backlog at every stage, into which an urgent document is sent."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self
from uuid import uuid4

import pika
from sqlalchemy import func, select

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt, Status
from lgsp.model.envelope import Arrival
from lgsp.store.engine import look
from lgsp.store.tables import delivery
from lgsp.transport.topology import INTAKE, URGENT_INTAKE, rights
from signing import KeyKind
from tests.backlog import fill_outbox, fill_queue, parcels
from tests.builders import a_document
from tests.province import an_agency, make_province
from tests.services.bus import COMMAND, Bus
from tests.services.callers import SoapCaller
from tests.services.server import answers, free_port

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lgsp.assembly import Assembly
    from lgsp.model.agency import Agency
    from tests.province import Province
    from tests.services.postgres import Postgres
    from tests.services.rabbitmq import RabbitMQ

TARGET_SECONDS: Final = 2.0
SENDER: Final = AgencyCode("000.00.01.H03")
RECIPIENT: Final = AgencyCode("000.00.11.H03")
_PATIENCE_SECONDS: Final = 60


@dataclass(kw_only=True)
class Overtaking:
    """A bus that has much to do; it runs while the context is open."""

    province: Province
    #: The sender's address at the broker.
    broker_url: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)
    _sent: int = 0

    def __enter__(self) -> Self:
        self.assembly: Assembly = self._stack.enter_context(closing(self.province.assembly()))
        self.port = _port(self.assembly)
        if self.broker_url:
            bus = Bus(config=self.province.config, port=self.port, logs=self.province.folder)
            self._stack.enter_context(bus)
        else:
            self._stack.enter_context(_serving(self.province, self.port))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def waiting(self) -> int:
        """Return how many deliveries are on their way."""
        counts = self.assembly.views.counts()
        return counts[Status.ACCEPTED] + counts[Status.QUEUED]

    def send_urgent(self, door: str) -> float:
        """Hand in an urgent document and return after how many seconds its recipient had it."""
        octets = self.signed(priority=3)
        begun = time.monotonic()
        if door == "amqp":
            published(self.broker_url, self.province.secrets[SENDER][0], URGENT_INTAKE, [octets])
        else:
            with closing(SoapCaller(self.port, *self.province.secrets[SENDER])) as caller:
                caller.send(octets)
        self._sent += 1
        there = select(func.count()).where(delivery.c.priority == 3, delivery.c.status == Status.DELIVERED)
        while look(self.assembly.engine, lambda c: c.execute(there).scalar_one()) < self._sent:
            assert time.monotonic() - begun < _PATIENCE_SECONDS, "the urgent document does not arrive"
            time.sleep(0.01)
        return time.monotonic() - begun

    def signed(self, priority: int = 0) -> bytes:
        """Return a new document of the sender."""
        document = a_document(sender=SENDER, recipients=[RECIPIENT], number=uuid4().hex[:8], priority=priority)
        return self.province.signed(document, SENDER)


def embedded(folder: Path, waiting: int) -> Overtaking:
    """Return the bus in one process on SQLite, with `waiting` documents in the outbox and as many in the queue."""
    province = make_province(folder, _agencies(folder), port=free_port(), kind=KeyKind.RSA_2048)
    overtaking = Overtaking(province=province)
    with closing(province.assembly()) as assembly:
        _first(assembly, overtaking)
        fill_outbox(assembly.engine, waiting)
        fill_queue(assembly.engine, waiting)
    return overtaking


def on_servers(folder: Path, postgres: Postgres, broker: RabbitMQ, waiting: int) -> Overtaking:
    """Return the bus in three processes on PostgreSQL and RabbitMQ.

    `waiting` documents are in the outbox, as many in the recipient's queue, and as many at the door.
    """
    name = f"urgent_{uuid4().hex[:8]}"
    postgres.run(f"CREATE DATABASE {name}")
    broker.control("add_vhost", name)
    broker.control("set_permissions", "-p", name, "bus", ".*", ".*", ".*")
    province = make_province(
        folder,
        _agencies(folder),
        store=postgres.database(name),
        transport=broker.url + name,
        port=free_port(),
        kind=KeyKind.RSA_2048,
    )
    may = rights(SENDER)
    system, _ = province.secrets[SENDER]
    user = broker.add_user(system, "^$", "^$", "^$")
    broker.control("set_permissions", "-p", name, system, may.configure, may.write, may.read)
    overtaking = Overtaking(province=province, broker_url=user + name)
    with closing(province.assembly()) as assembly:
        _first(assembly, overtaking)
        for portion in parcels(assembly.engine, waiting):
            assembly.transport.publish(portion)
        fill_outbox(assembly.engine, waiting)
        for agency in province.agencies:
            assembly.provide(agency)
    papers = [overtaking.signed() for _ in range(min(waiting, 500))]
    published(user + name, system, INTAKE, (papers[n % len(papers)] for n in range(waiting)))
    return overtaking


def published(url: str, system: str, exchange: str, octets: Iterable[bytes]) -> None:
    """Publish documents as the sender's system does, in windows."""
    properties = pika.BasicProperties(user_id=system, delivery_mode=2, content_type="application/xml")
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.tx_select()
        for number, each in enumerate(octets, 1):
            channel.basic_publish(exchange, "", each, properties, mandatory=True)
            if number % 500 == 0:
                channel.tx_commit()
        channel.tx_commit()


def _agencies(folder: Path) -> list[Agency]:
    """Return a sender, and a recipient whose system gets its documents from a queue."""
    incoming = folder / "incoming"
    incoming.mkdir()
    return [an_agency(SENDER), an_agency(RECIPIENT, "folder", incoming=str(incoming))]


def _first(assembly: Assembly, overtaking: Overtaking) -> None:
    """Accept the document that all others are copies of."""
    octets = overtaking.signed()
    arrival = Arrival(octets=octets, caller=SENDER, door="test", correlation="first", arrived=datetime.now(UTC))
    (answer,) = assembly.intake.accept([arrival])
    assert isinstance(answer, Receipt), answer


@contextmanager
def _serving(province: Province, port: int) -> Iterator[None]:
    """Run `lgsp serve`."""
    with (province.folder / "serve.log").open("wb") as log:
        command = ["setpriv", "--pdeathsig", "KILL", "--", *COMMAND, "serve", "--config", str(province.config)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + _PATIENCE_SECONDS
        while not answers(port):
            assert process.poll() is None, "lgsp serve has ended"
            assert time.monotonic() < until, "lgsp serve does not answer"
            time.sleep(0.05)
        try:
            yield
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


def _port(assembly: Assembly) -> int:
    return int(assembly.settings.http.bind.rpartition(":")[2])
