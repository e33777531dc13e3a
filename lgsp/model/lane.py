"""The two lanes of every way through the bus: what is urgent never waits behind what is not.

QĐ 28/2018/QĐ-TTg Điều 6(2): urgent documents go first, are sent at once and passed on at once. Queues know no order but
their own, so each stage keeps two of them; see docs/decisions/0019-lanes.md.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Lane(StrEnum):
    """On which side of the road something goes."""

    ORDINARY = "ordinary"
    URGENT = "urgent"


#: Priorities as edXML writes them: khẩn, thượng khẩn, hỏa tốc, hỏa tốc at an hour. 0 is ordinary, and so is the 5 that
#: some systems write for it.
URGENT_PRIORITIES: Final = range(1, 5)


def lane_of(priority: int) -> Lane:
    """Return the lane for a priority; one that edXML does not know is ordinary."""
    return Lane.URGENT if priority in URGENT_PRIORITIES else Lane.ORDINARY
