"""The door that opens outwards: fetches what polled systems have to send, and hands it to the intake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from lgsp.model.envelope import Arrival

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.model.delivery import Receipt, Refusal
    from lgsp.sdk import Source


class Intake(Protocol):
    """The walk behind this door."""

    def accept(self, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
        """Take in and answer each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Fetches for one agency. Its system is authenticated by where the operator told the adapter to fetch."""

    agency: AgencyCode
    source: Source
    intake: Intake

    def round(self) -> int:
        """Fetch all that waits, one by one, and return how many. Raises Unavailable."""
        fetched = 0
        for octets in self.source.collect():  # resuming says: the last one is safe, or refused for ever
            self.intake.accept([self._arrival(octets)])
            fetched += 1
        return fetched

    def _arrival(self, octets: bytes) -> Arrival:
        return Arrival(
            octets=octets, caller=self.agency, door="source", correlation=uuid4().hex, arrived=datetime.now(UTC)
        )
