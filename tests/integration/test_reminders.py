"""Deadlines that passed are found once, on both engines, and told until they are heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from lgsp.calendar import calendar_of
from lgsp.model.calendar import VIETNAM
from lgsp.model.delivery import Status
from lgsp.model.envelope import BusinessType, DocumentHeader, Reference
from lgsp.model.lifecycle import RequestKind, RequestState
from lgsp.model.overdue import What
from lgsp.settings import CalendarSection
from lgsp.store import Ledger
from lgsp.store.engine import commit
from lgsp.store.reminders import Reminders
from lgsp.store.tables import deadline, history, request
from lgsp.store.watching import Watch
from tests.dispatches import OTHER, RECIPIENT, SENDER, a_dispatch, a_report, an_outcome

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch
    from lgsp.model.overdue import Overdue

#: A Monday morning.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM).astimezone(UTC)
WATCH = Watch(calendar_of(CalendarSection()), 8, {3: 5.0})


def accepted(engine: Engine, at: datetime, **header: Any) -> Dispatch:
    """Let a document be accepted at a moment."""
    wanted = DocumentHeader(**{"number": "7", "notation": "UBND", "promulgated": "2026/11/20"} | header)
    made = replace(a_dispatch(recipients=[RECIPIENT, OTHER], header=wanted), accepted=at)
    made = replace(made, verified=replace(made.verified, envelope=replace(made.verified.envelope, header=wanted)))
    (answer,) = Ledger(engine).accept([made])
    assert hasattr(answer, "octets"), answer
    return made


def delivered(engine: Engine, document: Dispatch, at: datetime) -> None:
    """Let it be delivered to both at a moment."""
    Ledger(engine).record([an_outcome((document, code), Status.DELIVERED) for code in (RECIPIENT, OTHER)])
    mine = (history.c.dispatch_id == document.id) & (history.c.status == Status.DELIVERED)
    commit(engine, lambda connection: connection.execute(update(history).where(mine).values(at=at)))


def found(engine: Engine, what: What, now: datetime = NOW) -> list[Overdue]:
    return Reminders(engine).find(what, WATCH, now)[0]


@pytest.mark.parametrize(
    ("promulgated", "late"),
    [
        ("2026/11/20", False),  # a Friday; sent on Monday morning
        ("2026/11/19", True),
        ("2026/11/22", False),
        ("2026-11-18", True),
        ("2026/02/30", False),  # no such day
        ("", False),
    ],
)
def test_what_is_sent_after_the_morning_of_the_next_working_day_is_late(
    store: Engine,
    promulgated: str,
    *,
    late: bool,
) -> None:
    made = accepted(store, NOW, promulgated=promulgated)
    assert found(store, What.LATE) == []  # it is too fresh to be looked at
    later = NOW + timedelta(minutes=5)
    told = [(one.dispatch_id, one.agency, one.recipient) for one in found(store, What.LATE, later)]
    assert told == ([(made.id, SENDER, "")] if late else [])
    assert found(store, What.LATE, later) == []


def test_what_repeats_an_earlier_document_is_not_late(store: Engine) -> None:
    accepted(store, NOW, promulgated="2020/01/02", business=BusinessType.UPDATE)
    assert found(store, What.LATE, NOW + timedelta(hours=1)) == []


def test_a_delivery_is_untaken_once_its_hours_of_work_are_over(store: Engine) -> None:
    made = accepted(store, NOW - timedelta(days=4))
    delivered(store, made, datetime(2026, 11, 20, 8, 30, tzinfo=VIETNAM))  # eight hours of work end on Monday at 9:00
    assert found(store, What.UNTAKEN, datetime(2026, 11, 23, 8, 59, tzinfo=VIETNAM)) == []
    Ledger(store).record([an_outcome((made, OTHER), Status.TAKEN)])
    told = found(store, What.UNTAKEN, datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM))
    assert [(one.dispatch_id, one.agency, one.recipient) for one in told] == [(made.id, RECIPIENT, RECIPIENT)]
    assert found(store, What.UNTAKEN, NOW + timedelta(days=9)) == []


def test_a_later_delivery_is_found_when_its_own_time_has_come(store: Engine) -> None:
    first, second = accepted(store, NOW - timedelta(days=9), number="1"), accepted(store, NOW, number="2")
    delivered(store, first, NOW - timedelta(days=9))
    delivered(store, second, NOW)
    assert {one.dispatch_id for one in found(store, What.UNTAKEN)} == {first.id}
    assert {one.dispatch_id for one in found(store, What.UNTAKEN, NOW + timedelta(days=3))} == {second.id}


def test_what_nobody_answered_by_its_day_is_unanswered_at_the_end_of_that_day(store: Engine) -> None:
    made = accepted(store, NOW - timedelta(days=3), due="2026/11/21")  # a Saturday: the day ends with Monday
    delivered(store, made, NOW - timedelta(days=3))
    assert found(store, What.UNANSWERED, datetime(2026, 11, 23, 23, 59, tzinfo=VIETNAM)) == []
    told = found(store, What.UNANSWERED, datetime(2026, 11, 24, 0, 0, 1, tzinfo=VIETNAM))
    assert sorted(one.agency for one in told) == sorted([RECIPIENT, OTHER])
    assert found(store, What.UNANSWERED, NOW + timedelta(days=30)) == []


def test_a_finished_document_and_an_answered_one_are_not_unanswered(store: Engine) -> None:
    made = accepted(store, NOW - timedelta(days=9), due="2026/11/16")
    delivered(store, made, NOW - timedelta(days=9))
    answer = DocumentHeader(
        number="9",
        notation="SNV",
        promulgated="2026/11/16",
        responds_to=(Reference(agency=SENDER, code="07 / ubnd", promulgated="", document_id=""),),
    )
    Ledger(store).accept([a_dispatch(sender=OTHER, recipients=[SENDER], header=answer)])
    Ledger(store).accept([a_report(made, status="06")])
    assert found(store, What.UNANSWERED) == []


def test_a_request_that_was_given_up_is_unheeded(store: Engine) -> None:
    made = accepted(store, NOW - timedelta(days=9))
    row = {
        "dispatch_id": made.id,
        "about": made.id,
        "recipient": RECIPIENT,
        "kind": RequestKind.RECALL,
        "state": RequestState.NO_ANSWER,
        "asked": NOW - timedelta(days=5),
        "due": NOW - timedelta(days=2),
        "changed": NOW,
    }
    commit(store, lambda connection: connection.execute(request.insert().values(row)))
    told = found(store, What.UNHEEDED)
    assert [(one.dispatch_id, one.agency) for one in told] == [(made.id, RECIPIENT)]
    assert found(store, What.UNHEEDED) == []


def test_what_is_urgent_and_still_waits_is_told_once(store: Engine) -> None:
    made = accepted(store, NOW - timedelta(seconds=10), priority=3)
    Ledger(store).record([an_outcome((made, OTHER), Status.DELIVERED)])
    assert [(one.recipient, one.agency) for one in found(store, What.URGENT)] == [(RECIPIENT, "")]
    assert found(store, What.URGENT) == []
    assert found(store, What.URGENT, NOW + timedelta(days=1)) == []


def test_two_processes_that_look_at_once_tell_of_each_once(store: Engine) -> None:
    accepted(store, NOW - timedelta(days=9), promulgated="2020/01/02")
    first, second = Reminders(store), Reminders(store)
    told = [first.find(What.LATE, WATCH, NOW)[0], second.find(What.LATE, WATCH, NOW)[0]]
    assert [len(each) for each in told] == [1, 0]


def test_a_list_shows_what_is_still_so_and_on_wish_what_was(store: Engine) -> None:
    made = accepted(store, NOW - timedelta(days=9))
    delivered(store, made, NOW - timedelta(days=9))
    found(store, What.UNTAKEN)
    reminders = Reminders(store)
    assert len(reminders.listed()) == 2
    (one,) = reminders.listed(RECIPIENT, What.UNTAKEN)
    assert (one.number, one.notation, one.sender, one.open) == ("7", "UBND", SENDER, True)
    assert reminders.listed(RECIPIENT, What.LATE) == []
    Ledger(store).record([an_outcome((made, RECIPIENT), Status.TAKEN)])
    assert reminders.listed(RECIPIENT) == []
    (same,) = reminders.listed(RECIPIENT, open_only=False)
    assert not same.open


def test_only_one_has_the_turn_to_tell_and_a_failure_waits_longer_each_time(store: Engine) -> None:
    accepted(store, NOW - timedelta(days=9), promulgated="2020/01/02")
    found(store, What.LATE)
    one, other, hold = Reminders(store), Reminders(store), timedelta(minutes=1)
    assert one.turn("mail", SENDER, NOW, hold)
    assert not other.turn("mail", SENDER, NOW, hold)
    assert other.turn("mail", SENDER, NOW + hold, hold)  # the first one died
    pause = timedelta(minutes=5)
    at = NOW + hold
    for factor in (1, 2, 4):
        one.failed("mail", SENDER, at, pause)
        assert not one.turn("mail", SENDER, at + factor * pause - timedelta(seconds=1), hold)
        at += factor * pause
        assert one.turn("mail", SENDER, at, hold)
    waiting = one.untold("mailed", NOW - timedelta(days=7), SENDER)
    assert len(waiting) == 1
    one.told("mailed", "mail", SENDER, waiting, at, at + timedelta(days=1))
    assert one.untold("mailed", NOW - timedelta(days=7), SENDER) == []
    assert len(one.untold("posted", NOW - timedelta(days=7))) == 1


def test_looking_reads_on_and_never_again_what_it_has_read(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lgsp.store.watching.PAGE", 3)
    made = [accepted(store, NOW - timedelta(days=9), promulgated="2020/01/02", number=str(n)) for n in range(8)]
    reminders = Reminders(store)
    pages = []
    more = True
    while more:
        page, more = reminders.find(What.LATE, WATCH, NOW)
        pages.append([one.dispatch_id for one in page])
    assert [len(page) for page in pages] == [3, 3, 2]
    assert [each for page in pages for each in page] == [one.id for one in made]


def test_a_day_that_was_looked_at_is_closed(store: Engine) -> None:
    accepted(store, NOW - timedelta(days=9), due="2026/11/16")
    accepted(store, NOW - timedelta(days=9), due="không rõ", number="8")
    assert found(store, What.UNANSWERED) == []  # nobody has it yet
    assert commit(store, lambda connection: connection.execute(deadline.select()).all()) == []
