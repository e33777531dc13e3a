from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.envelope import Proof, Standing, Verified
from lgsp.model.errors import PolicyDenied
from lgsp.model.text import Text
from lgsp.stages.envelope import read
from lgsp.stages.policy import VIETNAM, Mode, NotFromTheFuture, Policy, Rule, Unexpired, permit
from tests.builders import a_document, a_message

NOON = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)


def believed(octets: bytes) -> Verified:
    """Return what the signature stage would, without asking it: these stages judge what is already proven."""
    envelope = read(octets)
    proof = Proof(standing=Standing.SIGNATURE, verdict="valid")
    return Verified(envelope=envelope, proof=proof, sender=envelope.sender)


def in_force(*policies: Policy) -> list[Rule]:
    return [Rule(name=type(policy).__name__, policy=policy) for policy in policies]


def test_a_document_of_today_passes() -> None:
    permit(believed(a_document(promulgated=date(2026, 3, 10))), in_force(NotFromTheFuture(), Unexpired()), NOON)


def test_a_document_of_tomorrow_is_denied_with_today_in_the_answer() -> None:
    with pytest.raises(PolicyDenied) as caught:
        permit(believed(a_document(promulgated=date(2026, 3, 11))), in_force(NotFromTheFuture()), NOON)
    (problem,) = caught.value.problems
    assert problem.found == "2026/03/11"
    assert "2026/03/10" in problem.expected.vi
    assert problem.cure is not None


def test_today_is_the_day_in_vietnam() -> None:
    evening_in_utc = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)  # half past midnight of the 11th in Hà Nội
    permit(believed(a_document(promulgated=date(2026, 3, 11))), in_force(NotFromTheFuture()), evening_in_utc)
    with pytest.raises(PolicyDenied):
        permit(
            believed(a_document(promulgated=date(2026, 3, 11))),
            in_force(NotFromTheFuture()),
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
        sentence = source = Text("watched", "có theo dõi")
        mode = Mode.REFUSE

        def check(self, verified: Verified, at: datetime) -> None:
            asked.append((verified, at))

    rules = in_force(Watching(), NotFromTheFuture(), Watching())
    with pytest.raises(PolicyDenied):
        permit(believed(a_document(promulgated=date(2030, 1, 1))), rules, NOON)
    assert len(asked) == 1
