"""The broom that keeps the figures of reports, and what proves them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lgsp.reports.cells import Counted
    from lgsp.store.tallies import Cell, Lag, Tallies

BATCH = 5000


class Difference(NamedTuple):
    """A figure that a recount tells otherwise."""

    cell: Cell
    kept: int
    recounted: int


@dataclass(frozen=True, slots=True)
class Reckoner:
    """Counts what the evidence log has grown by. Any number may run beside each other."""

    tallies: Tallies
    rules: Counted

    def sweep(self) -> int:
        """Count a batch of leaves; return 0 unless the batch was full.

        So the leaves of a document gather: it is counted anew for whatever comes later.
        """
        counted = self.tallies.advance(self.rules, BATCH)
        return counted if counted == BATCH else 0

    def catch_up(self) -> Lag:
        """Count all that there is and return what is left: entries that are no leaves yet."""
        while self.tallies.advance(self.rules, BATCH):
            pass
        return self.tallies.lag()

    def recount(self) -> list[Difference]:
        """Count everything anew from raw rows, and return where the tallies say otherwise."""
        kept, recounted = self.tallies.cells(), self.tallies.recount(self.rules)
        return [
            Difference(cell, kept[cell], recounted[cell])
            for cell in sorted(kept.keys() | recounted.keys())
            if kept[cell] != recounted[cell]
        ]
