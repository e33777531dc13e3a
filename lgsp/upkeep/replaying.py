"""Carrying out orders to put deliveries out again, at their pace: whoever gave one may go home."""

from __future__ import annotations

from typing import Final, Protocol

_AT_ONCE: Final = 100


class Replays(Protocol):
    """The orders."""

    def go_on(self, limit: int) -> int:
        """Put out what the rates of the running orders allow by now; return how many."""


class Replaying:
    """The broom of replays. One that is cut off goes on where it was, in whatever process."""

    def __init__(self, replays: Replays) -> None:
        """Carry out `replays`."""
        self._replays = replays

    def sweep(self) -> int:
        """Put some out; return 0, so that the pace is the rate's and not this loop's."""
        self._replays.go_on(_AT_ONCE)
        return 0
