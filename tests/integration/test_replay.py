"""Deliveries are put out again as they were chosen, at their pace, once each; on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Status
from lgsp.store import Ledger, Outbox, Views
from lgsp.store.engine import commit, look
from lgsp.store.replaying import Choice, State
from lgsp.store.tables import replay
from tests.dispatches import MOMENT, OTHER, RECIPIENT, a_dispatch, an_outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch

TO = AgencyCode(RECIPIENT)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAILED = Choice(agency=TO, statuses={Status.FAILED}, since=LONG_AGO)


@pytest.fixture
def ledger(store: Engine) -> Ledger:
    return Ledger(store)


def ended(ledger: Ledger, count: int, status: Status = Status.FAILED, said: str = "máy bận\nbusy") -> list[Dispatch]:
    sent = [a_dispatch() for _ in range(count)]
    ledger.accept(sent)
    ledger.record([an_outcome((one, RECIPIENT), status, detail=said) for one in sent])
    return sent


def pass_time(store: Engine, seconds: float = 2) -> None:
    """Let the orders' pace be as if so many seconds had gone by."""
    earlier = datetime.now(UTC) - timedelta(seconds=seconds)
    commit(store, lambda connection: connection.execute(update(replay).values(paced=earlier)))


def stands(store: Engine, sent: Sequence[Dispatch]) -> list[tuple[Status, int]]:
    return [(d.status, d.attempt) for one in sent for d in Views(store).trace(one.id)[0].deliveries]


def test_what_failed_goes_again_as_the_next_attempt_with_the_very_octets_and_history_says_by_whom(
    store: Engine, ledger: Ledger
) -> None:
    (sent,) = ended(ledger, 1)
    replays = ledger.replays()
    order = replays.order(FAILED, operator="lan", rate=10)
    pass_time(store)
    assert replays.go_on(100) == 1
    (parcel,) = Outbox(store).claim(10, 60)
    assert (parcel.dispatch_id, parcel.attempt, parcel.octets) == (sent.id, 2, sent.verified.envelope.octets)
    (trace,) = Views(store).trace(sent.id)
    assert (trace.history[-1].status, trace.history[-1].detail) == (Status.ACCEPTED, f"replay {order}, lan")
    ledger.record([an_outcome(parcel, Status.QUEUED), an_outcome(parcel, Status.DELIVERED)])
    assert [item.outcome for item in replays.items(order)] == [Status.DELIVERED]


def test_nothing_but_a_replay_takes_what_failed_back(store: Engine, ledger: Ledger) -> None:
    sent = ended(ledger, 1)
    for attempt in range(4):
        ledger.record([an_outcome((sent[0], RECIPIENT), Status.ACCEPTED, attempt=attempt, due=MOMENT)])
    assert stands(store, sent) == [(Status.FAILED, 1)]
    assert not Outbox(store).claim(10, 60)


def test_the_selection_is_frozen_and_what_moved_by_itself_is_left_alone(store: Engine, ledger: Ledger) -> None:
    sent = ended(ledger, 3)
    replays = ledger.replays()
    order = replays.order(FAILED, operator="lan", rate=100)
    later = ended(ledger, 2)
    ledger.record([an_outcome((sent[1], RECIPIENT), Status.TAKEN, attempt=0)])
    pass_time(store)
    assert replays.go_on(100) == 3
    assert stands(store, sent) == [(Status.ACCEPTED, 2), (Status.TAKEN, 1), (Status.ACCEPTED, 2)]
    assert stands(store, later) == [(Status.FAILED, 1)] * 2
    assert [item.outcome for item in replays.items(order)] == ["accepted", "moved", "accepted"]
    (kept,) = replays.all(order)
    assert (kept.total, kept.waiting, kept.moved) == (3, 0, 1)


def test_each_goes_once_whoever_carries_it_out_and_a_restart_goes_on_where_it_was(
    store: Engine, ledger: Ledger
) -> None:
    sent = ended(ledger, 5)
    order = ledger.replays().order(FAILED, operator="lan", rate=1)
    counts = []
    for _ in range(4):
        pass_time(store)
        counts.append(Ledger(store).replays().go_on(100))  # another process each time
    assert counts == [2, 2, 1, 0]
    assert [kept.state for kept in ledger.replays().all(order)] == [State.DONE]
    assert stands(store, sent) == [(Status.ACCEPTED, 2)] * 5


def test_the_pace_is_kept_and_what_a_pause_did_not_use_is_not_made_up_for(store: Engine, ledger: Ledger) -> None:
    ended(ledger, 30)
    replays = ledger.replays()
    replays.order(FAILED, operator="lan", rate=5)
    assert replays.go_on(100) == 0
    pass_time(store, 1)
    assert replays.go_on(100) in {5, 6}
    assert replays.go_on(100) <= 2
    pass_time(store, 3600)
    assert replays.go_on(100) == 10


def test_a_stopped_one_rests_until_it_is_resumed_and_a_finished_one_is_neither(store: Engine, ledger: Ledger) -> None:
    ended(ledger, 3)
    replays = ledger.replays()
    order = replays.order(FAILED, operator="lan", rate=1000)
    assert replays.turn(order, State.STOPPED)
    pass_time(store)
    assert replays.go_on(100) == 0
    assert replays.turn(order, State.RUNNING)
    pass_time(store)
    assert replays.go_on(100) == 3
    pass_time(store)
    assert replays.go_on(100) == 0
    assert not replays.turn(order, State.STOPPED)


def test_agency_status_time_and_reason_choose(ledger: Ledger) -> None:
    busy, full = ended(ledger, 1), ended(ledger, 1, said="đĩa đầy\ndisk full")
    refused = ended(ledger, 1, Status.REFUSED)
    other = a_dispatch(recipients=[OTHER])
    ledger.accept([other])
    ledger.record([an_outcome((other, OTHER), Status.FAILED)])
    replays = ledger.replays()

    def chosen(**how: object) -> list[str]:
        choice = Choice(**{"agency": TO, "statuses": {Status.FAILED}, "since": LONG_AGO, **how})  # type: ignore[arg-type]
        return [one.dispatch_id for one in replays.found(choice)]

    now = datetime.now(UTC)
    assert chosen() == [busy[0].id, full[0].id]
    assert chosen(statuses={Status.REFUSED}) == [refused[0].id]
    assert chosen(reason="disk") == [full[0].id]
    assert chosen(since=now + timedelta(hours=1)) == chosen(until=now - timedelta(hours=1)) == []


def test_what_was_erased_is_not_put_out(ledger: Ledger) -> None:
    (sent,) = ended(ledger, 1)
    assert ledger.erase(sent.id, "hết hạn")
    assert ledger.replays().found(FAILED) == []


def test_looking_changes_nothing_and_an_order_for_nothing_is_done_at_once(store: Engine, ledger: Ledger) -> None:
    replays = ledger.replays()
    replays.found(FAILED)
    assert look(store, lambda c: c.execute(select(replay)).all()) == []
    order = replays.order(FAILED, operator="lan", rate=1)
    assert [kept.state for kept in replays.all(order)] == [State.DONE]


def test_what_lay_in_a_queue_that_was_lost_is_put_out_from_the_ledger(store: Engine, ledger: Ledger) -> None:
    sent = ended(ledger, 2, Status.QUEUED)
    replays = ledger.replays()
    replays.order(Choice(agency=TO, statuses={Status.QUEUED}, since=LONG_AGO), operator="lan", rate=100)
    pass_time(store)
    assert replays.go_on(100) == 2
    assert {parcel.dispatch_id for parcel in Outbox(store).claim(10, 60)} == {one.id for one in sent}
