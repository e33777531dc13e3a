"""The directory as one process holds it in memory."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lgsp.model.agency import Agency, AgencyCode, Alias, Binding, Tenure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From when until before when something holds; None: without end on that side."""

    since: datetime | None
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Tell whether the moment lies in it."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def meets(self, other: Span) -> bool:
        """Tell whether the two have a moment in common."""
        ended = (self.until is not None and other.since is not None and self.until <= other.since) or (
            other.until is not None and self.since is not None and other.until <= self.since
        )
        return not ended


@dataclass(frozen=True, slots=True)
class Dated:
    """An agency of which not the same was true at all times: what it is from each moment on."""

    sinces: tuple[datetime, ...]
    #: One more than there are moments: the first is from ever.
    agencies: tuple[Agency, ...]

    def at(self, moment: datetime) -> Agency:
        """Return the agency as it is then."""
        return self.agencies[bisect_right(self.sinces, moment)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Agencies that are written to by one code."""

    code: AgencyCode
    name: str
    #: Each with the time in which it is a member.
    members: tuple[tuple[AgencyCode, Span], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that the directory says. Never changed: a newer one takes its place."""

    number: int = -1
    #: When it was compared with the database last, by the monotonic clock.
    read: float = float("-inf")
    #: Each agency as it is from ever until the first moment in `dated`.
    agencies: Mapping[str, Agency] = field(default_factory=dict)
    dated: Mapping[str, Dated] = field(default_factory=dict)
    aliases: Mapping[str, tuple[Alias, ...]] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    speakers: Mapping[tuple[str, str], tuple[Span, ...]] = field(default_factory=dict)
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    credentials: Mapping[str, tuple[str, AgencyCode]] = field(default_factory=dict)

    def filed(self, code: AgencyCode, at: datetime) -> Agency | None:
        """Return the agency that is filed under `code`, as it is then."""
        dated = self.dated.get(code)
        return self.agencies.get(code) if dated is None else dated.at(at)

    def find(self, code: AgencyCode, at: datetime) -> Agency | None:
        """Return the agency that answers to `code` then, as it is then."""
        found = self.filed(code, at)
        if found is None:
            for alias in self.aliases.get(code, ()):
                if alias.holds(at):
                    return self.filed(alias.agency, at)
        return found

    def listed(self, at: datetime) -> list[Agency]:
        """Return all agencies as they are then, by code."""
        dated = self.dated
        return [dated[code].at(at) if code in dated else agency for code, agency in sorted(self.agencies.items())]

    def next_date(self, after: datetime) -> datetime | None:
        """Return the first moment after `after` at which an agency becomes something else."""
        return min((since for dated in self.dated.values() for since in dated.sinces if since > after), default=None)

    def tenures(self, code: AgencyCode) -> tuple[Tenure, ...]:
        """Return the time of the agency that is filed under `code`; empty when there is none."""
        agency, dated = self.agencies.get(code), self.dated.get(code)
        if agency is None:
            return ()
        moments = dated.sinces if dated else ()
        spans = zip((None, *moments), (*moments, None), dated.agencies if dated else (agency,), strict=True)
        return tuple(_tenure(each, since, until) for since, until, each in spans)


def _tenure(agency: Agency, since: datetime | None, until: datetime | None) -> Tenure:
    return Tenure(
        since=since,
        until=until,
        level=agency.level,
        bloc=agency.bloc,
        parent=agency.parent,
        state=agency.state,
        successor=agency.successor,
    )
