"""Taking turns at SQLite's one write lock, in the order of asking."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Turns:
    """A lock that is handed on to who has waited longest. Used by many threads.

    SQLite lets writers who find it locked sleep and ask again, longer each time: among busy threads of one process
    somebody may ask in vain for seconds.
    """

    def __init__(self) -> None:
        """Nobody has it."""
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> Self:
        """Wait for the turn."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return self
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hand it on."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
