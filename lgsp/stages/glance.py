"""What a waiting line may guess of octets that nobody has read yet: on which lane they belong."""

from __future__ import annotations

import re
from typing import Final

from lgsp.model.lane import Lane

#: A priority of `lgsp.model.lane.URGENT_PRIORITIES` as it is written in every variant.
_URGENT: Final = re.compile(rb"Priority>\s*[1-4]\s*</")
#: The header stands at the beginning, however large the attachments are.
_REACH_BYTES: Final = 1 << 16


def glance(octets: bytes) -> Lane:
    """Guess the lane. Nothing is believed: the guess decides who is read first, and nothing after that."""
    return Lane.URGENT if _URGENT.search(octets, 0, _REACH_BYTES) else Lane.ORDINARY
