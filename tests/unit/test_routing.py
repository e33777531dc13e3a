"""Addressing: which agencies a document goes to, and what the sender is told about the codes it wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.agency import Agency, AgencyCode, Level, State
from lgsp.model.envelope import Proof, Standing, Verified
from lgsp.model.errors import AgencyClosed, AgencyLocked, PaperOnly, PolicyDenied, UnknownRecipient
from lgsp.stages.envelope import read
from lgsp.stages.route import route
from tests.builders import a_document, a_message, a_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.model.delivery import Route

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
SENDER = "000.00.00.H03"


def believed(octets: bytes) -> Verified:
    """Return what the signature stage would, without asking it: this stage judges what is already proven."""
    envelope = read(octets)
    proof = Proof(standing=Standing.SIGNATURE, verdict="valid")
    return Verified(envelope=envelope, proof=proof, sender=envelope.sender)


class Catalogue:
    """A directory in which everybody who sends is known."""

    def __init__(self, *codes: str, former: dict[str, str] | None = None, refuses: bool = False) -> None:
        self.agencies = {code: Agency(code=AgencyCode(code), name=f"Đơn vị {code}") for code in codes}
        self.former = former or {}
        self.groups: dict[str, list[str]] = {}
        self.refuses = refuses

    def put(self, code: str, state: State, successor: str | None = None, level: Level = Level.PROVINCE) -> None:
        known = Agency(code=AgencyCode(code), name=f"Đơn vị {code}", level=level)
        self.agencies[code] = replace(known, state=state, successor=AgencyCode(successor) if successor else None)

    def find(self, code: AgencyCode, at: datetime) -> Agency | None:
        assert at == NOON
        found = self.agencies.get(self.former.get(code, code))
        return found or (Agency(code=code, name="UBND tỉnh") if code in {SENDER, "000.00.11.H03"} else None)

    def members(self, group: AgencyCode, at: datetime) -> Sequence[AgencyCode] | None:
        assert at == NOON
        return [AgencyCode(code) for code in self.groups[group]] if group in self.groups else None

    def forwards(self, closed: AgencyCode) -> bool:
        del closed
        return not self.refuses


def routed(directory: Catalogue, *recipients: str) -> Route:
    return route(believed(a_document(recipients=list(recipients))), directory, NOON)


def codes(way: Route) -> list[str]:
    return [recipient.agency for recipient in way.recipients]


def test_every_recipient_gets_one_delivery_in_the_order_written() -> None:
    wanted = ["000.00.20.H03", "000.00.11.H03", "000.00.12.H03"]
    assert codes(routed(Catalogue(*wanted), *wanted)) == wanted


def test_a_former_code_leads_to_the_agency_which_is_served_once_and_the_sender_is_told() -> None:
    directory = Catalogue("000.00.11.H03", former={"H03.11": "000.00.11.H03"})
    way = routed(directory, "H03.11", "000.00.11.H03")
    assert [(end.agency, end.written) for end in way.recipients] == [("000.00.11.H03", "H03.11")]
    (remark,) = way.remarks
    assert remark.problem.found == "000.00.11.H03"
    assert remark.problem.element.endswith("To[2]/OrganId")


def test_one_unknown_recipient_keeps_the_document_from_all_and_each_unknown_one_is_named() -> None:
    with pytest.raises(UnknownRecipient) as caught:
        routed(Catalogue("000.00.11.H03"), "000.00.77.H03", "000.00.11.H03", "000.00.88.H03")
    assert [(p.element.rpartition("/To")[2], p.found) for p in caught.value.problems] == [
        ("[1]/OrganId", "000.00.77.H03"),
        ("[3]/OrganId", "000.00.88.H03"),
    ]


def test_an_unknown_recipient_is_pointed_at_where_it_is_written_also_after_doubles() -> None:
    octets = a_document(recipients=["000.00.11.H03", "000.00.11.H03", "000.00.88.H03"])
    with pytest.raises(UnknownRecipient) as caught:
        route(believed(octets), Catalogue("000.00.11.H03"), NOON)
    (problem,) = caught.value.problems
    assert problem.element.endswith("/To[3]/OrganId")
    assert problem.line is not None
    assert b"000.00.88.H03" in octets.splitlines()[problem.line - 1]


def test_a_status_goes_to_the_agency_it_answers_and_its_error_points_at_response_for() -> None:
    status = believed(a_status(to="000.00.77.H03"))
    assert codes(route(status, Catalogue("000.00.77.H03"), NOON)) == ["000.00.77.H03"]
    with pytest.raises(UnknownRecipient, match="ResponseFor/OrganId"):
        route(status, Catalogue("000.00.12.H03"), NOON)


def test_a_message_to_nobody_known_is_refused_at_its_own_element() -> None:
    with pytest.raises(UnknownRecipient, match=r"Message/To\[1\]"):
        route(believed(a_message(recipients=["000.00.77.H03"])), Catalogue(), NOON)


@given(
    written=st.lists(st.sampled_from([f"000.00.{n}.H03" for n in range(12, 40)]), min_size=1, max_size=8),
    data=st.data(),
)
def test_routing_is_all_or_nothing(written: list[str], data: st.DataObject) -> None:
    known = data.draw(st.sets(st.sampled_from(written)))
    if known == set(written):
        assert codes(routed(Catalogue(*known), *written)) == list(dict.fromkeys(written))
    else:
        with pytest.raises(UnknownRecipient) as caught:
            routed(Catalogue(*known), *written)
        assert {p.found for p in caught.value.problems} == set(written) - known


def test_what_was_addressed_to_a_closed_body_goes_to_the_last_of_its_successors_and_keeps_the_code_written() -> None:
    directory = Catalogue()
    directory.put("000.10.31.H03", State.CLOSED, "000.20.31.H03", Level.DISTRICT)
    directory.put("000.20.31.H03", State.CLOSED, "H55.242")
    directory.put("H55.242", State.ACTIVE, level=Level.COMMUNE)
    way = routed(directory, "000.10.31.H03")
    (end,) = way.recipients
    assert (end.agency, end.written, end.level) == ("H55.242", "000.10.31.H03", Level.COMMUNE)
    (remark,) = way.remarks
    assert "H55.242" in remark.problem.say("vi")


def test_where_nothing_is_forwarded_a_document_to_a_closed_body_is_refused_with_its_successor_named() -> None:
    directory = Catalogue(refuses=True)
    directory.put("000.10.31.H03", State.CLOSED, "H55.242")
    with pytest.raises(AgencyClosed, match=r"H55\.242"):
        routed(directory, "000.10.31.H03")


@pytest.mark.parametrize("successor", [None, "000.88.88.H03", "000.10.31.H03"], ids=["none", "unknown", "circle"])
def test_a_closed_body_without_a_successor_that_can_be_reached_is_refused(successor: str | None) -> None:
    directory = Catalogue()
    directory.put("000.10.31.H03", State.CLOSED, successor)
    with pytest.raises(AgencyClosed):
        routed(directory, "000.10.31.H03")


def test_a_locked_agency_is_refused_and_one_on_paper_with_the_sentence_that_says_so() -> None:
    directory = Catalogue()
    directory.put("000.00.12.H03", State.LOCKED)
    directory.put("000.00.13.H03", State.PAPER_ONLY)
    with pytest.raises(AgencyLocked, match="suspended"):
        routed(directory, "000.00.12.H03")
    with pytest.raises(PaperOnly) as caught:
        routed(directory, "000.00.13.H03")
    assert "gửi bản giấy tới Đơn vị 000.00.13.H03" in caught.value.say("vi")


def test_the_successor_s_state_counts_not_the_closed_body_s() -> None:
    directory = Catalogue()
    directory.put("000.10.31.H03", State.CLOSED, "000.00.13.H03")
    directory.put("000.00.13.H03", State.PAPER_ONLY)
    with pytest.raises(PaperOnly):
        routed(directory, "000.10.31.H03")


def test_a_locked_agency_does_not_send_and_a_closed_one_is_told_as_whom_to_write() -> None:
    directory = Catalogue("000.00.12.H03")
    directory.put(SENDER, State.LOCKED)
    with pytest.raises(AgencyLocked, match="From/OrganId"):
        routed(directory, "000.00.12.H03")
    directory.put(SENDER, State.CLOSED, "H55")
    (remark,) = routed(directory, "000.00.12.H03").remarks
    assert "H55" in remark.problem.say("vi")


def test_a_sender_that_the_directory_does_not_know_is_denied() -> None:
    verified = replace(believed(a_document(recipients=["000.00.12.H03"])), sender=AgencyCode("H99"))
    with pytest.raises(PolicyDenied):
        route(verified, Catalogue("000.00.12.H03"), NOON)


def test_a_group_expands_to_its_members_without_the_sender_and_the_group_stays_written() -> None:
    directory = Catalogue("000.00.12.H03", "000.00.14.H03")
    directory.groups["H03.TATCA"] = ["000.00.12.H03", SENDER, "000.00.14.H03"]
    way = routed(directory, "000.00.14.H03", "H03.TATCA")
    assert [(end.agency, end.written) for end in way.recipients] == [
        ("000.00.14.H03", "000.00.14.H03"),
        ("000.00.12.H03", "H03.TATCA"),
    ]
    assert way.remarks == ()


def test_a_member_that_cannot_be_reached_is_remarked_and_keeps_nothing_from_the_others() -> None:
    directory = Catalogue("000.00.12.H03")
    directory.put("000.00.13.H03", State.PAPER_ONLY)
    directory.groups["H03.TATCA"] = ["000.00.12.H03", "000.00.13.H03"]
    way = routed(directory, "H03.TATCA")
    assert codes(way) == ["000.00.12.H03"]
    (remark,) = way.remarks
    assert remark.problem.found == "000.00.13.H03"


def test_a_group_in_which_nobody_can_be_reached_is_refused() -> None:
    directory = Catalogue()
    directory.groups["H03.TATCA"] = []
    with pytest.raises(UnknownRecipient):
        routed(directory, "H03.TATCA")


def test_a_code_of_neither_national_form_is_received_and_remarked() -> None:
    directory = Catalogue("000.00.12.H03", former={"VXP.SAAS.03": "000.00.12.H03"})
    way = routed(directory, "VXP.SAAS.03")
    assert codes(way) == ["000.00.12.H03"]
    (remark,) = way.remarks
    assert remark.problem.found == "VXP.SAAS.03"
