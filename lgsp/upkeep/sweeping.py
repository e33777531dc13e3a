"""Removing blobs that nobody refers to: what a crash left, what was uploaded and never handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from lgsp.blobs import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable


class Uploads(Protocol):
    """Who refers to blobs."""

    def forget(self, before: datetime) -> int:
        """Forget uploads from before then."""

    def sweep(self, part: int, before: datetime) -> int:
        """Remove what is older and unused, of a part of the blobs."""


class Sweeping:
    """Looks at one part of the blobs each time, so that no round walks over all of them."""

    def __init__(
        self, uploads: Uploads, unused: timedelta, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Remove what nobody has referred to for so long. Twice that for an upload that was never handed in."""
        self._uploads = uploads
        self._unused = unused
        self._clock = clock
        self._part = 0

    def sweep(self) -> int:
        """Sweep one part, and go on with the next one after the pause."""
        before = self._clock() - self._unused
        if self._part == 0:
            self._uploads.forget(before)
        self._uploads.sweep(self._part, before)
        self._part = (self._part + 1) % PARTS
        return 0
