"""What the province's reports add up: kept as the evidence log grows, so that a report reads days and not documents.

The leaves of the log are an order of everything that was committed. `advance` takes the next ones, finds which
documents they concern, takes off what each was counted as before and adds what it is now: one commit, the place in the
log among it. So, whatever dies when, the tallies are what a recount of the rows would give.
"""

from __future__ import annotations

from lgsp.store.tallies.facts import Cell, Delivered, Document, Dossier, Facts, Message, Refused, Said, Step
from lgsp.store.tallies.keeping import AgencyDay, Counting, Tallies
from lgsp.store.tallies.looking import Lag

__all__ = [
    "AgencyDay",
    "Cell",
    "Counting",
    "Delivered",
    "Document",
    "Dossier",
    "Facts",
    "Lag",
    "Message",
    "Refused",
    "Said",
    "Step",
    "Tallies",
]
