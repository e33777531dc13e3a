"""What a fault may lay hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from random import Random

    from adapters.simulators.running import Running
    from tests.chaos.people import Ministry
    from tests.services.bus import Bus, Walk
    from tests.services.postgres import Postgres
    from tests.services.proxy import Proxy


class Broker(Protocol):
    """A node of RabbitMQ, or several."""

    def kill(self) -> None:
        """End it, or one of several, as a crash does."""

    def launch(self) -> None:
        """Start what does not run, and return at once."""

    def ready(self) -> bool:
        """Say whether all answer."""

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl`."""


@dataclass(kw_only=True)
class Scene:
    """The bus, its servers, the lines between them and one system of an agency."""

    bus: Bus
    postgres: Postgres
    broker: Broker
    #: Between the bus and PostgreSQL, and between the bus and RabbitMQ where that is one node.
    store_line: Proxy
    queue_line: Proxy | None
    ministry: Running[Ministry]
    random: Random
    #: The small disk that PostgreSQL and a recipient's folder share, where there is one.
    disk: Path | None = None
    #: Processes that a fault holds down: nobody else starts them.
    down: set[Walk] = field(default_factory=set)
    #: The program with which a process is started next, instead of `lgsp`.
    programs: dict[Walk, Sequence[str]] = field(default_factory=dict)


if TYPE_CHECKING:
    #: A fault as a story: what it does, how many seconds pass, what it does then. At its end all can work again.
    Story = Callable[[Scene], Iterator[float]]
