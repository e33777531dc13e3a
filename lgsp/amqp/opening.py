"""One opening of the line: a connection, what came over it, and what goes out over it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lgsp.amqp.queues import GROUND, INTAKE_QUEUES
from lgsp.transport.amqp.link import unavailable
from lgsp.transport.amqp.parcels import Message
from lgsp.transport.amqp.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pika.spec import Basic, BasicProperties

    from lgsp.model.lane import Lane
    from lgsp.transport.amqp.link import Link
    from lgsp.transport.topology import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message as it came."""

    #: The line's own count of its openings, and the broker's tag within one: marks of a broken line mean nothing.
    opening: int
    mark: int
    octets: bytes = field(repr=False)
    properties: BasicProperties


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to one queue."""

    queue: Queue
    octets: bytes = field(repr=False)
    properties: BasicProperties


class Opening:
    """From the opening of a connection to its end; then never used again. Used by one thread beside the link's own.

    Messages come in, and heartbeats go out, in the link's thread, however long the user of this works. Every method
    raises TransportUnavailable.
    """

    def __init__(self, link: Link, number: int, lane: Lane, window: int, settle_seconds: float) -> None:
        """Declare all that the door stands on and begin to receive, at most `window` that are not acknowledged."""
        self.number = number
        self._link = link
        self._ended: str | None = None
        self._changed = threading.Condition()
        self._here: deque[Incoming] = deque()
        link.at_end(self._end)
        self._publisher = Publisher(link, settle_seconds, GROUND)
        self._channel = link.channel()
        link.do(self._watch)
        link.wait(link.asked(self._channel.basic_qos, prefetch_count=window))
        link.wait(link.asked(self._channel.basic_consume, INTAKE_QUEUES[lane].name, self._keep))

    def receive(self, limit: int, wait_seconds: float) -> list[Incoming]:
        """Return what is waiting, at most `limit`, oldest first; wait for the first at most `wait_seconds`."""
        with self._changed:
            self._changed.wait_for(lambda: self._here or self._ended is not None, wait_seconds)
            if self._ended is not None:
                raise unavailable(self._ended)
            return [self._here.popleft() for _ in range(min(limit, len(self._here)))]

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Put each message into its queue; return once the broker has confirmed all of them.

        One that it does not take is an error: whoever is to hear of it must not be left without.
        """
        self._publisher.provide({message.queue.name: message.queue for message in messages}.values())
        refused = self._publisher.send(
            [
                Message(
                    exchange=message.queue.exchange,
                    routing_key=message.queue.routing_key,
                    body=message.octets,
                    properties=message.properties,
                )
                for message in messages
            ]
        )
        if refused:
            raise unavailable(next(iter(refused.values())))

    def acknowledge(self, mark: int) -> None:
        """Remove everything up to `mark`, for good. What is lost on the way comes again."""
        self._link.do(lambda: self._channel.basic_ack(mark, multiple=True))

    def close(self) -> None:
        """Give the connection back."""
        self._link.close()

    def _watch(self) -> None:
        """Let a channel that closes, or a queue that is gone, end the whole: the next opening declares all anew."""
        self._channel.add_on_close_callback(lambda _, reason: self._link.end(str(reason)))
        self._channel.add_on_cancel_callback(lambda _: self._link.end("the broker cancelled"))

    def _keep(self, _channel: Any, method: Basic.Deliver, properties: BasicProperties, octets: bytes) -> None:
        mark = method.delivery_tag or 0
        with self._changed:
            self._here.append(Incoming(opening=self.number, mark=mark, octets=octets, properties=properties))
            self._changed.notify()

    def _end(self) -> None:
        with self._changed:
            self._ended = "the connection ended"
            self._changed.notify()
