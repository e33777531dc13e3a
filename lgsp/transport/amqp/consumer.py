"""Taking parcels out of queues."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from lgsp.model.lane import Lane
from lgsp.transport.amqp.declaring import declare
from lgsp.transport.amqp.link import unavailable
from lgsp.transport.amqp.parcels import parcel_of
from lgsp.transport.topology import DEAD_QUEUE, delivery_queue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pika.channel import Channel
    from pika.spec import Basic, BasicProperties

    from lgsp.model.agency import AgencyCode
    from lgsp.transport import Parcel
    from lgsp.transport.amqp.link import Link

#: A mark is the number of the subscription and, below these bits, the broker's tag: the tags of a channel that is
#: gone name other messages on the next one.
_TAG_BITS: Final = 40


class AmqpConsumer:
    """Keeps `Consumer`, on a channel of its own. Subscribes when it first receives, and again after an outage."""

    def __init__(
        self, link: Callable[[], Link], queues: Sequence[tuple[AgencyCode, Lane]], settle_seconds: float
    ) -> None:
        """Consume these agencies' queues over the link that `link()` returns."""
        self._link = link
        self._queues = [(delivery_queue(code, lane), code, lane) for code, lane in queues]
        self._settle_seconds = settle_seconds
        self._changed = threading.Condition()
        self._subscription = 0
        self._on: Link | None = None
        self._channel: Channel | None = None
        #: Why there is no subscription.
        self._broken: str | None = "not subscribed yet"
        self._arrived: dict[Lane, deque[Parcel]] = {lane: deque() for lane in (Lane.URGENT, Lane.ORDINARY)}
        #: Received by our caller and not acknowledged, by mark, oldest first.
        self._held: dict[int, Parcel] = {}
        self._closed = False

    def receive(self, limit: int, wait_seconds: float) -> Sequence[Parcel]:
        """Return what is waiting; at most `limit` of each queue are on their way to us at once."""
        if self._closed:
            return ()
        if self._broken is not None:
            self._subscribe(limit)
        until = time.monotonic() + wait_seconds
        with self._changed:
            if not self._held:
                while not self._waiting() and self._broken is None and (left := until - time.monotonic()) > 0:
                    self._changed.wait(left)
                while (waiting := self._waiting()) and len(self._held) < limit:
                    parcel = waiting.popleft()
                    self._held[parcel.mark] = parcel
            if self._broken is not None and not self._closed:
                raise unavailable(self._broken)
            return list(self._held.values())[:limit]

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """Remove parcels. Those of a connection that is gone come again; that they are settled will be known then."""
        with self._changed:
            done = {p.mark for p in parcels if p.mark in self._held}
            before = [*self._held, *(p.mark for waiting in self._arrived.values() for p in waiting)]
            for mark in done:
                del self._held[mark]
            link, channel = self._on, self._channel
        if done and link is not None and channel is not None:
            link.do(lambda: _acknowledge(channel, before, done))

    def close(self) -> None:
        """Stop. The broker gives what we hold to others."""
        with self._changed:
            self._closed = True
            link, channel = self._on, self._channel
            self._forget("closed")
        if link is not None and channel is not None and link.alive:
            link.do(lambda: channel.close() if channel.is_open else None)

    def _subscribe(self, limit: int) -> None:
        self._abandon()
        link = self._link()
        channel = link.channel()
        with self._changed:
            self._subscription += 1
            self._on, self._channel, self._broken = link, channel, None
        number = self._subscription
        link.at_end(lambda: self._break(number, "the connection ended"))
        link.do(lambda: channel.add_on_close_callback(lambda _, reason: self._break(number, str(reason))))
        link.do(lambda: channel.add_on_cancel_callback(lambda _: self._break(number, "the broker cancelled")))
        declare(link, channel, [DEAD_QUEUE, *(queue for queue, *_ in self._queues)], self._settle_seconds)
        link.wait(link.asked(channel.basic_qos, prefetch_count=limit))
        asked = [
            link.asked(channel.basic_consume, queue.name, self._taker(code, lane)) for queue, code, lane in self._queues
        ]
        for answer in asked:
            link.wait(answer)

    def _waiting(self) -> deque[Parcel]:
        """Return what is next: the urgent ones while there are any."""
        return self._arrived[Lane.URGENT] or self._arrived[Lane.ORDINARY]

    def _taker(self, code: AgencyCode, lane: Lane) -> Callable[..., None]:
        number = self._subscription

        def take(channel: Channel, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
            tag = method.delivery_tag or 0
            parcel = parcel_of(code, body, properties, (number << _TAG_BITS) | tag)
            if parcel is None:  # a stranger's message: to lgsp.dead, where somebody may look at it
                channel.basic_reject(tag, requeue=False)
                return
            with self._changed:
                if number == self._subscription and self._broken is None:
                    self._arrived[lane].append(parcel)
                    self._changed.notify_all()

        return take

    def _break(self, number: int, why: str) -> None:
        with self._changed:
            if number == self._subscription:
                self._forget(why)

    def _forget(self, why: str) -> None:
        self._broken = why
        for waiting in self._arrived.values():
            waiting.clear()
        self._held.clear()
        self._on = self._channel = None
        self._changed.notify_all()

    def _abandon(self) -> None:
        """Close a channel that is of no use any more, so that the broker gives its messages to others."""
        with self._changed:
            link, channel = self._on, self._channel
            self._forget(self._broken or "subscribing anew")
        if link is not None and channel is not None and link.alive:
            link.do(lambda: channel.close() if channel.is_open else None)


def _acknowledge(channel: Channel, before: Sequence[int], done: set[int]) -> None:
    """Acknowledge with as few frames as the order allows: everything up to a tag in one, the rest one by one."""
    tag_of = (1 << _TAG_BITS) - 1
    rest = set(done)
    upto = 0
    for mark in sorted(before):
        if mark not in done:
            break
        upto = mark
        rest.discard(mark)
    if upto:
        channel.basic_ack(upto & tag_of, multiple=True)
    for mark in sorted(rest):
        channel.basic_ack(mark & tag_of)
