"""A throwaway cluster of RabbitMQ: three nodes on loopback, of which any one may be lost."""

from __future__ import annotations

import random
from typing import Self

from tests.services.rabbitmq import RabbitMQ

_NODES = 3


class Cluster:
    """Behaves as a `RabbitMQ` whose address names every node, and of which `kill` ends one."""

    def __init__(self) -> None:
        """Prepare the nodes; the first makes the cluster, the others join it."""
        first = RabbitMQ()
        self.nodes = [first, *(RabbitMQ(first) for _ in range(_NODES - 1))]

    @property
    def url(self) -> str:
        """Where the nodes are, for their administrator."""
        return self._all(self.nodes[0].url)

    def url_of(self, user: str, password: str) -> str:
        """Return the address for another user."""
        return self._all(self.nodes[0].url_of(user, password))

    def start(self) -> Self:
        """Start, and return once all are one cluster."""
        self.nodes[0].start()
        for node in self.nodes[1:]:
            node.launch()
        for node in self.nodes[1:]:
            node.await_ready()
        return self

    @property
    def lives(self) -> bool:
        """Whether every node's process is there."""
        return all(node.lives for node in self.nodes)

    def launch(self) -> None:
        """Start the nodes that do not run, and return at once."""
        for node in self.nodes:
            if not node.lives:
                node.launch()

    def ready(self) -> bool:
        """Say whether all answer."""
        return all(node.ready() for node in self.nodes)

    def kill(self) -> None:
        """End one node as a crash does; whichever leads a queue or holds a connection goes with it."""
        random.choice(self.nodes).kill()

    def close(self) -> None:
        """Stop, and remove all that was made."""
        for node in reversed(self.nodes):
            node.close()

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` on a node that lives."""
        return next(node for node in self.nodes if node.ready()).control(*arguments)

    def _all(self, url: str) -> str:
        place = f"127.0.0.1:{self.nodes[0].port}"
        return url.replace(place, ",".join(f"127.0.0.1:{node.port}" for node in self.nodes))
