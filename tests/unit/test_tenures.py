"""The time of a body is without gaps and overlaps, whatever is changed in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.agency import AgencyCode, Bloc, Level, State, Tenure
from lgsp.model.tenures import amended, circle, successor, within

if TYPE_CHECKING:
    from collections.abc import Sequence

EVER = Tenure(level=Level.DISTRICT, bloc=Bloc.GOVERNMENT)
DAY = datetime(2025, 7, 1, tzinfo=UTC)

moments = st.integers(-50, 50).map(lambda days: DAY + timedelta(days=days))
windows = st.tuples(st.none() | moments, st.none() | moments).filter(
    lambda window: window[0] is None or window[1] is None or window[0] < window[1]
)
changes = st.lists(st.tuples(windows, st.sampled_from(Level)), max_size=8)


def _at(tenures: Sequence[Tenure], moment: datetime) -> Tenure:
    (found,) = (t for t in tenures if (t.since is None or t.since <= moment) and (t.until is None or moment < t.until))
    return found


@given(changes=changes)
def test_tenures_follow_each_other_without_a_gap_and_say_what_was_said_last(
    changes: list[tuple[tuple[datetime | None, datetime | None], Level]],
) -> None:
    tenures = [EVER]
    for (since, until), level in changes:
        tenures = amended(tenures, since, until, level=level)
    assert (tenures[0].since, tenures[-1].until) == (None, None)
    for before, after in pairwise(tenures):
        assert before.until == after.since is not None
        assert before.level != after.level
    for days in range(-51, 52):
        moment = DAY + timedelta(days=days)
        said = [
            level
            for (since, until), level in changes
            if (since is None or since <= moment) and (until is None or moment < until)
        ]
        assert _at(tenures, moment).level == (said[-1] if said else Level.DISTRICT)


@given(changes=changes, window=windows)
def test_a_part_of_the_time_is_the_time_of_that_part(
    changes: list[tuple[tuple[datetime | None, datetime | None], Level]],
    window: tuple[datetime | None, datetime | None],
) -> None:
    tenures = [EVER]
    for (since, until), level in changes:
        tenures = amended(tenures, since, until, level=level)
    parts = list(within(tenures, *window))
    assert (parts[0].since, parts[-1].until) == window
    assert all(_at(tenures, part.since or DAY - timedelta(days=99)).level == part.level for part in parts)


def test_a_circle_counts_only_when_it_is_closed_at_one_moment() -> None:
    a, b = AgencyCode("H03.11"), AgencyCode("H03.12")
    year = timedelta(days=365)
    first = amended([EVER], DAY, DAY + year, state=State.CLOSED, successor=b)
    later = amended([EVER], DAY + year, None, state=State.CLOSED, successor=a)
    assert circle(a, successor, {a: first, b: later}.__getitem__) == []
    earlier = amended([EVER], DAY + year - timedelta(days=1), None, state=State.CLOSED, successor=a)
    assert circle(a, successor, {a: first, b: earlier}.__getitem__) == [a, b, a]
