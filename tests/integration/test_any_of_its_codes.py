"""Old code, new code and alias of one agency reach one mailbox, and its signature holds by each of them."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from lgsp.couriers import Couriers
from lgsp.model.agency import AgencyCode, Bloc, Level, State
from lgsp.model.delivery import Receipt, Refusal
from lgsp.model.envelope import Arrival
from lgsp.model.errors import AgencyLocked, SignatureRejected
from tests.builders import a_document, a_status
from tests.province import Province, an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lgsp.assembly import Assembly
    from lgsp.courier import Courier

COMMITTEE, DEPARTMENT, COMMUNE = AgencyCode("H03"), AgencyCode("H03.11"), AgencyCode("H03.31.20")
NAMES = ("H03.11", "000.00.11.H03", "VXP.SAAS.03")


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return make_province(tmp_path, [an_agency(COMMITTEE), an_agency(DEPARTMENT), an_agency(COMMUNE)])


@pytest.fixture
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        directory = assembly.directory
        directory.add_alias(AgencyCode("000.00.00.H03"), COMMITTEE)
        directory.add_alias(AgencyCode("000.00.11.H03"), DEPARTMENT)
        directory.add_alias(AgencyCode("vxp.saas.03"), DEPARTMENT, malformed=True)
        yield assembly


def sent(bus: Assembly, octets: bytes, caller: AgencyCode = COMMITTEE) -> Receipt | Refusal:
    arrival = Arrival(octets=octets, caller=caller, door="soap", correlation="c", arrived=datetime.now(UTC))
    (answer,) = bus.intake.accept([arrival])
    return answer


def delivered(bus: Assembly) -> None:
    while bus.relay.forward():
        pass
    couriers = Couriers(
        directory=bus.directory,
        transport=bus.transport,
        ledger=bus.ledger,
        make_adapter=bus.adapter,
        breakers=bus.breakers,
    )
    for wanted in couriers.wanted().values():
        with closing(cast("Courier", wanted.make())) as courier:
            while courier.round(0):
                pass


def test_a_document_to_any_of_its_codes_lies_in_the_same_mailbox(province: Province, bus: Assembly) -> None:
    for n, code in enumerate(NAMES):
        octets = a_document(sender=COMMITTEE, recipients=[code], number=str(n + 1))
        assert isinstance(sent(bus, province.signed(octets, COMMITTEE)), Receipt)
    delivered(bus)
    waiting = bus.views.received(DEPARTMENT)
    assert len(waiting) == len(NAMES)
    traces = [bus.views.trace(item.dispatch_id)[0] for item in waiting]
    assert [trace.deliveries[0].written for trace in traces] == list(NAMES)
    assert {trace.deliveries[0].recipient for trace in traces} == {DEPARTMENT}


@pytest.mark.parametrize("code", ["H03", "000.00.00.H03"])
def test_a_sender_is_the_same_by_any_of_its_codes_and_its_certificate_holds(
    province: Province, bus: Assembly, code: str
) -> None:
    answer = sent(bus, province.signed(a_document(sender=code, recipients=[DEPARTMENT]), COMMITTEE))
    assert isinstance(answer, Receipt), answer
    (trace,) = bus.views.trace(answer.dispatch_id)
    assert (trace.sender, trace.sender_written, trace.standing) == (COMMITTEE, code, "signature")
    assert [item.dispatch_id for item in bus.views.sent(COMMITTEE)] == [answer.dispatch_id]


def test_a_status_to_the_sender_s_other_code_comes_back_to_it_and_finds_the_document(
    province: Province, bus: Assembly
) -> None:
    answer = sent(bus, province.signed(a_document(sender="000.00.00.H03", recipients=[DEPARTMENT]), COMMITTEE))
    assert isinstance(answer, Receipt), answer
    status = a_status(sender="000.00.11.H03", to="H03", about=answer.document_id)
    reported = sent(bus, status, DEPARTMENT)
    assert isinstance(reported, Receipt), reported
    (trace,) = bus.views.trace(answer.dispatch_id)
    assert [(said.reporter, said.code) for said in trace.business] == [(DEPARTMENT, "03")]


def test_nobody_writes_in_another_s_name_but_for_whom_it_speaks_and_only_then(
    province: Province, bus: Assembly
) -> None:
    octets = province.signed(a_document(sender=COMMUNE, recipients=[DEPARTMENT]), COMMITTEE)
    refused = sent(bus, octets)
    assert isinstance(refused, Refusal)
    assert isinstance(refused.error, SignatureRejected)
    bus.directory.let_speak(COMMITTEE, COMMUNE, until=datetime.now(UTC) + timedelta(hours=1))
    answer = sent(bus, octets)
    assert isinstance(answer, Receipt), answer
    (trace,) = bus.views.trace(answer.dispatch_id)
    assert (trace.sender, trace.caller) == (COMMUNE, COMMITTEE)
    bus.directory.end_speaking(COMMITTEE, COMMUNE)
    again = a_document(sender=COMMUNE, recipients=[DEPARTMENT], number="77")
    assert isinstance(sent(bus, province.signed(again, COMMITTEE)), Refusal)


def test_a_group_is_expanded_when_the_document_is_accepted_and_stays_written(province: Province, bus: Assembly) -> None:
    group = AgencyCode("H03.TATCA")
    bus.directory.add_group(group, "Tất cả")
    bus.directory.add_members(group, [DEPARTMENT, COMMITTEE])
    first = sent(bus, province.signed(a_document(sender=COMMITTEE, recipients=[group], number="1"), COMMITTEE))
    bus.directory.add_members(group, [COMMUNE])
    second = sent(bus, province.signed(a_document(sender=COMMITTEE, recipients=[group], number="2"), COMMITTEE))
    ends = []
    for answer in (first, second):
        assert isinstance(answer, Receipt), answer
        (trace,) = bus.views.trace(answer.dispatch_id)
        ends.append([(stand.recipient, stand.written) for stand in trace.deliveries])
    assert ends == [[(DEPARTMENT, group)], [(DEPARTMENT, group), (COMMUNE, group)]]


def test_a_locked_agency_gets_nothing_and_what_waits_for_it_waits(province: Province, bus: Assembly) -> None:
    octets = [a_document(sender=COMMITTEE, recipients=[DEPARTMENT], number=str(n)) for n in (1, 2)]
    assert isinstance(sent(bus, province.signed(octets[0], COMMITTEE)), Receipt)
    bus.directory.amend(DEPARTMENT, state=State.LOCKED)
    refused = sent(bus, province.signed(octets[1], COMMITTEE))
    assert isinstance(refused, Refusal)
    assert isinstance(refused.error, AgencyLocked)
    delivered(bus)
    assert bus.views.received(DEPARTMENT) == []
    bus.directory.amend(DEPARTMENT, state=State.ACTIVE)
    delivered(bus)
    assert len(bus.views.received(DEPARTMENT)) == 1


def test_level_and_bloc_are_kept_as_they_were_at_the_time_of_sending(province: Province, bus: Assembly) -> None:
    directory = bus.directory
    directory.amend(DEPARTMENT, level=Level.DISTRICT, bloc=Bloc.PARTY)
    answer = sent(bus, province.signed(a_document(sender=COMMITTEE, recipients=[DEPARTMENT]), COMMITTEE))
    directory.amend(DEPARTMENT, level=Level.COMMUNE, bloc=Bloc.MASS_ORGANISATION)
    assert isinstance(answer, Receipt), answer
    with bus.engine.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT recipient_level, recipient_bloc, sender_level FROM delivery JOIN dispatch ON id = dispatch_id"
        ).one()
    assert tuple(row) == (Level.DISTRICT, Bloc.PARTY, Level.PROVINCE)


def test_an_agency_calls_by_any_of_its_codes(province: Province, bus: Assembly) -> None:
    system_id, secret = province.secrets[DEPARTMENT]
    assert system_id == DEPARTMENT
    assert {bus.directory.caller(code, secret) for code in NAMES} == {DEPARTMENT}
