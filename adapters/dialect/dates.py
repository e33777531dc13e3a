"""Moments as other systems write them: a handful of forms, always Vietnam's time when no zone is said."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

#: Vietnam has had no summer time since 1975, so no time zone database is needed.
VIETNAM: Final = timezone(timedelta(hours=7))

_FORMS: Final = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y%m%d%H%M%S",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y",
)


def read_moment(written: str, form: str = "") -> datetime | None:
    """Return the moment that `written` says, with its zone; None when it says none.

    `form` is a strptime format; without it the forms met in real systems are tried, then ISO 8601.
    """
    for candidate in (form,) if form else _FORMS:
        try:
            return _placed(datetime.strptime(written.strip(), candidate))  # noqa: DTZ007 - placed in Vietnam
        except ValueError:
            continue
    if form:
        return None
    try:
        return _placed(datetime.fromisoformat(written.strip()))
    except ValueError:
        return None


def write_moment(value: datetime, form: str) -> str:
    """Return `value` in Vietnam's time by the strftime format `form`; `iso` is ISO 8601 with its offset."""
    local = value.astimezone(VIETNAM)
    return local.isoformat(timespec="seconds") if form == "iso" else local.strftime(form)


def _placed(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
