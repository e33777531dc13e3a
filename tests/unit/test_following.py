"""The state machine over batches, against a model that does one outcome at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import FOLLOWS, Handover, Outcome, Status
from lgsp.store.following import Standing, followed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = ("00", AgencyCode("H03.12"))


def _outcome(status: Status, attempt: int = 1, **more: object) -> Outcome:
    return Outcome(dispatch_id=KEY[0], recipient=KEY[1], status=status, attempt=attempt, **more)  # type: ignore[arg-type]


def _after(before: Standing, *outcomes: Outcome) -> tuple[Standing, int]:
    """Return where it stands then, and how many lines of history there are."""
    lines, changed = followed(outcomes, {KEY: before}, NOW)
    if not changed:
        return before, len(lines)
    (row,) = changed
    due = datetime.fromisoformat(row["due"]) if row["due"] else None
    return Standing(Status(row["status"]), row["attempt"], row["reference"], due), len(lines)


statuses = st.sampled_from(Status)
standings = st.builds(Standing, statuses, st.integers(1, 4), st.just(""))
outcomes = st.lists(st.builds(_outcome, statuses, st.integers(0, 5)), max_size=8)


@given(standings, outcomes)
def test_a_batch_does_what_its_outcomes_do_one_by_one(before: Standing, batch: list[Outcome]) -> None:
    together = _after(before, *batch)
    standing, lines = before, 0
    for outcome in batch:
        standing, more = _after(standing, outcome)
        lines += more
    assert together[1] == lines
    assert together[0][:3] == standing[:3]


@given(standings, outcomes)
def test_only_what_follows_happens_and_the_attempt_never_falls(before: Standing, batch: list[Outcome]) -> None:
    for outcome in batch:
        after, lines = _after(before, outcome)
        if lines:
            assert outcome.status in FOLLOWS[before.status]
            assert outcome.attempt in {0} | set(range(before.attempt, 100))
            assert after.attempt >= before.attempt
        else:
            assert after == before
        before = after


#: Waiting for another attempt; or taken back, which a courier on its way may undo.
_MAY_RETURN = {Status.ACCEPTED, Status.QUEUED, Status.DELIVERED, Status.WITHDRAWN}


@given(standings, outcomes)
def test_the_same_batch_twice_changes_nothing_more_but_what_waits_again(before: Standing, batch: list[Outcome]) -> None:
    once, _ = _after(before, *(o for o in batch if o.status is not Status.ACCEPTED))
    twice, lines = _after(once, *(o for o in batch if o.status is not Status.ACCEPTED))
    assert (twice, lines) == (once, 0) or once.status in _MAY_RETURN


def test_news_of_an_older_attempt_changes_nothing() -> None:
    before = Standing(Status.QUEUED, 2, "")
    for status in Status:
        assert _after(before, _outcome(status, attempt=1)) == (before, 0)


def test_the_recipients_own_word_belongs_to_no_attempt() -> None:
    after, lines = _after(Standing(Status.DELIVERED, 3, "r"), _outcome(Status.TAKEN, attempt=0))
    assert (after, lines) == (Standing(Status.TAKEN, 3, "r"), 1)


def test_accepted_waits_again_as_the_next_attempt() -> None:
    due = NOW + timedelta(minutes=5)
    after, _ = _after(Standing(Status.QUEUED, 2, ""), _outcome(Status.ACCEPTED, attempt=2, due=due))
    assert after == Standing(Status.ACCEPTED, 3, "", due)


def test_a_handover_leaves_its_reference() -> None:
    outcome = _outcome(Status.DELIVERED, handover=Handover(reference="VB-77"))
    assert _after(Standing(Status.QUEUED, 1, ""), outcome)[0].reference == "VB-77"


def test_an_unknown_delivery_is_ignored() -> None:
    assert followed([_outcome(Status.TAKEN)], {}, NOW) == ([], [])
