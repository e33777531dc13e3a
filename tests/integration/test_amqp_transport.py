"""What the RabbitMQ transport promises beyond the contract: outages, long work, strangers, rights."""

from __future__ import annotations

import re
import socket
import threading
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pika
import pytest
from pika.exceptions import AMQPError, ChannelClosedByBroker

from lgsp.model.agency import AgencyCode
from lgsp.model.errors import Misconfigured, TransportUnavailable
from lgsp.transport import NotTaken, topology
from lgsp.transport.amqp import Amqp
from lgsp.transport.amqp.link import addresses
from tests.conftest import started
from tests.dispatches import a_dispatch, parcels_of
from tests.services.rabbitmq import RabbitMQ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lgsp.transport import Parcel, Transport
    from lgsp.transport.amqp import DeadLetter


@pytest.fixture
def code() -> AgencyCode:
    return AgencyCode(f"H{uuid4().hex[:8]}")


@pytest.fixture
def transport(rabbitmq: str) -> Iterator[Transport]:
    transport = Amqp(rabbitmq, settle_seconds=0)
    yield transport
    transport.close()


def _parcels(code: AgencyCode, number: int = 1) -> list[Parcel]:
    return [parcel for _ in range(number) for parcel in parcels_of(a_dispatch(recipients=[code]))]


def _until(ready: Callable[[], object], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.1)


def _succeeds(call: Callable[[], object]) -> bool:
    try:
        call()
    except TransportUnavailable:
        return False
    return True


@pytest.mark.integration
def test_a_killed_broker_loses_nothing_and_the_same_objects_go_on(code: AgencyCode) -> None:
    server = started(RabbitMQ)
    try:
        transport = Amqp(server.url)
        sent = _parcels(code, 50)
        transport.publish(sent)
        consumer = transport.consume([code])
        held = list(consumer.receive(20, 5))
        assert held
        server.kill()
        for call in (lambda: transport.publish(sent), lambda: consumer.receive(1, 0)):
            with pytest.raises(TransportUnavailable):
                call()
        consumer.acknowledge(held)  # of a connection that is gone: they come again
        server.start()
        more = _parcels(code)
        _until(lambda: _succeeds(lambda: transport.publish(more)))
        fresh = list(consumer.receive(20, 5))
        consumer.acknowledge(held)  # marks of the connection that is gone name nothing on this one
        assert list(consumer.receive(20, 0))[: len(fresh)] == fresh
        got: list[Parcel] = []
        while batch := consumer.receive(20, 2):
            consumer.acknowledge(batch)
            got.extend(batch)
        assert {p.dispatch_id for p in got} == {p.dispatch_id for p in (*sent, *more)}
        transport.close()
    finally:
        server.close()
    assert [t.name for t in threading.enumerate() if t.name.startswith("lgsp ")] == []


def test_work_longer_than_many_heartbeats_keeps_the_connection(rabbitmq: str, code: AgencyCode) -> None:
    transport = Amqp(f"{rabbitmq}?heartbeat=1")
    transport.publish(_parcels(code, 2))
    consumer = transport.consume([code])
    held = consumer.receive(1, 5)
    time.sleep(5)
    consumer.acknowledge(held)
    (second,) = consumer.receive(1, 5)
    assert second.dispatch_id != held[0].dispatch_id
    transport.publish(_parcels(code))
    transport.close()


def test_a_queue_that_somebody_deleted_is_noticed_and_made_anew(
    transport: Transport, rabbitmq: str, code: AgencyCode
) -> None:
    transport.publish(_parcels(code))
    with pika.BlockingConnection(pika.URLParameters(rabbitmq)) as connection:
        connection.channel().queue_delete(f"agency.{code}")
    with pytest.raises(TransportUnavailable, match="no queue"):
        transport.publish(_parcels(code))
    sent = _parcels(code)
    transport.publish(sent)
    assert list(transport.consume([code]).receive(10, 5)) == sent


def test_a_queue_that_takes_nothing_holds_up_no_other_in_its_batch(
    transport: Transport, rabbitmq: str, code: AgencyCode
) -> None:
    other = AgencyCode(f"{code}.KHAC")
    transport.publish([*_parcels(code), *_parcels(other)])
    with pika.BlockingConnection(pika.URLParameters(rabbitmq)) as connection:
        connection.channel().queue_delete(f"agency.{code}")
    lost, sent = _parcels(code, 2), _parcels(other, 2)
    with pytest.raises(NotTaken) as refused:
        transport.publish([lost[0], *sent, lost[1]])
    assert refused.value.parcels == lost
    assert list(transport.consume([other]).receive(10, 5))[1:] == sent


def test_a_consumer_whose_queue_was_deleted_subscribes_again(
    transport: Transport, rabbitmq: str, code: AgencyCode
) -> None:
    consumer = transport.consume([code])
    consumer.receive(1, 0)
    with pika.BlockingConnection(pika.URLParameters(rabbitmq)) as connection:
        connection.channel().queue_delete(f"agency.{code}")
    _until(lambda: not _succeeds(lambda: consumer.receive(1, 0.2)))
    assert not consumer.receive(1, 0)  # made anew
    sent = _parcels(code)
    transport.publish(sent)
    assert list(consumer.receive(1, 5)) == sent


def test_a_strangers_message_goes_to_the_dead_and_holds_up_nobody(
    transport: Transport, rabbitmq: str, code: AgencyCode
) -> None:
    consumer = transport.consume([code])
    consumer.receive(1, 0)
    with pika.BlockingConnection(pika.URLParameters(rabbitmq)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", f"agency.{code}", b"hello", mandatory=True)
        sent = _parcels(code)
        transport.publish(sent)
        assert list(consumer.receive(10, 5)) == sent
        _until(lambda: channel.basic_get(topology.DEAD, auto_ack=True)[2] == b"hello")


def test_a_message_tells_a_consuming_agency_what_it_is(transport: Transport, rabbitmq: str, code: AgencyCode) -> None:
    (sent,) = _parcels(code)
    transport.publish([sent])
    with pika.BlockingConnection(pika.URLParameters(rabbitmq)) as connection:
        _, properties, body = connection.channel().basic_get(f"agency.{code}", auto_ack=True)
    assert properties is not None
    assert body == sent.octets
    assert (properties.message_id, properties.correlation_id) == (sent.dispatch_id, sent.correlation)
    assert (properties.content_type, properties.delivery_mode) == ("application/xml", 2)
    assert properties.headers is not None
    assert {name: value for name, value in properties.headers.items() if name.startswith("lgsp-")} == {
        "lgsp-dispatch-id": sent.dispatch_id,
        "lgsp-recipient": code,
        "lgsp-attempt": 1,
        "lgsp-accepted": sent.accepted.isoformat(),
        "lgsp-priority": 0,
    }


def test_an_agencys_user_hands_in_and_reads_its_own_queues_and_nothing_else(
    transport: Transport, broker: RabbitMQ, code: AgencyCode
) -> None:
    other = AgencyCode(f"{code}.1")
    transport.publish(_parcels(code) + _parcels(other))
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        connection.channel().exchange_declare(topology.INTAKE, exchange_type="fanout", durable=True)
    wanted = topology.rights(code)
    url = broker.add_user(f"user {code}", wanted.configure, wanted.write, wanted.read)

    def may(act: Callable[[pika.adapters.blocking_connection.BlockingChannel], object]) -> bool:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            channel = connection.channel()
            try:
                act(channel)
                channel.queue_declare("", passive=True) if channel.is_closed else connection.process_data_events(0.2)
            except ChannelClosedByBroker as error:
                assert error.reply_code == 403  # noqa: PT017 - the code is the point
                return False
            return bool(channel.is_open)

    assert may(lambda channel: channel.basic_get(f"agency.{code}"))
    assert may(lambda channel: channel.basic_publish(topology.INTAKE, "", b"<x/>"))
    assert not may(lambda channel: channel.basic_get(f"agency.{other}"))
    assert not may(lambda channel: channel.basic_publish(topology.DELIVERIES, code, b"<x/>"))
    assert not may(lambda channel: channel.basic_publish("", f"agency.{other}", b"<x/>"))
    assert not may(lambda channel: channel.queue_declare(f"agency.{code}.2"))


def test_the_rights_of_one_code_are_not_those_of_a_longer_one() -> None:
    read = topology.rights(AgencyCode("H03.1")).read
    names = [
        "agency.H03.1",
        "agency.H03.1.receipts",
        "agency.H03.1.urgent",
        "agency.H03.11",
        "agency.H03.1.2",
        "agency.H03x1",
        "lgsp.intake",
    ]
    assert [name for name in names if re.search(read, name)] == names[:3]


def test_a_wrong_password_is_unavailable_and_not_shown(broker: RabbitMQ) -> None:
    transport = Amqp(broker.url_of("bus", "wr0ng"))
    with pytest.raises(TransportUnavailable) as refused:
        transport.publish(_parcels(AgencyCode("H03")))
    assert "wr0ng" not in str(refused.value)
    transport.close()


def test_an_address_that_cannot_be_understood_is_the_operators_to_mend() -> None:
    with pytest.raises(Misconfigured):
        Amqp("amqp://u:p@host:port/").publish(_parcels(AgencyCode("H03")))


def test_nobody_waits_for_ever_for_a_broker_that_is_silent(code: AgencyCode) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = Amqp(f"amqp://127.0.0.1:{silent.getsockname()[1]}/?stack_timeout=1")
        began = time.monotonic()
        with pytest.raises(TransportUnavailable):
            transport.publish(_parcels(code))
        assert time.monotonic() - began < 5
        transport.close()


def test_pika_never_shows_through(transport: Transport, code: AgencyCode) -> None:
    consumer = transport.consume([code])
    consumer.receive(1, 0)
    transport.close()
    try:
        consumer.receive(1, 0)  # opens the connection anew: nothing was for ever
    except AMQPError as error:
        pytest.fail(repr(error))


def test_when_all_ask_for_the_same_new_queue_at_once_it_is_there_soon_and_once(rabbitmq: str, code: AgencyCode) -> None:
    # RabbitMQ 3.10 answers some of those who race for a new quorum queue with an internal error: it will pass.
    everybody = [Amqp(rabbitmq, settle_seconds=0) for _ in range(6)]

    def ask(transport: Amqp) -> None:
        _until(lambda: _succeeds(lambda: transport.provide([code])))

    asking = [threading.Thread(target=ask, args=(transport,)) for transport in everybody]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    sent = _parcels(code, 3)
    everybody[0].publish(sent)

    consumer = everybody[1].consume([code])
    _until(lambda: list(consumer.receive(10, 1)) == sent)
    for transport in everybody:
        transport.close()


def test_the_next_node_is_asked_when_one_is_down(rabbitmq: str, code: AgencyCode) -> None:
    """Whichever is tried first: of two, one is always down."""
    user, at, place = rabbitmq.rpartition("@")
    for _ in range(6):
        transport = Amqp(f"{user}{at}127.0.0.1:1,{place}", settle_seconds=0)
        transport.provide([code])
        transport.close()


def test_all_nodes_down_is_unavailable() -> None:
    transport = Amqp("amqp://127.0.0.1:1,127.0.0.1:2/", settle_seconds=0)
    with pytest.raises(TransportUnavailable):
        transport.publish(_parcels(AgencyCode("H1")))
    transport.close()


def test_each_node_of_an_address_keeps_what_is_around_it() -> None:
    assert addresses("amqps://bus:secret@mq1:5671,mq2:5671,mq3/v?heartbeat=9") == [
        f"amqps://bus:secret@{host}/v?heartbeat=9" for host in ("mq1:5671", "mq2:5671", "mq3")
    ]


def test_no_exchange_is_there_before_its_queue(broker: RabbitMQ, code: AgencyCode) -> None:
    """What is published to an exchange without a queue is confirmed, and lost."""
    name = f"bare-{code}"
    broker.control("add_vhost", name)
    broker.control("set_permissions", "-p", name, "bus", ".*", ".*", ".*")
    transport = Amqp(broker.url + name, settle_seconds=0)
    transport.publish(_parcels(code))
    transport.close()
    found = broker.control("list_exchanges", "-p", name, "name").split()
    assert {each for each in found if each.startswith("lgsp.")} == {topology.DELIVERIES, topology.DEAD}
    broker.control("delete_vhost", name)


def test_what_lies_among_the_dead_is_listed_with_the_reason_and_stays_there(rabbitmq: str, code: AgencyCode) -> None:
    transport = Amqp(rabbitmq, settle_seconds=0)
    (lost,) = _parcels(code)
    transport.publish([lost])
    with pika.BlockingConnection(pika.URLParameters(rabbitmq)) as connection:
        channel = connection.channel()
        method, *_ = channel.basic_get(f"agency.{code}")
        assert method is not None
        channel.basic_reject(method.delivery_tag or 0, requeue=False)
    until = time.monotonic() + 10
    for _ in range(2):
        letters: list[DeadLetter] = []
        while not letters and time.monotonic() < until:
            letters = [one for one in transport.dead_letters(1000) if one.dispatch_id == lost.dispatch_id]
        assert [(one.recipient, one.queue, one.why) for one in letters] == [(code, f"agency.{code}", "rejected")]
    transport.close()
