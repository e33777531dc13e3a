"""The AMQP door at a real RabbitMQ, with the real intake behind it: nothing vanishes, and nobody speaks for another."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any

import pika
import pytest
from lxml import etree
from pika.exceptions import ChannelClosedByBroker

from lgsp.amqp import AmqpDoor
from lgsp.amqp.line import Incoming, Line
from lgsp.amqp.queues import DEAD_QUEUE, receipt_queue
from lgsp.exchange import NAMESPACE
from lgsp.model.agency import AgencyCode
from lgsp.model.errors import StoreUnavailable, TransportUnavailable
from lgsp.model.lane import Lane
from lgsp.transport.topology import BUS_RIGHTS, INTAKE, URGENT_INTAKE, rights
from tests.builders import a_document
from tests.province import Province, an_agency, make_province
from tests.soap import exchange_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pika.spec import BasicProperties

    from lgsp.amqp.door import Intake
    from lgsp.assembly import Assembly
    from lgsp.model.delivery import Receipt, Refusal
    from lgsp.model.envelope import Arrival
    from tests.services.rabbitmq import RabbitMQ

COMMITTEE = AgencyCode("000.00.00.H03")
DEPARTMENT = AgencyCode("000.00.11.H03")
RECEIPTS = receipt_queue(COMMITTEE).name
NUMBERS = count(1)

Message = tuple["BasicProperties", bytes]


@dataclass(kw_only=True)
class House:
    """A virtual host of its own, with a user for the bus and one for each agency's system."""

    broker: RabbitMQ
    name: str
    passwords: dict[str, str] = field(default_factory=dict)

    def url(self, user: str) -> str:
        """Return the address for a user."""
        return f"amqp://{user}:{self.passwords[user]}@127.0.0.1:{self.broker.port}/{self.name}"

    def add(self, user: str, configure: str, write: str, read: str) -> None:
        """Let a user in."""
        self.passwords[user] = f"secret-{user}"
        self.broker.control("add_user", user, self.passwords[user])
        self.broker.control("set_permissions", "-p", self.name, user, configure, write, read)

    def hand_in(self, user: str, *messages: tuple[bytes, dict[str, Any]], exchange: str = INTAKE) -> None:
        """Publish to the exchange as a user, and wait until the broker has it."""
        with closing(pika.BlockingConnection(pika.URLParameters(self.url(user)))) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for octets, properties in messages:
                channel.basic_publish(exchange, "", octets, pika.BasicProperties(**properties), mandatory=True)

    def take(self, queue: str) -> list[Message]:
        """Take everything out of a queue."""
        found: list[Message] = []
        with closing(pika.BlockingConnection(pika.URLParameters(self.url("lgsp-bus")))) as connection:
            channel = connection.channel()
            channel.queue_declare(queue, passive=True)
            while True:
                method, properties, octets = channel.basic_get(queue, auto_ack=True)
                if method is None or properties is None or octets is None:
                    return found
                found.append((properties, octets))

    def cut(self) -> None:
        """End every connection."""
        self.broker.control("close_all_connections", "-p", self.name, "cut by the test")

    def waiting(self) -> int:
        """Return how many messages the intake queue still holds once every door is closed."""
        most = 0
        with closing(pika.BlockingConnection(pika.URLParameters(self.url("lgsp-bus")))) as connection:
            channel = connection.channel()
            for _ in range(5):  # what a closed door held comes back a moment later
                most = max(most, channel.queue_declare(INTAKE, passive=True).method.message_count)
                connection.sleep(0.05)
        return most


@pytest.fixture(scope="module")
def house(broker: RabbitMQ) -> Iterator[House]:
    name = "doors"
    broker.control("add_vhost", name)
    made = House(broker=broker, name=name)
    made.add("lgsp-bus", BUS_RIGHTS.configure, BUS_RIGHTS.write, BUS_RIGHTS.read)
    made.add("stranger", "^$", f"^{INTAKE}$", "^$")
    for code in (COMMITTEE, DEPARTMENT):
        wanted = rights(code)
        made.add(code, wanted.configure, wanted.write, wanted.read)
    yield made
    broker.control("delete_vhost", name)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    return make_province(tmp_path_factory.mktemp("bus") / "province", [an_agency(c) for c in (COMMITTEE, DEPARTMENT)])


@pytest.fixture
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        yield assembly


def a_door(url: str, bus: Assembly, intake: Intake | None = None, lane: Lane = Lane.ORDINARY) -> AmqpDoor:
    """Return a door of this bus."""
    return AmqpDoor(url, intake=intake or bus.intake, directory=bus.directory, notices=bus.notices, lane=lane)


def test_the_urgent_door_is_open_while_the_ordinary_one_has_its_hands_full(
    house: House, province: Province, bus: Assembly
) -> None:
    url = house.url("lgsp-bus")
    with closing(a_door(url, bus)) as ordinary, closing(a_door(url, bus, lane=Lane.URGENT)) as urgent:
        ordinary.step(0.1)
        urgent.step(0.1)
        waiting = province.signed(a_document(number=f"{next(NUMBERS)}"), COMMITTEE)
        house.hand_in(COMMITTEE, *[(waiting, {"user_id": COMMITTEE})] * 3)
        first = province.signed(a_document(number=f"{next(NUMBERS)}", priority=4), COMMITTEE)
        house.hand_in(COMMITTEE, (first, {"user_id": COMMITTEE, "message_id": "khan"}), exchange=URGENT_INTAKE)
        assert urgent.step(5) == 1
        assert [properties.message_id for properties, _ in house.take(RECEIPTS)] == ["khan"]
        while ordinary.step(1):
            pass
    assert len(house.take(RECEIPTS)) == 3


@pytest.fixture
def door(house: House, bus: Assembly) -> Iterator[AmqpDoor]:
    with closing(
        AmqpDoor(house.url("lgsp-bus"), intake=bus.intake, directory=bus.directory, notices=bus.notices)
    ) as made:
        assert made.step(0) == 0
        yield made


def a_signed_document(province: Province) -> bytes:
    octets = a_document(sender=COMMITTEE, recipients=[DEPARTMENT], number=f"A{next(NUMBERS)}")
    return province.signed(octets, COMMITTEE)


def worked(door: AmqpDoor, wanted: int) -> None:
    """Step until so many messages are done."""
    done = 0
    for _ in range(20):
        done += door.step(0.5)
        if done >= wanted:
            break
    assert done == wanted


def received(line: Line, wanted: int) -> list[Incoming]:
    """Receive until so many are there."""
    found: list[Incoming] = []
    for _ in range(20):
        found += line.receive(wanted - len(found), 0.5)
        if len(found) == wanted:
            break
    return found


def until_quiet(door: AmqpDoor) -> None:
    """Step through outages until nothing comes any more."""
    quiet = 0
    for _ in range(50):
        try:
            quiet = 0 if door.step(0.2) else quiet + 1
        except TransportUnavailable:
            quiet = 0
        if quiet == 3:
            return


class Watched:
    """The real intake, with something that happens once before or after it."""

    def __init__(self, bus: Assembly, *, before: Exception | None = None, after: object = None) -> None:
        self._bus, self._before, self._after = bus, before, after
        self.batches: list[int] = []

    def accept(self, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
        self.batches.append(len(arrivals))
        error, self._before = self._before, None
        if error is not None:
            raise error
        answers = self._bus.intake.accept(arrivals)
        after, self._after = self._after, None
        if callable(after):
            after()
        return answers


def test_a_document_handed_in_by_amqp_gets_its_receipt(house: House, door: AmqpDoor, province: Province) -> None:
    properties = {"user_id": str(COMMITTEE), "correlation_id": "ma-1", "message_id": "tin-1"}
    house.hand_in(COMMITTEE, (a_signed_document(province), properties))
    worked(door, 1)
    ((answer, octets),) = house.take(RECEIPTS)
    assert etree.QName(etree.fromstring(octets)).text == "{urn:lgsp:receipt:1}Receipt"
    assert (answer.correlation_id, answer.message_id, answer.type) == ("ma-1", "tin-1", "receipt")
    assert answer.headers is not None
    assert answer.headers["lgsp-correlation"] == "ma-1"
    door.close()
    assert house.waiting() == 0


def test_a_document_uploaded_before_is_handed_in_by_its_digest_and_answered_as_ever(
    house: House, door: AmqpDoor, province: Province, bus: Assembly
) -> None:
    octets = a_signed_document(province)
    digest = sha256(octets).hexdigest()
    claim = (b"", {"user_id": COMMITTEE, "headers": {"lgsp-claim": digest}})
    house.hand_in(COMMITTEE, claim)
    worked(door, 1)
    ((refused, _),) = house.take(RECEIPTS)
    assert (refused.type, (refused.headers or {})["lgsp-code"]) == ("error", "LGSP-1700")
    assert bus.blobs is not None
    assert bus.uploads is not None
    bus.blobs.keep({digest: octets})
    bus.uploads.add(COMMITTEE, digest)
    house.hand_in(COMMITTEE, claim, (octets, {"user_id": COMMITTEE}))
    worked(door, 2)
    (first, receipt), (second, again) = house.take(RECEIPTS)
    assert (first.type, second.type) == ("receipt", "receipt")
    assert receipt == again


def test_a_batch_with_a_bad_document_receipts_the_others(house: House, bus: Assembly, province: Province) -> None:
    good = [a_signed_document(province) for _ in range(9)]
    bad = a_signed_document(province).replace(b"H03", b"H04", 1)
    mine = {"user_id": str(COMMITTEE)}
    with closing(a_door(house.url("lgsp-bus"), bus, watched := Watched(bus))) as door:
        door.step(0)
        house.hand_in(COMMITTEE, *((octets, mine) for octets in [*good[:4], bad, *good[4:]]))
        worked(door, 10)
    assert len(watched.batches) < 10
    answers = house.take(RECEIPTS)
    assert [properties.type for properties, _ in answers] == ["receipt"] * 4 + ["error"] + ["receipt"] * 5
    refused, octets = answers[4]
    exchange_schema().validate(octets.decode())
    assert refused.headers is not None
    assert refused.headers["lgsp-code"] == etree.fromstring(octets).findtext(f"{{{NAMESPACE}}}Code")


def test_the_same_document_twice_gets_the_first_receipt_twice(house: House, door: AmqpDoor, province: Province) -> None:
    octets = a_signed_document(province)
    house.hand_in(COMMITTEE, *[(octets, {"user_id": str(COMMITTEE)})] * 2)
    worked(door, 2)
    (_, first), (_, second) = house.take(RECEIPTS)
    assert first == second


def test_the_broker_itself_refuses_who_speaks_for_another(house: House, door: AmqpDoor, province: Province) -> None:
    with pytest.raises(ChannelClosedByBroker, match="user_id"):
        house.hand_in(DEPARTMENT, (a_signed_document(province), {"user_id": str(COMMITTEE)}))
    assert door.step(0) == 0


@pytest.mark.parametrize(("properties", "reason"), [({}, "no property"), ({"user_id": "stranger"}, "names no system")])
def test_what_nobody_answers_for_lies_with_the_dead_and_its_reason(
    house: House, door: AmqpDoor, province: Province, properties: dict[str, str], reason: str
) -> None:
    octets = a_signed_document(province)
    house.hand_in("stranger", (octets, properties | {"message_id": "tin-2"}))
    worked(door, 1)
    ((dead, kept),) = house.take(DEAD_QUEUE.name)
    assert kept == octets
    assert dead.headers is not None
    assert reason in str(dead.headers["lgsp-reason"])
    assert dead.headers["lgsp-user-id"] == properties.get("user_id", "")
    assert dead.message_id == "tin-2"
    door.close()
    assert house.waiting() == 0


def test_while_the_store_is_away_nothing_is_acknowledged(house: House, bus: Assembly, province: Province) -> None:
    watched = Watched(bus, before=StoreUnavailable())
    with closing(a_door(house.url("lgsp-bus"), bus, watched)) as door:
        door.step(0)
        house.hand_in(COMMITTEE, (a_signed_document(province), {"user_id": str(COMMITTEE)}))
        with pytest.raises(StoreUnavailable):
            worked(door, 1)
        door.close()
        assert house.waiting() == 1
        worked(door, 1)
    assert len(house.take(RECEIPTS)) == 1
    assert house.waiting() == 0


def test_a_batch_in_hand_outlasts_an_outage_of_the_store(house: House, bus: Assembly, province: Province) -> None:
    watched = Watched(bus, before=StoreUnavailable())
    with closing(a_door(house.url("lgsp-bus"), bus, watched)) as door:
        door.step(0)
        house.hand_in(COMMITTEE, (a_signed_document(province), {"user_id": str(COMMITTEE)}))
        with pytest.raises(StoreUnavailable):
            worked(door, 1)
        worked(door, 1)
    assert len(house.take(RECEIPTS)) == 1
    assert house.waiting() == 0


def test_a_line_that_breaks_before_the_answer_leads_to_the_same_answer_again(
    house: House, bus: Assembly, province: Province
) -> None:
    watched = Watched(bus, after=house.cut)
    with closing(a_door(house.url("lgsp-bus"), bus, watched)) as door:
        door.step(0)
        house.hand_in(COMMITTEE, *((a_signed_document(province), {"user_id": str(COMMITTEE)}) for _ in range(5)))
        with pytest.raises(TransportUnavailable):
            worked(door, 5)
        until_quiet(door)
    assert len({octets for _, octets in house.take(RECEIPTS)}) == 5
    assert house.waiting() == 0


def test_the_line_lives_while_a_batch_takes_longer_than_the_broker_waits_for_a_sign_of_life(
    house: House, bus: Assembly, province: Province
) -> None:
    def long_work() -> None:
        time.sleep(4)  # the broker hangs up after two heartbeats that did not come

    watched = Watched(bus, after=long_work)
    with closing(a_door(house.url("lgsp-bus") + "?heartbeat=1", bus, watched)) as door:
        door.step(0)
        house.hand_in(COMMITTEE, (a_signed_document(province), {"user_id": str(COMMITTEE)}))
        worked(door, 1)
        assert door.step(0.2) == 0
    assert len(house.take(RECEIPTS)) == 1
    assert house.waiting() == 0


def test_what_the_broker_does_not_take_among_the_dead_is_not_acknowledged(
    house: House, door: AmqpDoor, province: Province
) -> None:
    octets = a_signed_document(province)
    full = '{"max-length": 0, "overflow": "reject-publish"}'

    def step_by_step() -> None:
        for _ in range(5):  # a quorum queue notices a little late that it is full
            house.hand_in("stranger", (octets, {}))
            door.step(0.5)

    house.broker.control("set_policy", "-p", house.name, "full", rf"^{DEAD_QUEUE.name}$", full)
    try:
        with pytest.raises(TransportUnavailable, match="refused it: full"):
            step_by_step()
        door.close()
        assert house.waiting() >= 1
        kept = house.waiting()
    finally:
        house.broker.control("clear_policy", "-p", house.name, "full")
    worked(door, kept)
    assert {body for _, body in house.take(DEAD_QUEUE.name)} == {octets}


def test_a_mark_of_a_broken_line_acknowledges_nothing(house: House, province: Province) -> None:
    """The numbers begin anew with each line: an old one would remove documents that nobody has seen."""
    with closing(Line(house.url("lgsp-bus"), window=10)) as line:
        line.receive(1, 0)
        house.hand_in(COMMITTEE, *((a_signed_document(province), {"user_id": str(COMMITTEE)}) for _ in range(2)))
        before = received(line, 2)
        line.close()
        again = received(line, 2)
        assert [incoming.mark for incoming in again] == [incoming.mark for incoming in before]
        line.acknowledge(before[-1])
        line.close()
        assert house.waiting() == 2
        line.acknowledge(received(line, 2)[-1])
    assert house.waiting() == 0


def test_a_receipts_queue_that_was_deleted_is_made_again(house: House, door: AmqpDoor, province: Province) -> None:
    mine = {"user_id": str(COMMITTEE)}
    house.hand_in(COMMITTEE, (a_signed_document(province), mine))
    worked(door, 1)
    with closing(pika.BlockingConnection(pika.URLParameters(house.url("lgsp-bus")))) as connection:
        connection.channel().queue_delete(RECEIPTS)
    house.hand_in(COMMITTEE, (a_signed_document(province), mine))
    with pytest.raises(TransportUnavailable):
        worked(door, 1)
    worked(door, 1)
    assert len(house.take(RECEIPTS)) == 1


def test_a_broker_that_does_not_answer_is_unavailable(bus: Assembly) -> None:
    with closing(
        AmqpDoor(
            "amqp://127.0.0.1:1/?connection_attempts=1", intake=bus.intake, directory=bus.directory, notices=bus.notices
        )
    ) as d:
        with pytest.raises(TransportUnavailable):
            d.step(0)
        with pytest.raises(TransportUnavailable):
            d.step(0)


def test_an_agency_reads_its_own_receipts_and_no_others(house: House, door: AmqpDoor, province: Province) -> None:
    house.hand_in(COMMITTEE, (a_signed_document(province), {"user_id": str(COMMITTEE)}))
    worked(door, 1)
    with (
        closing(pika.BlockingConnection(pika.URLParameters(house.url(DEPARTMENT)))) as connection,
        pytest.raises(ChannelClosedByBroker, match="refused"),
    ):
        connection.channel().basic_get(RECEIPTS)
    with closing(pika.BlockingConnection(pika.URLParameters(house.url(COMMITTEE)))) as connection:
        method, _, _ = connection.channel().basic_get(RECEIPTS, auto_ack=True)
        assert method is not None


def add_a_consumer_of_its_queue(code: AgencyCode, config: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lgsp", "agency", "add", code, "Sở mẫu", "--adapter", "queue"]
    return subprocess.run([*command, "--config", str(config)], capture_output=True, text=True, timeout=60, check=False)


def test_a_registered_system_may_connect_before_any_door_or_relay_has_run(house: House, province: Province) -> None:
    code = AgencyCode("000.00.13.H03")
    wanted = rights(code)
    house.add(code, wanted.configure, wanted.write, wanted.read)
    config = province.config.with_name("on-broker.toml")
    written = province.config.read_text(encoding="utf-8")
    config.write_text(written.replace("embedded:", house.url("lgsp-bus")), encoding="utf-8")

    done = add_a_consumer_of_its_queue(code, config)

    assert done.returncode == 0, done.stderr
    with closing(pika.BlockingConnection(pika.URLParameters(house.url(code)))) as connection:
        channel = connection.channel()
        for queue in (f"agency.{code}", f"agency.{code}.receipts"):
            assert channel.basic_get(queue) == (None, None, None)
    house.hand_in(code, (b"<too-early/>", {"user_id": code}))
    assert house.waiting() == 1
    house.take(INTAKE)


def test_a_system_cannot_be_registered_for_a_queue_where_there_is_no_broker(province: Province) -> None:
    code = AgencyCode("000.00.14.H03")

    done = add_a_consumer_of_its_queue(code, province.config)

    assert done.returncode == 1
    assert "LGSP-3000" in done.stderr
    with closing(province.assembly()) as assembly:
        assert assembly.directory.find(code) is None
