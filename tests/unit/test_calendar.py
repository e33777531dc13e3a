"""Working time as people in Vietnam count it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.calendar import calendar_of
from lgsp.model.calendar import VIETNAM, WorkingCalendar
from lgsp.settings import CalendarSection

CALENDAR = calendar_of(CalendarSection())
days = st.dates(min_value=date(2018, 1, 1), max_value=date(2040, 12, 31))
moments = st.datetimes(
    min_value=datetime(2018, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2040, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
some_hours = st.floats(min_value=0, max_value=60, allow_nan=False)


def _worked(begin: date, end: date) -> list[date]:
    return [day for n in range((end - begin).days + 1) if CALENDAR.works(day := begin + timedelta(days=n))]


@pytest.mark.parametrize(
    ("signed", "by"),
    [
        (date(2020, 9, 24), "2020-09-25 12:00"),  # a Thursday
        (date(2020, 9, 25), "2020-09-28 12:00"),  # a Friday
        (date(2020, 9, 26), "2020-09-28 12:00"),  # signed on a Saturday
        (date(2025, 9, 1), "2025-09-03 12:00"),  # Quốc khánh, two days
        (date(2026, 2, 13), "2026-02-23 12:00"),  # before Tết Bính Ngọ: 14 to 22 February
        (date(2025, 1, 24), "2025-02-03 12:00"),  # before Tết Ất Tỵ: 25 January to 2 February
        (date(2026, 4, 24), "2026-04-28 12:00"),  # Giỗ Tổ on a Sunday, its substitute on the Monday
    ],
)
def test_a_document_is_sent_by_noon_of_the_working_day_after_its_signing(signed: date, by: str) -> None:
    assert CALENDAR.send_by(signed) == datetime.fromisoformat(f"{by}+07:00")


@pytest.mark.parametrize(
    "first",
    [
        "2020-01-25",
        "2021-02-12",
        "2022-02-01",
        "2023-01-22",
        "2024-02-10",
        "2025-01-29",
        "2026-02-17",
        "2027-02-06",
        # The moon is new before midnight in Hà Nội and after it in Beijing: Tết is a day before the Chinese new year.
        "2030-02-02",
    ],
)
def test_tet_follows_the_moon_over_vietnam(first: str) -> None:
    rest = [date.fromisoformat(first) + timedelta(days=n) for n in range(-1, 3)]
    assert not any(map(CALENDAR.works, rest))


def test_days_that_the_government_swapped_are_worked_and_not() -> None:
    assert not CALENDAR.works(date(2024, 4, 29))  # off
    assert CALENDAR.works(date(2024, 5, 4))  # the Saturday worked for it


def test_what_the_operator_enters_counts_before_what_is_known() -> None:
    chosen = CalendarSection(working_days=(date(2026, 2, 14), date(2026, 9, 2)), days_off=(date(2026, 12, 24),))
    calendar = calendar_of(chosen)
    assert calendar.works(date(2026, 2, 14))
    assert calendar.works(date(2026, 9, 2))
    assert not calendar.works(date(2026, 12, 24))
    assert calendar.send_by(date(2026, 2, 13)) == datetime(2026, 2, 14, 12, tzinfo=VIETNAM)


@given(days)
def test_a_deadline_is_never_on_a_day_that_nobody_works(day: date) -> None:
    assert CALENDAR.works(CALENDAR.worked_from(day))
    by = CALENDAR.send_by(day)
    assert CALENDAR.works(by.date())
    assert by.date() > day
    assert not _worked(day + timedelta(days=1), by.date() - timedelta(days=1))
    assert CALENDAR.works(CALENDAR.end_of(day).date() - timedelta(days=1))


@given(days, days)
def test_what_is_signed_later_is_never_due_earlier(one: date, other: date) -> None:
    early, late = sorted((one, other))
    assert CALENDAR.send_by(early) <= CALENDAR.send_by(late)
    assert CALENDAR.end_of(early) <= CALENDAR.end_of(late)


@given(moments, some_hours, some_hours)
def test_working_hours_pass_in_order_and_add_up(begin: datetime, some: float, more: float) -> None:
    first, both = CALENDAR.after(begin, some), CALENDAR.after(begin, some + more)
    assert begin <= first <= both
    # To the microsecond that a float of hours cannot hold.
    assert abs(CALENDAR.after(first, more) - both) <= timedelta(milliseconds=1) or more == 0 or some == 0
    if some:
        end = first.astimezone(VIETNAM)
        assert CALENDAR.works(end.date())
        assert any(span.begin <= end.time() <= span.end for span in CALENDAR.hours)


@given(moments, moments, some_hours)
def test_what_begins_later_never_ends_earlier(one: datetime, other: datetime, hours: float) -> None:
    early, late = sorted((one, other))
    assert CALENDAR.after(early, hours) <= CALENDAR.after(late, hours)


def test_eight_hours_from_a_friday_afternoon_end_on_monday() -> None:
    begin = datetime(2020, 9, 25, 15, 0, tzinfo=VIETNAM)
    assert CALENDAR.after(begin, 8) == datetime(2020, 9, 28, 15, 30, tzinfo=VIETNAM)


def test_a_rest_without_end_is_an_error_and_no_endless_search() -> None:
    with pytest.raises(ValueError, match="no working day"):
        WorkingCalendar(works=lambda _: False).send_by(date(2026, 1, 1))


@pytest.mark.parametrize("hours", [(), ("17:00-08:00",), ("08:00-12:00", "11:00-17:00"), ("8-12",), ("08:00-24:00",)])
def test_hours_that_make_no_day_are_refused(hours: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="hours"):
        CalendarSection(hours=hours)
