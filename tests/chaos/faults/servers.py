"""PostgreSQL and RabbitMQ: killed and started again, and a broker that takes nothing because its disk is full."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.scene import Scene, Story

_FULL_SECONDS: Final = 3.0


class Server(Protocol):
    """A server that can be killed."""

    @property
    def lives(self) -> bool:
        """Whether its process is there."""

    def kill(self) -> None:
        """End it as a crash does."""

    def launch(self) -> None:
        """Start it again, and return at once."""

    def ready(self) -> bool:
        """Say whether it answers."""


def killed(scene: Scene, server: Literal["postgres", "broker"]) -> Iterator[float]:
    """Kill a server and, a moment later, start it again on what it had written."""
    struck: Server = getattr(scene, server)
    struck.kill()
    yield scene.random.uniform(0.2, 1)
    yield from revived(struck)


def revived(server: Server) -> Iterator[float]:
    """Start a server until it stays; what a killed one left behind may keep the next from starting for a while."""
    while not server.ready():
        if not server.lives:
            server.launch()
        yield 0.2


def alarmed(scene: Scene) -> Iterator[float]:
    """Let RabbitMQ believe that its disk is full: it then reads nothing more from who publishes."""
    scene.broker.control("set_disk_free_limit", "1000TB")
    yield _FULL_SECONDS
    scene.broker.control("set_disk_free_limit", "50MB")


FAULTS: Final[Mapping[str, Story]] = {
    "kill PostgreSQL": partial(killed, server="postgres"),
    "kill RabbitMQ": partial(killed, server="broker"),
    "disk alarm of RabbitMQ": alarmed,
}
