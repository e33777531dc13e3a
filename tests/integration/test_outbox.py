"""What the outbox promises to relays, on both engines."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sqlalchemy import update

from lgsp.model.delivery import Status
from lgsp.model.lane import Lane
from lgsp.store import Ledger, Outbox
from lgsp.store.engine import commit
from lgsp.store.tables import outbox as outbox_table
from tests.dispatches import MOMENT, OTHER, RECIPIENT, a_dispatch, an_outcome

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.transport import Parcel


def test_a_claim_holds_the_exact_octets_and_what_is_written_outside(store: Engine) -> None:
    dispatch = a_dispatch(b"\x00\xff<x/>", recipients=[RECIPIENT, OTHER])
    Ledger(store).accept([dispatch])
    claimed = Outbox(store).claim(10, 60)
    assert sorted(p.recipient for p in claimed) == sorted([RECIPIENT, OTHER])
    for parcel in claimed:
        assert (parcel.dispatch_id, parcel.octets) == (dispatch.id, b"\x00\xff<x/>")
        assert (parcel.correlation, parcel.accepted, parcel.attempt) == (dispatch.correlation, MOMENT, 1)


def test_the_urgent_come_first_and_then_the_oldest(store: Engine) -> None:
    batch = [a_dispatch(priority=p) for p in (0, 4, 2, 0, 3, 9, -1, 5)]
    Ledger(store).accept(batch)
    order = [parcel.dispatch_id for parcel in Outbox(store).claim(10, 60)]
    assert order == [batch[n].id for n in (1, 4, 2, 0, 3, 5, 6, 7)]


def test_a_relay_of_one_lane_leaves_the_other_alone(store: Engine) -> None:
    batch = [a_dispatch(priority=p) for p in (0, 1, 0, 4)]
    Ledger(store).accept(batch)
    outbox = Outbox(store)
    ordinary = outbox.claim(10, 60, Lane.ORDINARY)
    urgent = outbox.claim(10, 60, Lane.URGENT)
    assert [parcel.dispatch_id for parcel in ordinary] == [batch[0].id, batch[2].id]
    assert [(parcel.dispatch_id, parcel.priority) for parcel in urgent] == [(batch[3].id, 4), (batch[1].id, 1)]
    assert {parcel.lane for parcel in urgent} == {Lane.URGENT}


def test_what_is_tried_again_keeps_its_lane(store: Engine) -> None:
    ledger, outbox = Ledger(store), Outbox(store)
    ledger.accept([a_dispatch(priority=3)])
    (first,) = outbox.claim(1, 60)
    ledger.record([an_outcome(first, Status.ACCEPTED, due=MOMENT)])
    (again,) = outbox.claim(1, 60, Lane.URGENT)
    assert (again.attempt, again.priority) == (2, 3)


def test_what_is_claimed_is_claimed_by_one(store: Engine) -> None:
    outbox = Outbox(store)
    Ledger(store).accept([a_dispatch() for _ in range(3)])
    assert len(outbox.claim(2, 60)) == 2
    assert len(Outbox(store).claim(10, 60)) == 1
    assert outbox.claim(10, 60) == []
    assert outbox.waiting() == 3


def test_several_relays_share_without_doubles(store: Engine) -> None:
    Ledger(store).accept([a_dispatch(recipients=[RECIPIENT, OTHER]) for _ in range(100)])
    claimed: list[Parcel] = []
    lock = threading.Lock()

    def work() -> None:
        relay = Outbox(store)
        while batch := relay.claim(7, 60):
            Ledger(store).record([an_outcome(p, Status.QUEUED) for p in batch])
            with lock:
                claimed.extend(batch)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A relay may find nothing because the others hold everything just then: what is left is claimed here.
    claimed.extend(Outbox(store).claim(1000, 60))
    assert len(claimed) == len({(p.dispatch_id, p.recipient) for p in claimed}) == 200


def test_what_a_dead_relay_had_is_free_when_its_lease_ends(store: Engine) -> None:
    outbox = Outbox(store)
    Ledger(store).accept([a_dispatch()])
    first = outbox.claim(10, 0.3)
    assert outbox.claim(10, 60) == []
    time.sleep(0.35)
    assert outbox.claim(10, 60) == first


def test_what_is_released_is_free_at_once(store: Engine) -> None:
    outbox = Outbox(store)
    Ledger(store).accept([a_dispatch()])
    first = outbox.claim(10, 60)
    outbox.release(first)
    outbox.release([])
    assert outbox.claim(10, 60) == first


def test_what_waits_for_later_does_not_hold_up_what_is_due(store: Engine) -> None:
    later = [a_dispatch(priority=4) for _ in range(30)]
    Ledger(store).accept(later)
    far = update(outbox_table).values(due=MOMENT.replace(year=2100))
    commit(store, lambda connection: connection.execute(far))
    now = a_dispatch()
    Ledger(store).accept([now])
    assert [parcel.dispatch_id for parcel in Outbox(store).claim(5, 60)] == [now.id]
