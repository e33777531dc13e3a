"""Erasing octets whose time is over by the rules of retention. What is known of the documents stays, and is proven."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_AT_ONCE: Final = 100


class Due(Protocol):
    """A document that a rule lets go."""

    @property
    def dispatch_id(self) -> str:
        """Which it is."""

    @property
    def digest(self) -> str:
        """Under which its blob lies."""

    @property
    def apart(self) -> bool:
        """Whether there is one."""

    @property
    def days(self) -> int:
        """How long it had to be kept."""


class Retention(Protocol):
    """The rules."""

    def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """Return documents whose time is over, and that nothing holds."""


class Ledger(Protocol):
    """Who erases."""

    def erase(self, dispatch_id: str, reason: str) -> bool:
        """Erase; False when it may not be, or is erased already."""


class Uploads(Protocol):
    """Who refers to blobs."""

    def remove_unused(self, names: Collection[str]) -> int:
        """Remove those that nobody refers to."""


class Erasing:
    """Erases, a document a commit."""

    def __init__(
        self,
        retention: Retention,
        ledger: Ledger,
        uploads: Uploads | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is asked yet."""
        self._retention = retention
        self._ledger = ledger
        self._uploads = uploads
        self._clock = clock

    def sweep(self) -> int:
        """Erase what is due, at most so many; a blob goes when no other document refers to it."""
        due = self._retention.due(self._clock(), _AT_ONCE)
        erased = [one for one in due if self._ledger.erase(one.dispatch_id, f"retention: {one.days} days")]
        blobs = [one.digest for one in erased if one.apart]
        if blobs and self._uploads is not None:
            self._uploads.remove_unused(blobs)
        if erased:
            telemetry.erased(len(erased))
        return len(erased)
