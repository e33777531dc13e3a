"""Clocks: a process that believes it is an hour earlier or later than all others, by Debian's libfaketime."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.services.bus import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.chaos.scene import Scene, Story
    from tests.services.bus import Walk

#: libfaketime; None where it is not installed.
LIBRARY: Final = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
_SKEWED_SECONDS: Final = 6.0


def program(offset: str) -> Sequence[str]:
    """Return `lgsp` with its clock `offset` away. How long something takes it sees as all others do."""
    return ("env", *(f"{name}={value}" for name, value in skewing(offset).items()), *COMMAND)


def skewing(offset: str) -> Mapping[str, str]:
    """Return the environment of a process whose clock is `offset` away."""
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def skewed(scene: Scene, walk: Walk, offset: str) -> Iterator[float]:
    """Let a process start with a wrong clock, work for a while, and start again with the right one."""
    scene.bus.kill(walk)
    scene.programs[walk] = program(offset)
    yield _SKEWED_SECONDS
    scene.programs.pop(walk, None)
    if scene.bus.lives(walk):
        scene.bus.kill(walk)
    yield 0


# With intake an hour behind, its own certificates would begin in the future, and it would rightly refuse them.
FAULTS: Final[Mapping[str, Story]] = (
    {
        "intake an hour ahead": partial(skewed, walk="intake", offset="+1h"),
        "relay an hour ahead": partial(skewed, walk="relay", offset="+1h"),
        "relay an hour behind": partial(skewed, walk="relay", offset="-1h"),
        "courier an hour ahead": partial(skewed, walk="courier", offset="+1h"),
        "courier an hour behind": partial(skewed, walk="courier", offset="-1h"),
        "upkeep an hour ahead": partial(skewed, walk="upkeep", offset="+1h"),
    }
    if LIBRARY
    else {}
)
