"""The time of a body, in tenures that follow each other without a gap: cutting it, changing a part, finding circles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from lgsp.model.agency import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from lgsp.model.agency import AgencyCode, Tenure

#: Leads from a tenure to the body that it points at.
Edge: TypeAlias = "Callable[[Tenure], AgencyCode | None]"


def successor(tenure: Tenure) -> AgencyCode | None:
    """Return who takes what is addressed to the body."""
    return tenure.successor if tenure.state is State.CLOSED else None


def parent(tenure: Tenure) -> AgencyCode | None:
    """Return the body above."""
    return tenure.parent


def amended(tenures: Sequence[Tenure], since: datetime | None, until: datetime | None, **facts: Any) -> list[Tenure]:
    """Return the tenures with other facts from `since` until before `until`; None: without end on that side.

    What was so before and after stays as it was. Neighbours that say the same become one.
    """
    cut = [part for tenure in tenures for part in _cut(tenure, since, until)]
    told = [replace(part, **facts) if _inside(part, since, until) else part for part in cut]
    joined = told[:1]
    for part in told[1:]:
        if replace(joined[-1], until=part.until) == replace(part, since=joined[-1].since):
            joined[-1] = replace(joined[-1], until=part.until)
        else:
            joined.append(part)
    return joined


def within(tenures: Sequence[Tenure], since: datetime | None, until: datetime | None) -> Iterator[Tenure]:
    """Yield the parts of the tenures that lie in the window."""
    return (part for tenure in tenures for part in _cut(tenure, since, until) if _inside(part, since, until))


def circle(
    code: AgencyCode,
    edge: Edge,
    tenures_of: Callable[[AgencyCode], Sequence[Tenure]],
) -> list[AgencyCode]:
    """Return the codes of a circle that leads from `code` back to itself at some moment; empty when there is none."""
    for part in tenures_of(code):
        following = edge(part)
        if following is not None and (found := _way((code, following), edge, tenures_of, part)):
            return found
    return []


def _way(
    way: tuple[AgencyCode, ...], edge: Edge, tenures_of: Callable[[AgencyCode], Sequence[Tenure]], span: Tenure
) -> list[AgencyCode]:
    """Return the way on from its last code, within the span, when it leads back to the first."""
    *passed, code = way
    if code == passed[0]:
        return list(way)
    if code in passed:  # a circle of others, which is theirs to be told of
        return []
    for part in within(tenures_of(code), span.since, span.until):
        following = edge(part)
        if following is not None and (found := _way((*way, following), edge, tenures_of, part)):
            return found
    return []


def _cut(tenure: Tenure, since: datetime | None, until: datetime | None) -> Iterator[Tenure]:
    """Yield a tenure in the parts into which the two moments cut it."""
    begin = tenure.since
    for moment in (since, until):
        if moment is not None and (begin is None or begin < moment) and (tenure.until is None or moment < tenure.until):
            yield replace(tenure, since=begin, until=moment)
            begin = moment
    yield replace(tenure, since=begin)


def _inside(part: Tenure, since: datetime | None, until: datetime | None) -> bool:
    """Tell whether a part that is cut already lies in the window."""
    begins = since is None or (part.since is not None and part.since >= since)
    ends = until is None or (part.until is not None and part.until <= until)
    return begins and ends
