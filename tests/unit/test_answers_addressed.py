"""A status reaches the first sender however its system addressed it; a second document with one number is refused."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt, Refusal
from lgsp.model.envelope import Arrival, Reference
from lgsp.model.errors import DuplicateConflict, UnknownRecipient
from lgsp.sdk.writing import Party, write_status
from lgsp.upkeep.following import Following
from tests.builders import COMMITTEE, COMMUNE, DEPARTMENT, SENT, a_document
from tests.province import Province, an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.assembly import Assembly


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    return make_province(tmp_path_factory.mktemp("p"), map(an_agency, (COMMITTEE, DEPARTMENT, COMMUNE)))


@pytest.fixture(scope="module")
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        yield assembly


@pytest.fixture(scope="module")
def sent(province: Province, bus: Assembly) -> str:
    """A document of the committee for the department."""
    (answer,) = bus.intake.accept([_arrival(province.signed(a_document(), AgencyCode(COMMITTEE)), COMMITTEE)])
    assert isinstance(answer, Receipt)
    return answer.dispatch_id


def _arrival(octets: bytes, caller: str) -> Arrival:
    return Arrival(octets=octets, caller=AgencyCode(caller), door="soap", correlation="c", arrived=datetime.now(UTC))


def _status(sender: str, minute: int, *, to: str, status: str = "03", **parts: str) -> bytes:
    wanted: dict[str, Any] = {
        "code": "5123/UBND-KGVX",
        "promulgated": "2020/09/24",
        "document_id": "000.00.00.H03,2020/09/24,5123/UBND-KGVX",
    } | parts
    at = SENT + timedelta(minutes=minute)
    subject = Reference(agency=AgencyCode(to), **wanted)
    return write_status(sender=Party(code=sender), subject=subject, code=status, reason="lý do", at=at)


def _went(bus: Assembly, octets: bytes, caller: str) -> tuple[list[str], set[str]]:
    """Return where a status went, and who remarked upon it."""
    (answer,) = bus.intake.accept([_arrival(octets, caller)])
    assert isinstance(answer, Receipt), answer
    (trace,) = bus.views.trace(answer.dispatch_id)
    return [stand.recipient for stand in trace.deliveries], {remark.rule for remark in trace.remarks}


@pytest.mark.parametrize(
    ("number", "to", "parts"),
    [
        (1, DEPARTMENT, {}),  # its own code
        (2, "H03.99.99", {}),  # nobody's
        (3, COMMUNE, {}),  # somebody else's
        (4, DEPARTMENT, {"document_id": "000.00.00.H03-2020-05123/ubnd-kgvx", "code": "", "promulgated": ""}),
        (5, "X", {"document_id": "", "promulgated": "24/09/2020"}),
    ],
)
@pytest.mark.usefixtures("sent")
def test_a_status_goes_to_the_first_sender_whatever_its_system_wrote(
    province: Province, bus: Assembly, number: int, to: str, parts: dict[str, str]
) -> None:
    octets = province.signed(_status(DEPARTMENT, number, to=to, **parts), AgencyCode(DEPARTMENT))
    to_whom, remarked = _went(bus, octets, DEPARTMENT)
    assert to_whom == [COMMITTEE]
    assert remarked & {"route", "status.addressee"}  # the reading, or the ledger, knew better


@pytest.mark.usefixtures("sent")
def test_a_status_addressed_as_it_should_be_is_not_remarked_upon(province: Province, bus: Assembly) -> None:
    octets = province.signed(_status(DEPARTMENT, 6, to=COMMITTEE), AgencyCode(DEPARTMENT))
    to_whom, remarked = _went(bus, octets, DEPARTMENT)
    assert (to_whom, remarked & {"route", "status.addressee"}) == ([COMMITTEE], set())


@pytest.mark.usefixtures("sent")
def test_who_never_got_the_document_is_not_believed_to_know_better(province: Province, bus: Assembly) -> None:
    octets = province.signed(_status(COMMUNE, 7, to="H03.99.99"), AgencyCode(COMMUNE))
    (answer,) = bus.intake.accept([_arrival(octets, COMMUNE)])
    assert isinstance(answer, Refusal)
    assert isinstance(answer.error, UnknownRecipient)


@pytest.mark.usefixtures("sent")
def test_a_recall_that_was_not_flipped_goes_to_everybody_who_got_the_document(
    province: Province, bus: Assembly
) -> None:
    octets = province.signed(_status(COMMITTEE, 8, to=COMMITTEE, status="13"), AgencyCode(COMMITTEE))
    to_whom, remarked = _went(bus, octets, COMMITTEE)
    assert to_whom == [DEPARTMENT]
    assert "route" in remarked


@pytest.mark.usefixtures("sent")
def test_a_second_document_with_the_number_is_refused_at_the_door(province: Province, bus: Assembly) -> None:
    octets = province.signed(a_document(subject="V/v khác"), AgencyCode(COMMITTEE))
    (answer,) = bus.intake.accept([_arrival(octets, COMMITTEE)])
    assert isinstance(answer, Refusal)
    assert isinstance(answer.error, DuplicateConflict)
    assert "V/v khác" in answer.error.say("vi")
    assert "V/v gửi, nhận văn bản điện tử" in answer.error.say("vi")


def test_the_broom_gives_up_waiting_and_tells_of_what_will_not_come(
    province: Province, bus: Assembly, sent: str
) -> None:
    now = datetime.now(UTC)
    recall = province.signed(_status(COMMITTEE, 9, to=DEPARTMENT, status="13"), AgencyCode(COMMITTEE))
    unknown = province.signed(
        _status(DEPARTMENT, 10, to=COMMITTEE, document_id="không có", code="1/X", promulgated=""),
        AgencyCode(DEPARTMENT),
    )
    bus.intake.accept([_arrival(recall, COMMITTEE), _arrival(unknown, DEPARTMENT)])
    pending = [one for one in bus.views.trace(sent)[0].requests if one.state == "pending"]
    late = Following(bus.ledger, parked_days=30, clock=lambda: now + timedelta(days=31))
    assert late.sweep() == len(pending)
    assert late.sweep() == 0
    assert {one.state for one in bus.views.trace(sent)[0].requests} <= {"no-answer", "withdrawn"}
    assert bus.ledger.parked(now + timedelta(days=1)) == (1, 1)
