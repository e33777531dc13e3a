"""SIGKILL: a process ends in the middle of whatever it does. Where exactly is chosen by tests.chaos.mined."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.services.bus import WALKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.scene import Scene, Story
    from tests.services.bus import Walk

KILLED: Final[tuple[Walk, ...]] = (*WALKS, "upkeep", "relay 2", "courier 2")


def killed(scene: Scene, walk: Walk) -> Iterator[float]:
    """Kill a process; a moment later it is started again."""
    scene.down.add(walk)
    scene.bus.kill(walk)
    yield scene.random.uniform(0, 0.3)
    scene.down.discard(walk)


FAULTS: Final[Mapping[str, Story]] = {f"kill {walk}": partial(killed, walk=walk) for walk in KILLED}
