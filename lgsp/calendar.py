"""The working calendar of Vietnam as the operator keeps it: the kept list of holidays, and what was decided since."""

from __future__ import annotations

from datetime import date, time
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays

from lgsp.model.calendar import Hours, WorkingCalendar

if TYPE_CHECKING:
    from lgsp.settings import CalendarSection


def calendar_of(section: CalendarSection) -> WorkingCalendar:
    """Return the calendar.

    Public holidays are those of Bộ luật Lao động 2019 Điều 112, Tết by the lunar calendar and substitutes for those on
    a weekend (Điều 111(3)) included, with the swaps that the Government announced up to the library's release. Later
    announcements stand in the settings, and count before the library.
    """
    kept = holidays.country_holidays("VN")
    worked, off = frozenset(section.working_days), frozenset(section.days_off)

    @lru_cache(maxsize=4096)
    def works(day: date) -> bool:
        return day in worked or (day not in off and kept.is_working_day(day))

    return WorkingCalendar(works=works, hours=tuple(map(_hours, section.hours)))


def _hours(written: str) -> Hours:
    begin, _, end = written.partition("-")
    return Hours(begin=time.fromisoformat(begin), end=time.fromisoformat(end))
