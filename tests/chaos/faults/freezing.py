"""SIGSTOP: a process stands still for longer than anybody waits for it, and then goes on as if nothing had been."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.services.bus import WALKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.scene import Scene, Story
    from tests.services.bus import Walk

#: Longer than the lease of a relay's claims, and than RabbitMQ waits for a sign of life (tests.chaos.ground).
FROZEN_SECONDS: Final = 7.0


def frozen(scene: Scene, walk: Walk) -> Iterator[float]:
    """Let a process stand still. Others get what it had; it wakes with its hands full."""
    scene.bus.signal(walk, signal.SIGSTOP)
    yield FROZEN_SECONDS
    scene.bus.signal(walk, signal.SIGCONT)


FAULTS: Final[Mapping[str, Story]] = {f"freeze {walk}": partial(frozen, walk=walk) for walk in (*WALKS, "upkeep")}
