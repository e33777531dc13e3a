"""What every transport promises, as tests. Subclass it and say how to open one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.model.lane import Lane
from tests.dispatches import a_dispatch, parcels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lgsp.model.delivery import Dispatch
    from lgsp.transport import Consumer, Parcel, Transport

PATIENCE = 5.0


class TransportContract:
    """The subclass gives the fixture `opened`: each call opens the transport anew over the same queues."""

    @pytest.fixture
    def opened(self) -> Callable[[], Transport]:
        raise NotImplementedError

    @pytest.fixture
    def keep(self) -> Callable[[Sequence[Dispatch]], object]:
        """Return what must be told of dispatches before they are published."""
        return lambda _: None

    @pytest.fixture
    def transports(self, opened: Callable[[], Transport]) -> Iterator[Callable[[], Transport]]:
        made: list[Transport] = []

        def make() -> Transport:
            made.append(opened())
            return made[-1]

        yield make
        for transport in made:
            transport.close()

    @pytest.fixture
    def transport(self, transports: Callable[[], Transport]) -> Transport:
        return transports()

    @pytest.fixture
    def code(self) -> AgencyCode:
        """An agency nobody else uses."""
        return AgencyCode(f"H{uuid4().hex[:8]}.{uuid4().hex[:4]}")

    @pytest.fixture
    def parcels(self, keep: Callable[[Sequence[Dispatch]], object], code: AgencyCode) -> Callable[..., list[Parcel]]:
        def make(
            number: int = 1, *, to: str = "", octets: bytes | None = None, attempt: int = 1, priority: int = 0
        ) -> list[Parcel]:
            dispatches = [a_dispatch(octets, recipients=[to or code], priority=priority) for _ in range(number)]
            keep(dispatches)
            return [parcel for dispatch in dispatches for parcel in parcels_of(dispatch, attempt)]

        return make

    def test_a_parcel_arrives_as_it_was_published(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        octets = b"<?xml version=\"1.0\"?>\r\n<x a='1'>\xe1\xbb\x87</x>\x00\xff"
        (sent,) = parcels(octets=octets, attempt=3)
        transport.publish([sent])
        (got,) = transport.consume([code]).receive(10, PATIENCE)
        assert got == sent  # octets, recipient, attempt, correlation, time of acceptance
        assert got.octets == octets
        assert isinstance(got.recipient, AgencyCode)
        assert got.accepted.utcoffset() is not None

    def test_parcels_come_in_the_order_published(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        sent = parcels(30)
        transport.publish(sent[:20])
        transport.publish(sent[20:])
        assert _all(transport.consume([code]), 30, limit=7) == sent

    def test_the_urgent_overtake_what_waits(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        ordinary, urgent = parcels(30), parcels(2, priority=2)
        transport.publish(ordinary)
        transport.publish(urgent)
        got = _all(transport.consume([code]), 32)
        assert [p.dispatch_id for p in got if p.lane is Lane.URGENT] == [p.dispatch_id for p in urgent]
        assert sorted(p.dispatch_id for p in got) == sorted(p.dispatch_id for p in ordinary + urgent)
        assert {p.priority for p in got} == {0, 2}

    def test_a_consumer_of_one_lane_leaves_the_other_alone(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        ordinary, urgent = parcels(3), parcels(2, priority=4)
        transport.publish(ordinary + urgent)
        assert _all(transport.consume([code], Lane.URGENT), 2) == urgent
        assert not transport.consume([code], Lane.URGENT).receive(10, 0.3)
        assert _all(transport.consume([code], Lane.ORDINARY), 3) == ordinary

    def test_what_is_urgent_does_not_wait_for_a_batch_of_the_ordinary(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        transport.publish(parcels(100))
        slow = transport.consume([code], Lane.ORDINARY)
        assert slow.receive(100, PATIENCE)  # and works on them, for as long as it takes
        (urgent,) = parcels(priority=1)
        transport.publish([urgent])
        assert _some(transport.consume([code], Lane.URGENT)) == [urgent]

    def test_queues_can_be_made_before_anything_is_in_them_and_again(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        transport.provide([code])
        transport.provide([code])
        consumer = transport.consume([code])
        assert not consumer.receive(1, 0)
        sent = parcels(1)
        transport.publish(sent)
        assert _some(consumer) == sent

    def test_at_most_the_limit_is_received(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        transport.publish(parcels(5))
        assert len(transport.consume([code]).receive(2, PATIENCE)) <= 2

    def test_what_is_not_acknowledged_is_received_once_more(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        sent = parcels(3)
        transport.publish(sent)
        consumer = transport.consume([code])
        first = _some(consumer)
        assert list(consumer.receive(10, PATIENCE))[: len(first)] == first

    def test_what_is_acknowledged_never_comes_again(
        self, transports: Callable[[], Transport], parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        first = transports()
        first.publish(parcels(3))
        consumer = first.consume([code])
        assert len(_all(consumer, 3)) == 3
        consumer.close()
        first.close()
        assert not transports().consume([code]).receive(10, 0.3)

    def test_acknowledging_some_leaves_the_others(
        self, transports: Callable[[], Transport], parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        first = transports()
        sent = parcels(5)
        first.publish(sent)
        consumer = first.consume([code])
        got: list[Parcel] = []
        until = time.monotonic() + PATIENCE
        while len(got) < 5 and time.monotonic() < until:
            consumer.close()
            consumer = first.consume([code])
            time.sleep(0.05)
            got = list(consumer.receive(5, PATIENCE))
        consumer.acknowledge([got[1], got[3], got[0]])
        assert list(consumer.receive(5, 0)) == [got[2], got[4]]
        consumer.close()
        assert _all(transports().consume([code]), 2) == [got[2], got[4]]

    def test_what_a_closed_consumer_held_goes_to_another(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        sent = parcels(4)
        transport.publish(sent)
        first = transport.consume([code])
        assert first.receive(2, PATIENCE)
        first.close()
        # What is given back may come behind what nobody had taken yet: order is promised for what was never taken.
        again = _all(transport.consume([code]), 4)
        assert sorted(again, key=lambda parcel: parcel.dispatch_id) == sent

    def test_what_is_published_outlives_the_publisher(
        self, transports: Callable[[], Transport], parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        sent = parcels(3)
        first = transports()
        first.publish(sent)
        first.close()
        assert _all(transports().consume([code]), 3) == sent

    def test_several_consumers_share_without_doubles(
        self, transports: Callable[[], Transport], parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        sent = parcels(60)
        got: list[Parcel] = []
        lock = threading.Lock()

        def work(consumer: Consumer) -> None:
            while batch := consumer.receive(5, 0.5):
                consumer.acknowledge(batch)
                with lock:
                    got.extend(batch)

        transports().provide([code])
        threads = [
            threading.Thread(target=work, args=(transport.consume([code]),))
            for transport in (transports(), transports(), transports())
        ]
        for thread in threads:
            thread.start()
        transports().publish(sent)
        for thread in threads:
            thread.join()
        assert sorted(p.dispatch_id for p in got) == [p.dispatch_id for p in sent]

    def test_a_consumer_takes_from_the_queues_it_asked_for_and_no_other(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        second, stranger = AgencyCode(f"{code}.1"), AgencyCode(f"{code}.2")
        sent = parcels() + parcels(to=second) + parcels(to=stranger)
        transport.publish(sent)
        got = _all(transport.consume([code, second]), 2)
        assert sorted(p.recipient for p in got) == [code, second]
        assert not transport.consume([code, second]).receive(10, 0.3)

    @pytest.mark.parametrize("tail", ["000.00.Đ1", "A B", "ƯƠ/#*", "x" * 35])
    def test_any_code_is_a_queue_of_its_own(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode, tail: str
    ) -> None:
        odd = AgencyCode(f"{code}.{tail}")
        transport.publish(parcels(to=odd) + parcels())
        (got,) = transport.consume([odd]).receive(10, PATIENCE)
        assert got.recipient == odd

    def test_waiting_ends_without_a_parcel(self, transport: Transport, code: AgencyCode) -> None:
        consumer = transport.consume([code])
        consumer.receive(1, 0)
        began = time.monotonic()
        assert not consumer.receive(1, 0.2)
        assert 0.15 < time.monotonic() - began < 2

    def test_waiting_ends_with_the_first_parcel(
        self, transports: Callable[[], Transport], parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        consumer, publisher, sent = transports().consume([code]), transports(), parcels()
        timer = threading.Timer(0.3, publisher.publish, [sent])
        timer.start()
        began = time.monotonic()
        assert list(consumer.receive(10, 10)) == sent
        assert time.monotonic() - began < 5
        timer.join()

    def test_a_large_document_arrives_whole(
        self, transport: Transport, parcels: Callable[..., list[Parcel]], code: AgencyCode
    ) -> None:
        octets = bytes(range(256)) * 16_000
        transport.publish(parcels(octets=octets))
        (got,) = transport.consume([code]).receive(1, PATIENCE)
        assert got.octets == octets

    def test_publishing_nothing_and_closing_twice_do_nothing(self, transport: Transport, code: AgencyCode) -> None:
        transport.publish([])
        consumer = transport.consume([code])
        consumer.acknowledge([])
        consumer.close()
        consumer.close()
        transport.close()
        transport.close()


def _some(consumer: Consumer) -> list[Parcel]:
    return list(consumer.receive(10, PATIENCE))


def _all(consumer: Consumer, number: int, limit: int = 10) -> list[Parcel]:
    """Receive and acknowledge until `number` have come or nothing comes any more."""
    got: list[Parcel] = []
    while len(got) < number and (batch := consumer.receive(limit, PATIENCE)):
        consumer.acknowledge(batch)
        got.extend(batch)
    return got
