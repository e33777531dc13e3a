"""The command that tells how the bus is doing: what waits, since when, and who does not answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.output import AsJson, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.assembly import Assembly

_COLUMNS = ("what", "agency", "since", "seconds", "limit", "alarm", "detail")


def status(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Tell what waits and since when, the oldest of each kind and agency, and whose system does not answer.

    lgsp status

    lgsp status --json
    """
    with assembled(config) as assembly:
        facts = sorted(_facts(assembly), key=lambda fact: (not fact["alarm"], -fact["seconds"]))
    rows("What waits / Đang chờ", _COLUMNS, facts, as_json=as_json)


def _facts(assembly: Assembly) -> Iterator[dict[str, Any]]:
    now, limits = datetime.now(UTC), assembly.age_limits
    for age in assembly.ages.measured():
        limit = limits.get(age.what)
        seconds = round((now - age.since).total_seconds(), 1)
        if limit is not None:
            yield _fact(age.what, age.agency or "", age.since, seconds) | {"limit": limit, "alarm": seconds > limit}
    for one in assembly.breakers.spared():
        seconds = round((now - one.since).total_seconds(), 1)
        detail = f"{one.queued} in its queue; {one.why.rpartition(chr(10))[2]}"
        yield _fact("breaker", one.agency, one.since, seconds) | {"alarm": True, "detail": detail}


def _fact(what: str, agency: str, since: datetime, seconds: float) -> dict[str, Any]:
    return {"what": what, "agency": agency, "since": f"{since:%Y-%m-%d %H:%M:%S}Z", "seconds": seconds, "limit": None}
