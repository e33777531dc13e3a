from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.envelope import Proof, Standing, Verified
from lgsp.model.errors import PolicyDenied, UnknownRecipient
from lgsp.stages.envelope import read
from lgsp.stages.policy import VIETNAM, NotFromTheFuture, Unexpired, permit
from lgsp.stages.route import route
from tests.builders import a_document, a_message, a_status

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


def believed(octets: bytes) -> Verified:
    """Return what the signature stage would, without asking it: these stages judge what is already proven."""
    return Verified(envelope=read(octets), proof=Proof(standing=Standing.SIGNATURE, verdict="valid"))


class Catalogue:
    """A directory of agencies that also answers to former codes."""

    def __init__(self, *codes: str, former: dict[str, str] | None = None) -> None:
        self._agencies = {code: Agency(code=AgencyCode(code), name=code) for code in codes}
        for old, new in (former or {}).items():
            self._agencies[old] = self._agencies[new]

    def find(self, code: AgencyCode) -> Agency | None:
        return self._agencies.get(code)


def test_a_document_of_today_passes() -> None:
    permit(believed(a_document(promulgated=date(2026, 3, 10))), [NotFromTheFuture(), Unexpired()], NOON)


def test_a_document_of_tomorrow_is_denied_with_today_in_the_answer() -> None:
    with pytest.raises(PolicyDenied) as caught:
        permit(believed(a_document(promulgated=date(2026, 3, 11))), [NotFromTheFuture()], NOON)
    (problem,) = caught.value.problems
    assert problem.found == "2026/03/11"
    assert "2026/03/10" in problem.expected.vi
    assert problem.cure is not None


def test_today_is_the_day_in_vietnam() -> None:
    evening_in_utc = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)  # half past midnight of the 11th in Hà Nội
    permit(believed(a_document(promulgated=date(2026, 3, 11))), [NotFromTheFuture()], evening_in_utc)
    with pytest.raises(PolicyDenied):
        permit(
            believed(a_document(promulgated=date(2026, 3, 11))),
            [NotFromTheFuture()],
            evening_in_utc - timedelta(hours=1),
        )


@given(
    day=st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)),
    at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_a_date_is_denied_exactly_when_it_is_still_to_come_in_vietnam(day: date, at: datetime) -> None:
    document = believed(a_document(promulgated=day))
    if day > at.astimezone(VIETNAM).date():
        with pytest.raises(PolicyDenied):
            NotFromTheFuture().check(document, at)
    else:
        NotFromTheFuture().check(document, at)


def test_a_date_that_does_not_exist_is_left_to_the_schema() -> None:
    octets = a_document(promulgated=date(2026, 2, 28)).replace(b"2026/02/28", b"2026/02/30")
    NotFromTheFuture().check(believed(octets), NOON)


def test_a_message_is_carried_until_its_sender_s_time_and_not_after() -> None:
    message = believed(a_message(created=NOON, expires=NOON + timedelta(minutes=1)))
    Unexpired().check(message, NOON)
    with pytest.raises(PolicyDenied):
        Unexpired().check(message, NOON + timedelta(minutes=1))


def test_a_message_without_a_time_limit_never_expires() -> None:
    Unexpired().check(believed(a_message(created=NOON)), NOON + timedelta(days=3650))


def test_the_first_rule_that_objects_ends_the_questions() -> None:
    asked = []

    class Watching:
        def check(self, verified: Verified, at: datetime) -> None:
            asked.append((verified, at))

    with pytest.raises(PolicyDenied):
        permit(believed(a_document(promulgated=date(2030, 1, 1))), [Watching(), NotFromTheFuture(), Watching()], NOON)
    assert len(asked) == 1


def test_every_recipient_gets_one_delivery_in_the_order_written() -> None:
    codes = ["000.00.20.H03", "000.00.11.H03", "000.00.12.H03"]
    assert route(believed(a_document(recipients=codes)), Catalogue(*codes)) == tuple(codes)


def test_a_former_code_leads_to_the_agency_and_none_is_served_twice() -> None:
    directory = Catalogue("000.00.11.H03", former={"000.00.99.H03": "000.00.11.H03"})
    document = believed(a_document(recipients=["000.00.99.H03", "000.00.11.H03"]))
    assert route(document, directory) == ("000.00.11.H03",)


def test_one_unknown_recipient_keeps_the_document_from_all_and_each_unknown_one_is_named() -> None:
    document = believed(a_document(recipients=["000.00.77.H03", "000.00.11.H03", "000.00.88.H03"]))
    with pytest.raises(UnknownRecipient) as caught:
        route(document, Catalogue("000.00.11.H03"))
    assert [(p.element.rpartition("/To")[2], p.found) for p in caught.value.problems] == [
        ("[1]/OrganId", "000.00.77.H03"),
        ("[3]/OrganId", "000.00.88.H03"),
    ]


def test_an_unknown_recipient_is_pointed_at_where_it_is_written_also_after_doubles() -> None:
    octets = a_document(recipients=["000.00.11.H03", "000.00.11.H03", "000.00.88.H03"])
    with pytest.raises(UnknownRecipient) as caught:
        route(believed(octets), Catalogue("000.00.11.H03"))
    (problem,) = caught.value.problems
    assert problem.element.endswith("/To[3]/OrganId")
    assert problem.line is not None
    assert b"000.00.88.H03" in octets.splitlines()[problem.line - 1]


def test_a_status_goes_to_the_agency_it_answers_and_its_error_points_at_response_for() -> None:
    status = believed(a_status(to="000.00.00.H03"))
    assert route(status, Catalogue("000.00.00.H03")) == ("000.00.00.H03",)
    with pytest.raises(UnknownRecipient, match="ResponseFor/OrganId"):
        route(status, Catalogue("000.00.11.H03"))


def test_a_message_to_nobody_known_is_refused_at_its_own_element() -> None:
    with pytest.raises(UnknownRecipient, match=r"Message/To\[1\]"):
        route(believed(a_message(recipients=["000.00.77.H03"])), Catalogue())


@given(
    codes=st.lists(st.sampled_from([f"000.00.{n}.H03" for n in range(10, 40)]), min_size=1, max_size=8), data=st.data()
)
def test_routing_is_all_or_nothing(codes: list[str], data: st.DataObject) -> None:
    known = data.draw(st.sets(st.sampled_from(codes)))
    document = believed(a_document(recipients=codes))
    if known == set(codes):
        assert route(document, Catalogue(*known)) == tuple(dict.fromkeys(codes))
    else:
        with pytest.raises(UnknownRecipient) as caught:
            route(document, Catalogue(*known))
        assert {p.found for p in caught.value.problems} == set(codes) - known
