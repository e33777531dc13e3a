"""RabbitMQ as the transport. Together with the AMQP door the only place that speaks AMQP."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from lgsp.transport.amqp.consumer import AmqpConsumer
from lgsp.transport.amqp.declaring import SETTLE_SECONDS
from lgsp.transport.amqp.link import Link
from lgsp.transport.amqp.parcels import message_of
from lgsp.transport.amqp.publisher import Publisher
from lgsp.transport.topology import DELIVERIES, delivery_queue

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.transport import Parcel

__all__ = ["Amqp"]


class Amqp:
    """Keeps `Transport`. Connects at first use, and again by itself after an outage, declaring everything anew.

    Two connections at most: one to publish, one that all consumers share, so that a broker that slows publishers
    down does not hold up consumers. Each has a thread of its own for input and output; heartbeats go on however
    long the caller works.
    """

    def __init__(self, url: str, settle_seconds: float = SETTLE_SECONDS) -> None:
        """Speak to `amqp://user:password@host:port/vhost`. A new queue is used `settle_seconds` after it was made."""
        self._url = url
        self._settle_seconds = settle_seconds
        self._lock = threading.Lock()
        self._publisher: Publisher | None = None
        self._consuming: Link | None = None

    def publish(self, parcels: Sequence[Parcel]) -> None:
        """Put parcels into their queues; return once a majority of the broker's nodes has all of them on disk."""
        if not parcels:
            return
        self.provide({parcel.recipient for parcel in parcels})
        self._open_publisher().send([message_of(parcel, DELIVERIES) for parcel in parcels])

    def provide(self, recipients: Collection[AgencyCode]) -> None:
        """Make the queues of these agencies that are not there yet."""
        self._open_publisher().provide(map(delivery_queue, recipients))

    def consume(self, recipients: Sequence[AgencyCode]) -> AmqpConsumer:
        """Return a consumer of these agencies' queues; it connects when it first receives."""
        return AmqpConsumer(self._consuming_link, tuple(recipients), self._settle_seconds)

    def close(self) -> None:
        """Give back the connections. What consumers hold becomes receivable for others."""
        with self._lock:
            publisher, self._publisher = self._publisher, None
            link, self._consuming = self._consuming, None
        if publisher is not None:
            publisher.close()
        if link is not None:
            link.close()

    def _open_publisher(self) -> Publisher:
        with self._lock:
            if self._publisher is None or not self._publisher.alive:
                self._publisher = Publisher(Link(self._url, "lgsp publisher"), self._settle_seconds)
            return self._publisher

    def _consuming_link(self) -> Link:
        with self._lock:
            if self._consuming is None or not self._consuming.alive:
                self._consuming = Link(self._url, "lgsp consumer")
            return self._consuming
