"""What keeps the house: small loops beside the three walks, each a file, each a broom.

A broom has one verb: `sweep() -> int` does a little of its work and returns how much, so that the loop that keeps it
pauses after nothing. Any number of processes may keep the same broom: each guards itself against a second one by a
lock in the store. A broom that dies in the middle leaves nothing half done.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Broom(Protocol):
    """One duty of upkeep."""

    def sweep(self) -> int:
        """Do a portion of the work and return how much it was; 0 lets the loop pause. Raises Unavailable."""


class Duty(NamedTuple):
    """A broom, and how long it rests after finding nothing to do."""

    name: str
    broom: Broom
    pause_seconds: float


__all__ = ["Broom", "Duty"]
