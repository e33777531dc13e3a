"""The notary: makes leaves of what was entered, and signs how the log stands. The stamping: a time for each head."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.evidence import Head, Log
from lgsp.evidence.log import Archive
from lgsp.evidence.tiles import Damaged
from lgsp.model.errors import Problem, Unavailable
from lgsp.model.text import Text
from signing.errors import SigningError

if TYPE_CHECKING:
    from collections.abc import Callable

    from signing import KeyProvider

BATCH: Final = 1000


class Leaves(Archive, Protocol):
    """The evidence log, as it is kept."""

    def append(self, limit: int) -> int:
        """Make leaves of at most `limit` waiting entries in one commit; 0 as well while another process does it."""

    def size(self) -> int:
        """Return how many leaves there are."""

    def add_head(self, made: Head) -> None:
        """Keep a head; one of the same size stays."""

    def stamp(self, size: int, token: bytes) -> None:
        """Give a head its time stamp, unless it has one."""


class Notary:
    """The broom that lets the log grow and signs its heads."""

    def __init__(
        self,
        leaves: Leaves,
        keys: KeyProvider,
        *,
        head_every_seconds: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Sign with the bus's key."""
        self._leaves = leaves
        self._log = Log(leaves)
        self._keys = keys
        self._every = timedelta(seconds=head_every_seconds)
        self._clock = clock

    def sweep(self) -> int:
        """Append a batch; when nothing more waits, sign a head if one is due.

        Returns 0 unless the batch was full, so that small ones gather: each is a commit.
        """
        taken = self._leaves.append(BATCH)
        if taken == BATCH:
            return taken
        self._sign()
        return 0

    def _sign(self) -> None:
        size, last, now = self._leaves.size(), self._log.newest(), self._clock()
        if size == (last.size if last else 0) or (last and now < last.at + self._every):
            return
        try:
            # What no longer leads to the last head was tampered with, and the bus puts its name to no such log.
            if last and (size < last.size or self._log.root(last.size) != last.root):
                telemetry.log_broken(f"the log no longer leads to its head of {last.size} leaves")
                return
            head = Head.made(size, self._log.root(size), self._keys.current(), now, previous=last)
        except Damaged as error:
            telemetry.log_broken(str(error))
            return
        self._leaves.add_head(head)
        telemetry.head_signed(size, head.root.hex())


class TimeStamp(Protocol):
    """A stamp as its maker gives it."""

    @property
    def token(self) -> bytes:
        """TimeStampToken (RFC 3161), DER."""


class Stamper(Protocol):
    """Gets time stamps, checked."""

    def stamp(self, data: bytes) -> TimeStamp:
        """Return a stamp over `data`. Raises SigningError when no time authority gives one that holds."""


class Stamping:
    """The broom that has the newest head stamped: one stamp proves a time for everything below it."""

    def __init__(self, leaves: Leaves, stamper: Stamper) -> None:
        """Ask `stamper`; nothing waits for it."""
        self._leaves = leaves
        self._stamper = stamper

    def sweep(self) -> int:
        """Stamp the newest head if it has no stamp. Raises Unavailable; the newest head is then another one."""
        head = self._leaves.newest_head()
        if head is None or head.stamp:
            return 0
        try:
            stamp = self._stamper.stamp(head.text)
        except SigningError as error:
            wanted = Text("a time authority that answers", "máy chủ cấp dấu thời gian trả lời")
            raise Unavailable(Problem(expected=wanted, found=str(error)[:200])) from error
        self._leaves.stamp(head.size, stamp.token)
        return 1
