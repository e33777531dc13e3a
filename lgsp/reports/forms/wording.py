"""Numbers, shares and days as people write them: 1.478.927 and 80,1 % in Vietnamese."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from lgsp.model.text import Text

if TYPE_CHECKING:
    from lgsp.model.text import Language
    from lgsp.reports.page import Report, Value

_VIETNAM: Final = timezone(timedelta(hours=7))
_SWAPPED: Final = str.maketrans(",.", ".,")
_EVER: Final = Text("from the beginning", "từ đầu")
_ALL: Final = Text("all days", "toàn bộ thời gian")


def say(text: Text, language: Language) -> str:
    """Return one language of a text."""
    return text.vi if language == "vi" else text.en


def shown(value: Value, language: Language) -> str:
    """Return one value for people."""
    if value is None:
        return "–"
    if isinstance(value, Text):
        return say(value, language)
    if isinstance(value, float):
        return _local(f"{value:.1%}".replace("%", " %"), language)
    if isinstance(value, int):
        return _local(f"{value:,}", language)
    return _day(value, language) or value


def plain(value: Value, language: Language) -> str | int | float | None:
    """Return one value for programs."""
    return say(value, language) if isinstance(value, Text) else value


def period(report: Report, language: Language) -> str:
    """Return the days that a report is about."""
    since, until = (_day(day, language) for day in (report.since, report.until))
    if not since and not until:
        return say(_ALL, language)
    since = since or say(_EVER, language)
    until = until or _day(_local_day(report.made), language)
    return f"từ {since} đến {until}".replace("từ từ", "từ") if language == "vi" else f"{since} to {until}"


def moment(at: datetime, language: Language) -> str:
    """Return a moment in Vietnam's time."""
    local = at.astimezone(_VIETNAM)
    return f"{local:%H:%M} ngày {local:%d/%m/%Y}" if language == "vi" else f"{local:%Y-%m-%d %H:%M} (Vietnam)"


def _local_day(at: datetime) -> str:
    return at.astimezone(_VIETNAM).date().isoformat()


def _day(written: str, language: Language) -> str:
    """Return a day; empty for what is none."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return ""
    return f"{day:%d/%m/%Y}" if language == "vi" else written


def _local(written: str, language: Language) -> str:
    return written.translate(_SWAPPED) if language == "vi" else written
