"""How long the oldest of what waits has waited: that shows what stands still, where a number shows nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.agency import AgencyCode


class Wait(StrEnum):
    """What can wait for too long, and where."""

    OUTBOX = "outbox"  # a delivery is due, and no relay takes it
    ACCEPTED = "accepted"  # a delivery is not in its recipient's queue, or was tried in vain
    QUEUED = "queued"  # a delivery lies in its recipient's queue
    HELD = "held"  # a document waits to be judged again
    UNEXAMINED = "unexamined"  # attachments wait to be examined
    EVIDENCE = "evidence"  # what happened is no leaf of the evidence log yet
    STAMPING = "stamping"  # heads of the evidence log have no time stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """The oldest of what waits in one place."""

    what: Wait
    since: datetime
    #: For whom; None where the place is everybody's.
    agency: AgencyCode | None = None
