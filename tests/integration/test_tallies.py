from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from lgsp.model.agency import AgencyCode, Bloc, Level, Participant
from lgsp.model.delivery import Dispatch, Route, Status
from lgsp.model.envelope import Admission, Kind, MessageHeader
from lgsp.model.paper import PaperReason
from lgsp.reports.cells import Counted
from lgsp.sdk.dossier import Progress, write_progress
from lgsp.store import Leaves, Ledger, tables
from lgsp.store.engine import commit
from lgsp.store.tallies import Cell, Tallies
from tests.builders import a_dossier, a_message
from tests.dispatches import MOMENT, a_dispatch, a_refusal, a_report, an_outcome
from tests.lifecycle import a_recall
from tests.tallied import by_hand

if TYPE_CHECKING:
    from collections import Counter

    from sqlalchemy import Engine

    from lgsp.store.tallies import Facts

RULES = Counted(targets={1: 30, 2: 10, 3: 5, 4: 5})
TOWN = Participant(agency=AgencyCode("H03.20"), written=AgencyCode("H03.20"), level=Level.COMMUNE, bloc=Bloc.PARTY)
MINISTRY = Participant(agency=AgencyCode("G22"), written=AgencyCode("G22"), level=Level.CENTRAL, bloc=Bloc.GOVERNMENT)
DESK = Participant(
    agency=AgencyCode("H03.11"), written=AgencyCode("H03.11"), level=Level.PROVINCE, bloc=Bloc.GOVERNMENT
)
ENDS = (TOWN, MINISTRY, DESK)


def sent(sender: Participant, *recipients: Participant, **changes: Any) -> Dispatch:
    made = a_dispatch(
        sender=sender.agency, recipients=[each.agency for each in recipients], priority=changes.pop("priority", 0)
    )
    return replace(made, route=Route(sender=sender, recipients=tuple(recipients)), **changes)


def counted(store: Engine) -> Counter[Cell]:
    """Let the log and the tallies catch up; return them, which must be what a recount gives."""
    while Leaves(store).append(100):
        pass
    tallies = Tallies(store)
    while tallies.advance(RULES, 7):
        pass
    assert tallies.lag() == (0, 0)
    found = tallies.cells()
    assert found == tallies.recount(RULES)
    assert found == by_hand(store)
    return found


@pytest.mark.timeout(300)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_after_any_order_of_events_kills_and_double_runs_tallies_are_a_recount(
    store: Engine, data: st.DataObject
) -> None:
    _emptied(store)
    ledger = Ledger(store)
    known: list[Dispatch] = []
    for _ in range(data.draw(st.integers(1, 12), label="events")):
        event = data.draw(
            st.sampled_from(["send", "record", "report", "recall", "refuse", "log", "count", "killed", "hold"])
        )
        one = data.draw(st.sampled_from(known)) if known else None
        match event:
            case "send":
                known.append(_drawn(data))
                ledger.accept([known[-1]])
            case "record" if one:
                outcome = data.draw(st.sampled_from(Status))
                due = {"due": MOMENT} if outcome is Status.ACCEPTED else {}
                ledger.record([an_outcome((one, one.recipients[0]), outcome, attempt=0, **due)])
            case "report" if one:
                code = data.draw(st.sampled_from(["01", "02", "03", "06", "15"]))
                ledger.accept([a_report(one, sender=one.recipients[-1], status=code)])
            case "recall" if one:
                ledger.accept([a_recall(one)])
            case "refuse":
                ledger.accept([], [a_refusal()])
            case "log":
                Leaves(store).append(data.draw(st.integers(1, 5)))
            case "count":
                Tallies(store).advance(RULES, data.draw(st.integers(1, 5)))
            case "killed":
                with pytest.raises(RuntimeError) if Tallies(store).lag().leaves else _quiet():
                    Tallies(store).advance(_Dying(targets=RULES.targets), 3)
    counted(store)


def _drawn(data: st.DataObject) -> Dispatch:
    sender = data.draw(st.sampled_from(ENDS))
    recipients = data.draw(st.lists(st.sampled_from(ENDS), min_size=1, max_size=3, unique=True))
    paper = data.draw(st.sampled_from([None, *PaperReason]))
    hours = data.draw(st.integers(0, 30))
    return sent(
        sender,
        *recipients,
        paper=paper,
        accepted=MOMENT + timedelta(hours=hours),
        priority=data.draw(st.integers(0, 4)),
    )


class _quiet:  # noqa: N801  # stands for nothing
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class _Dying(Counted):
    """Dies before the commit."""

    def count(self, facts: Facts) -> NoReturn:
        raise RuntimeError(facts)


def _emptied(store: Engine) -> None:
    commit(store, lambda c: [c.execute(delete(table)) for table in reversed(tables.metadata.sorted_tables)])


def test_what_is_counted_twice_at_once_counts_once(store: Engine) -> None:
    Ledger(store).accept([sent(DESK, TOWN) for _ in range(60)])
    Leaves(store).append(1000)
    workers = [
        threading.Thread(target=lambda: [Tallies(store).advance(RULES, 10) for _ in range(30)]) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(amount for cell, amount in counted(store).items() if cell.book == "sent" and not cell.agency) == 60


def test_when_the_rules_change_everything_is_counted_anew(store: Engine) -> None:
    Ledger(store).accept([sent(DESK, TOWN), sent(DESK, MINISTRY)])
    counted(store)
    others = Counted(province=("H04",))
    tallies = Tallies(store)
    assert tallies.advance(others) > 0
    assert {cell.facets.split("|")[4] for cell in tallies.cells() if cell.book == "sent" and not cell.agency} == {
        "incoming"
    }
    assert tallies.cells() == tallies.recount(others)


def test_a_tally_that_somebody_changed_is_found_by_a_recount(store: Engine) -> None:
    Ledger(store).accept([sent(DESK, TOWN)])
    counted(store)
    commit(store, lambda c: c.execute(update(tables.tally).values(amount=tables.tally.c.amount + 1)))
    assert Tallies(store).cells() != Tallies(store).recount(RULES)


def test_a_document_that_is_held_is_counted_apart(store: Engine) -> None:
    one = sent(DESK, TOWN)
    proof = replace(one.verified.proof, verdict="indeterminate", admission=Admission.HOLD)
    Ledger(store).accept([replace(one, verified=replace(one.verified, proof=proof))])
    assert {cell.book for cell in counted(store)} == {"sent"}


def test_the_day_is_vietnams(store: Engine) -> None:
    late = MOMENT.replace(hour=17, minute=30)  # half past midnight in Vietnam
    Ledger(store).accept([sent(DESK, TOWN, accepted=late)])
    assert {cell.day for cell in counted(store)} == {str((late + timedelta(days=1)).date())}


def test_an_agency_that_rises_is_counted_at_the_level_that_it_had(store: Engine) -> None:
    risen = replace(TOWN, level=Level.PROVINCE)
    Ledger(store).accept([sent(DESK, TOWN), sent(DESK, risen)])
    counted(store)
    found = {one.level: one.figures["received"] for one in Tallies(store).agencies(only=TOWN.agency)}
    assert found == {"commune": 1, "province": 1}


def test_a_dossier_is_told_of_by_the_desk_and_finished_by_the_ministry(store: Engine) -> None:
    opened = a_message(payload=a_dossier(channel=3, due=MOMENT, received=MOMENT - timedelta(days=3)))
    closed = a_message(
        payload=write_progress(
            Progress(
                number="000.00.11.H03-200924-0001", state=9, officer="Lê Thị Mẫu", time=MOMENT + timedelta(hours=1)
            )
        )
    )
    Ledger(store).accept([_message(DESK, opened), _message(MINISTRY, closed)])
    while Leaves(store).append(100):
        pass
    tallies = Tallies(store)
    while tallies.advance(RULES):
        pass
    (facets,) = tallies.totals("dossier")
    assert facets == ("3", "done", "late", "2026-11-22", "")
    assert tallies.cells() == tallies.recount(RULES)
    commit(store, lambda c: c.execute(update(tables.dispatch).values(octets=b"")))
    assert tallies.cells() == tallies.recount(RULES), "what an erased message said is still known"


def _message(sender: Participant, octets: bytes) -> Dispatch:
    one = sent(sender, TOWN)
    header = MessageHeader(
        service="one-stop.dossier", conversation="c", created=MOMENT, payload="{urn:lgsp:dossier:1}Dossier"
    )
    envelope = replace(one.verified.envelope, octets=octets, header=header)
    assert envelope.kind is Kind.MESSAGE
    return replace(one, verified=replace(one.verified, envelope=envelope))
