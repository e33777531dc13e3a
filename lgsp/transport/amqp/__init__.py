"""RabbitMQ as the transport. Together with the AMQP door the only place that speaks AMQP."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from lgsp.model.lane import Lane
from lgsp.transport import NotTaken
from lgsp.transport.amqp.consumer import AmqpConsumer
from lgsp.transport.amqp.dead import DeadLetter, dead_letters
from lgsp.transport.amqp.declaring import SETTLE_SECONDS
from lgsp.transport.amqp.link import Link, unavailable
from lgsp.transport.amqp.parcels import message_of
from lgsp.transport.amqp.publisher import Publisher
from lgsp.transport.topology import DELIVERIES, FALL_BACK_SECONDS, delivery_queue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.transport import Parcel
    from lgsp.transport.topology import Queue

__all__ = ["Amqp", "DeadLetter"]


class Amqp:
    """Keeps `Transport`. Connects at first use, and again by itself after an outage, declaring everything anew.

    Two connections a lane at most: one to publish, one that all consumers share, so that a broker that slows
    publishers down does not hold up consumers, and nothing urgent waits in a pipe full of the ordinary. Each has a
    thread of its own for input and output; heartbeats go on however long the caller works.
    """

    def __init__(
        self,
        url: str,
        settle_seconds: float = SETTLE_SECONDS,
        *,
        unwatched: Callable[[AgencyCode], bool] = lambda _: False,
    ) -> None:
        """Speak to `amqp://user:password@host:port/vhost`. A new queue is used `settle_seconds` after it was made.

        `unwatched` tells of whom it is not known that its urgent queue is read: what nobody takes there soon falls
        into its ordinary one.
        """
        self._url = url
        self._settle_seconds = settle_seconds
        self._unwatched = unwatched
        self._lock = threading.Lock()
        self._publishers: dict[Lane, Publisher] = {}
        self._consuming: dict[Lane, Link] = {}

    def publish(self, parcels: Sequence[Parcel]) -> None:
        """Put parcels into their queues; return once a majority of the broker's nodes has all of them on disk."""
        left: list[Parcel] = []
        why = ""
        for lane in (Lane.URGENT, Lane.ORDINARY):
            if going := [parcel for parcel in parcels if parcel.lane is lane]:
                publisher = self._publisher(lane)
                publisher.provide(_queues({parcel.recipient for parcel in going}))
                refused = publisher.send([message_of(parcel, DELIVERIES, self._expiry(parcel)) for parcel in going])
                left += [going[place] for place in sorted(refused)]
                why = next(iter(refused.values()), why)
        if left:
            raise NotTaken(unavailable(why).problems[0], left)

    def provide(self, recipients: Collection[AgencyCode]) -> None:
        """Make the queues of these agencies that are not there yet."""
        self._publisher(Lane.ORDINARY).provide(_queues(recipients))

    def consume(self, recipients: Sequence[AgencyCode], lane: Lane | None = None) -> AmqpConsumer:
        """Return a consumer of these agencies' queues; it connects when it first receives."""
        lanes = (Lane.URGENT, Lane.ORDINARY) if lane is None else (lane,)
        queues = [(code, each) for each in lanes for code in recipients]
        return AmqpConsumer(partial(self._link, lanes[-1]), queues, self._settle_seconds)

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """Return the first messages that lie in `lgsp.dead`, and leave them there."""
        return dead_letters(self._link(Lane.ORDINARY), limit)

    def close(self) -> None:
        """Give back the connections. What consumers hold becomes receivable for others."""
        with self._lock:
            publishers, self._publishers = self._publishers, {}
            links, self._consuming = self._consuming, {}
        for publisher in publishers.values():
            publisher.close()
        for link in links.values():
            link.close()

    def _publisher(self, lane: Lane) -> Publisher:
        with self._lock:
            publisher = self._publishers.get(lane)
            if publisher is None or not publisher.alive:
                publisher = Publisher(Link(self._url, f"lgsp publisher {lane}"), self._settle_seconds)
                self._publishers[lane] = publisher
            return publisher

    def _link(self, lane: Lane) -> Link:
        with self._lock:
            link = self._consuming.get(lane)
            if link is None or not link.alive:
                link = self._consuming[lane] = Link(self._url, f"lgsp consumer {lane}")
            return link

    def _expiry(self, parcel: Parcel) -> float | None:
        urgent = parcel.lane is Lane.URGENT
        return FALL_BACK_SECONDS if urgent and self._unwatched(parcel.recipient) else None


def _queues(recipients: Collection[AgencyCode]) -> list[Queue]:
    """Return the queues of agencies, of both lanes: the first urgent document is no moment to make a queue."""
    return [delivery_queue(code, lane) for code in recipients for lane in Lane]
