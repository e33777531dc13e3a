"""How old what waits is, who is told, and what is given up for its age; on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, insert, update

from lgsp.amqp.telling import message_of
from lgsp.model.age import Age, Wait
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Status
from lgsp.model.envelope import Admission
from lgsp.store import Directory, Ledger, Outbox, Views
from lgsp.store.ages import Ages
from lgsp.store.breakers import Breakers
from lgsp.store.engine import commit
from lgsp.store.notices import Notices
from lgsp.store.tables import entry, hold, outbox
from lgsp.upkeep.alarms import Alarms
from lgsp.upkeep.expiring import Expiring
from tests.dispatches import OTHER, RECIPIENT, SENDER, a_dispatch, an_outcome
from tests.province import an_agency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch

NOW = datetime.now(UTC)
TO = AgencyCode(RECIPIENT)


def sent(store: Engine, hours: float, *recipients: str) -> Dispatch:
    """Let a document have been accepted so many hours ago."""
    for code in (SENDER, RECIPIENT, OTHER):
        if Directory(store, 0).find(AgencyCode(code)) is None:
            Directory(store, 0).add(an_agency(AgencyCode(code)))
    at = datetime.now(UTC) - timedelta(hours=hours)
    dispatch = replace(a_dispatch(recipients=recipients or [RECIPIENT]), accepted=at)
    Ledger(store).accept([dispatch])
    return dispatch


def queued(store: Engine, *dispatches: Dispatch) -> None:
    Ledger(store).record([an_outcome((one, RECIPIENT), Status.QUEUED) for one in dispatches])


def hours(ages: Sequence[Age]) -> dict[tuple[Wait, str], int]:
    now = datetime.now(UTC)
    return {(age.what, age.agency or ""): round((now - age.since) / timedelta(hours=1)) for age in ages}


def test_the_oldest_is_found_wherever_it_waits(store: Engine) -> None:
    old = [sent(store, 30), sent(store, 20), sent(store, 10, OTHER), sent(store, 5, OTHER)]
    queued(store, old[0])
    measured = hours(Ages(store).measured())
    assert measured[Wait.QUEUED, RECIPIENT] == 30
    assert measured[Wait.ACCEPTED, RECIPIENT] == 20
    assert measured[Wait.ACCEPTED, OTHER] == 10
    assert measured[Wait.OUTBOX, ""] == 20
    assert measured[Wait.EVIDENCE, ""] >= 5
    commit(store, lambda c: c.execute(delete(entry)))
    assert (Wait.EVIDENCE, "") not in hours(Ages(store).measured())


def test_what_a_relay_has_taken_or_what_waits_for_its_time_is_not_in_the_outbox_s_age(store: Engine) -> None:
    sent(store, 30)
    sent(store, 20)
    (claimed,) = Outbox(store).claim(1, 60)
    later = outbox.c.dispatch_id != claimed.dispatch_id
    commit(store, lambda c: c.execute(update(outbox).where(later).values(due=NOW + timedelta(hours=1))))
    assert (Wait.OUTBOX, "") not in hours(Ages(store).measured())


def test_what_is_held_is_old_as_held_and_as_nothing_else(store: Engine) -> None:
    one = sent(store, 30)
    held = {"dispatch_id": one.id, "admission": Admission.HOLD, "detail": "", "decided": None}
    commit(store, lambda c: c.execute(insert(hold).values(held)))
    measured = hours(Ages(store).measured())
    assert measured[Wait.HELD, ""] == 30
    assert (Wait.ACCEPTED, RECIPIENT) not in measured


def test_an_excess_is_told_once_by_all_processes_together_and_once_when_it_is_over(store: Engine) -> None:
    one = sent(store, 30)
    queued(store, one)
    with structlog.testing.capture_logs() as told:
        for _ in range(3):
            Alarms(Ages(store), {Wait.QUEUED: 3600.0}).sweep()
        assert hours(Ages(store).told()) == {(Wait.QUEUED, RECIPIENT): 30}
        Ledger(store).record([an_outcome((one, RECIPIENT), Status.DELIVERED)])
        for _ in range(3):
            Alarms(Ages(store), {Wait.QUEUED: 3600.0}).sweep()
    events = [(line["event"], line["what"], line["agency"]) for line in told if line["event"].startswith("age.")]
    assert events == [("age.exceeded", "queued", RECIPIENT), ("age.recovered", "queued", RECIPIENT)]
    assert Ages(store).told() == []


def test_what_could_not_be_handed_over_in_its_time_is_failed_with_the_reason_whatever_it_waited_in(
    store: Engine,
) -> None:
    first, second, young = sent(store, 50), sent(store, 49), sent(store, 47)
    queued(store, first)
    broom = Expiring(Ledger(store), hours=48, by_agency={OTHER: 1000.0})
    other = sent(store, 900, OTHER)
    with structlog.testing.capture_logs() as told:
        while broom.sweep():
            pass
    stands = [Views(store).trace(one.id)[0].deliveries[0].status for one in (first, second, young, other)]
    assert stands == [Status.FAILED, Status.FAILED, Status.ACCEPTED, Status.ACCEPTED]
    assert sorted(line["dispatch"] for line in told if line["event"] == "delivery.expired") == [first.id, second.id]
    assert "time to live" in Views(store).trace(first.id)[0].history[-1].detail
    assert {parcel.dispatch_id for parcel in Outbox(store).claim(10, 60)} == {young.id, other.id}


def test_what_waited_for_a_judgement_or_was_put_out_again_lives_from_then_on(store: Engine) -> None:
    held, judged, again = sent(store, 90), sent(store, 80), sent(store, 70)
    rows: list[dict[str, object]] = [
        {"dispatch_id": held.id, "admission": Admission.HOLD, "detail": "", "decided": None},
        {"dispatch_id": judged.id, "admission": Admission.ACCEPT, "detail": "", "decided": NOW - timedelta(hours=1)},
    ]
    commit(store, lambda c: c.execute(insert(hold), rows))
    broom = Expiring(Ledger(store), hours=48, by_agency={})
    assert [broom.sweep(), broom.sweep()] == [1, 0]
    assert Views(store).trace(again.id)[0].deliveries[0].status is Status.FAILED


def test_a_late_word_that_it_arrived_counts_more_than_that_it_was_given_up(store: Engine) -> None:
    one = sent(store, 90)
    queued(store, one)
    assert Expiring(Ledger(store), hours=48, by_agency={}).sweep() == 1
    Ledger(store).record([an_outcome((one, RECIPIENT), Status.DELIVERED)])
    assert Views(store).trace(one.id)[0].deliveries[0].status is Status.DELIVERED


def test_a_system_that_is_spared_is_listed_with_what_waits_for_it_until_it_answers(store: Engine) -> None:
    queued(store, sent(store, 2), sent(store, 1))
    breakers = Breakers(store)
    breakers.opened(TO, "không trả lời\nno answer")
    breakers.opened(TO, "again")
    (spared,) = breakers.spared()
    assert (spared.agency, spared.why, spared.queued) == (TO, "không trả lời\nno answer", 2)
    breakers.closed(TO)
    assert breakers.spared() == []


def test_the_sender_is_told_of_a_delivery_that_was_given_up_where_its_door_can_tell(store: Engine) -> None:
    sent(store, 0)
    by_amqp, by_soap = replace(a_dispatch(recipients=[RECIPIENT, OTHER]), door="amqp"), a_dispatch()
    Ledger(store).accept([by_amqp, by_soap])
    failed = [an_outcome((one, RECIPIENT), Status.FAILED, detail="không được\nin vain") for one in (by_amqp, by_soap)]
    Ledger(store).record([*failed, an_outcome((by_amqp, OTHER), Status.DELIVERED)])
    (told,) = Notices(store).untold("amqp")
    assert (told.dispatch_id, told.admission, told.recipient) == (by_amqp.id, "failed", RECIPIENT)
    assert (told.said.vi, told.said.en) == ("không được", "in vain")
    assert b"<Admission>failed</Admission><Recipient>H03.12</Recipient>" in message_of(told).octets
