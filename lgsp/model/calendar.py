"""Working time in Vietnam, and the moments that rules of exchange count by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Giờ Việt Nam: UTC+7 all year (QĐ 28/2018/QĐ-TTg Điều 14(4) asks for Vietnam time).
VIETNAM: Final = timezone(timedelta(hours=7), "+07")
_DAY: Final = timedelta(days=1)
_NOON: Final = time(12)
#: No rest is longer: Tết with the weekends around it and all that was ever swapped to it.
_LONGEST_REST_DAYS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A span of a working day, in local time."""

    begin: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Which days are worked, and from when to when."""

    #: Tells whether a day is worked: neither weekend nor holiday, or worked in exchange for another.
    works: Callable[[date], bool]
    #: In order, without overlaps.
    hours: tuple[Hours, ...] = (Hours(begin=time(7, 30), end=time(11, 30)), Hours(begin=time(13, 30), end=time(17)))

    def worked_from(self, day: date) -> date:
        """Return `day` if it is worked, otherwise the next day that is. Raises ValueError for a rest without end."""
        for ahead in range(_LONGEST_REST_DAYS):
            if self.works(day + ahead * _DAY):
                return day + ahead * _DAY
        raise ValueError(f"no working day within {_LONGEST_REST_DAYS} days from {day}")

    def send_by(self, promulgated: date) -> datetime:
        """Return until when a document must be sent: the morning of the working day after its day of signing.

        QĐ 28/2018/QĐ-TTg Điều 6(2): "chậm nhất là trong buổi sáng của ngày làm việc tiếp theo". That the morning ends
        at noon is our reading.
        """
        return datetime.combine(self.worked_from(promulgated + _DAY), _NOON, VIETNAM)

    def end_of(self, day: date) -> datetime:
        """Return when a deadline set to a day is over: with that day, or with the working day after a rest.

        Bộ luật Dân sự 2015 Điều 148(5), (6).
        """
        return datetime.combine(self.worked_from(day) + _DAY, time(0), VIETNAM)

    def after(self, begin: datetime, hours: float) -> datetime:
        """Return when so many hours of work have passed since `begin`."""
        left = timedelta(hours=hours)
        for opens, end in self._spans(begin):
            start = max(opens, begin)
            if end - start >= left:
                return start + left
            left -= max(end - start, timedelta(0))
        raise ValueError("a calendar without working hours")

    def _spans(self, begin: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the spans of work from the day of `begin` on."""
        day = begin.astimezone(VIETNAM).date()
        while self.hours:
            day = self.worked_from(day)
            for span in self.hours:
                yield datetime.combine(day, span.begin, VIETNAM), datetime.combine(day, span.end, VIETNAM)
            day += _DAY
