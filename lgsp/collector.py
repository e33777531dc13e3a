"""The door that opens outwards: fetches what polled systems have to send, and hands it to the intake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast
from uuid import uuid4

from lgsp.fleet import Wanted
from lgsp.model.envelope import Arrival
from lgsp.sdk import Adapter, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from lgsp.model.agency import Agency, AgencyCode
    from lgsp.model.delivery import Receipt, Refusal


class Intake(Protocol):
    """The walk behind this door."""

    def accept(self, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
        """Take in and answer each."""


class Directory(Protocol):
    """Who takes part."""

    def agencies(self) -> Sequence[Agency]:
        """Return all agencies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collectors:
    """Knows which collectors the directory asks for: one for each agency whose adapter can also fetch."""

    directory: Directory
    #: Whether an adapter, by name, is a Source too.
    fetches: Callable[[str], bool]
    make_adapter: Callable[[Agency], Adapter]
    intake: Intake

    def wanted(self) -> dict[Hashable, Wanted]:
        """Return a collector for each source, by what would make it another one."""
        return {
            (agency.code, agency.adapter, repr(agency.options)): Wanted(
                name=f"collector {agency.code}", make=partial(self._make, agency)
            )
            for agency in self.directory.agencies()
            if self.fetches(agency.adapter)
        }

    def _make(self, agency: Agency) -> Collector:
        return Collector(agency=agency.code, source=cast("Fetching", self.make_adapter(agency)), intake=self.intake)


class Fetching(Adapter, Source, Protocol):
    """An adapter that is a source as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Fetches for one agency. Its system is authenticated by where the operator told the adapter to fetch."""

    agency: AgencyCode
    source: Fetching
    intake: Intake

    def round(self) -> int:
        """Fetch all that waits, one by one, and return how many. Raises Unavailable."""
        fetched = 0
        for octets in self.source.collect():  # resuming says: the last one is safe, or refused for ever
            self.intake.accept([self._arrival(octets)])
            fetched += 1
        return fetched

    def close(self) -> None:
        """Give back what the adapter holds."""
        self.source.close()

    def _arrival(self, octets: bytes) -> Arrival:
        return Arrival(
            octets=octets, caller=self.agency, door="source", correlation=uuid4().hex, arrived=datetime.now(UTC)
        )
