"""What the embedded transport promises beyond the contract: leases."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from lgsp.model.errors import TransportUnavailable
from lgsp.store import Ledger, Queue, open_engine
from lgsp.transport.embedded import Embedded
from tests.dispatches import RECIPIENT, a_dispatch, parcels_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


def test_what_a_dead_process_held_comes_again_when_its_lease_ends(store: Engine) -> None:
    dispatch = a_dispatch()
    Ledger(store).accept([dispatch])
    queue = Queue(store)
    queue.put(parcels_of(dispatch))
    assert queue.take([RECIPIENT], 10, 0.3)  # and never heard of again
    transport = Embedded(Queue(store))
    (again,) = transport.consume([RECIPIENT]).receive(10, 5)
    assert again.dispatch_id == dispatch.id
    transport.close()


def test_long_work_keeps_its_parcels(store: Engine) -> None:
    dispatch = a_dispatch()
    Ledger(store).accept([dispatch])
    slow, other = Embedded(Queue(store), lease_seconds=0.6), Embedded(Queue(store))
    slow.publish(parcels_of(dispatch))
    consumer = slow.consume([RECIPIENT])
    held = consumer.receive(10, 1)
    assert held
    time.sleep(1.5)
    assert not other.consume([RECIPIENT]).receive(10, 0)
    consumer.acknowledge(held)
    slow.close()
    other.close()


def test_an_attempt_published_twice_lies_there_once_and_the_next_beside_it(store: Engine) -> None:
    dispatch = a_dispatch()
    Ledger(store).accept([dispatch])
    transport = Embedded(Queue(store))
    for attempt in (1, 1, 2):
        transport.publish(parcels_of(dispatch, attempt))
    assert [parcel.attempt for parcel in transport.consume([RECIPIENT]).receive(10, 1)] == [1, 2]
    transport.close()


def test_a_store_that_does_not_answer_is_a_transport_that_does_not(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}")  # a folder, which is no database
    transport = Embedded(Queue(engine))
    with pytest.raises(TransportUnavailable):
        transport.publish(parcels_of(a_dispatch()))
    with pytest.raises(TransportUnavailable):
        transport.consume([RECIPIENT]).receive(1, 0)
    transport.close()
    engine.dispose()
