"""The lines to both servers: cut, slow, and an answer that gets lost though the server has done what was asked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.scene import Scene, Story
    from tests.services.proxy import Proxy

    Which = Literal["store_line", "queue_line"]

_SLOW_SECONDS: Final = 3.0
_DEAF_SECONDS: Final = 0.5


def cut(scene: Scene, line: Which) -> Iterator[float]:
    """End every connection."""
    _line(scene, line).cut()
    yield 0


def slow(scene: Scene, line: Which) -> Iterator[float]:
    """Let every portion take long."""
    _line(scene, line).delay(scene.random.uniform(0.05, 0.3))
    yield _SLOW_SECONDS
    _line(scene, line).delay(0)


def unheard(scene: Scene, line: Which) -> Iterator[float]:
    """Lose what the server says, confirms of what it has done among it, and then the connections."""
    _line(scene, line).deafen()
    yield _DEAF_SECONDS
    _line(scene, line).cut()


def _line(scene: Scene, line: Which) -> Proxy:
    found: Proxy | None = getattr(scene, line)
    assert found is not None
    return found


FAULTS: Final[Mapping[str, Story]] = {
    "cut the lines to PostgreSQL": partial(cut, line="store_line"),
    "cut the lines to RabbitMQ": partial(cut, line="queue_line"),
    "slow lines to PostgreSQL": partial(slow, line="store_line"),
    "slow lines to RabbitMQ": partial(slow, line="queue_line"),
    "lose answers of PostgreSQL": partial(unheard, line="store_line"),
    "lose confirms of RabbitMQ": partial(unheard, line="queue_line"),
}
