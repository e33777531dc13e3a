"""The broom that makes the parts of tables before anything falls into them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Parts(Protocol):
    """Tables that are kept in parts."""

    def ahead(self, now: datetime) -> int:
        """Make the parts that are needed now and next, and return how many."""


class Parting:
    """Looks whether a part will be missing."""

    def __init__(self, parts: Parts, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Have `parts` made."""
        self._parts = parts
        self._clock = clock

    def sweep(self) -> int:
        """Make what is missing. Returns 0: once is enough for an hour."""
        self._parts.ahead(self._clock())
        return 0
