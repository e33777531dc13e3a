"""The line to RabbitMQ: take what waits, send answers so that they are safe, acknowledge. Used by one thread."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pika
from pika.exceptions import AMQPError

from lgsp.amqp.queues import DEAD_QUEUE, INTAKE_QUEUES
from lgsp.model.errors import Problem, TransportUnavailable
from lgsp.model.lane import Lane
from lgsp.model.text import Text
from lgsp.transport.topology import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pika.adapters.blocking_connection import BlockingChannel
    from pika.spec import Basic, BasicProperties

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


class Line:
    """A connection that opens itself when it is needed and again after it broke.

    Every method raises TransportUnavailable; what was received and not acknowledged then comes again.
    """

    def __init__(self, url: str, *, window: int, lane: Lane = Lane.ORDINARY) -> None:
        """Speak to `url` and hold at most `window` messages of a lane that are not acknowledged."""
        self._lane = lane
        self._parameters = pika.URLParameters(url)
        self._window = window
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None
        self._opening = 0
        self._here: deque[Incoming] = deque()
        self._declared: set[str] = set()
        self._returned: list[str] = []

    def receive(self, limit: int, wait_seconds: float) -> list[Incoming]:
        """Return what is waiting, at most `limit`, oldest first; wait for the first at most `wait_seconds`."""
        with self._guarded():
            connection = self._opened()
            if not self._here:
                connection.process_data_events(time_limit=wait_seconds)
            before = -1
            while before < len(self._here) < limit:  # what is on its way into this process, not what may come
                before = len(self._here)
                connection.process_data_events(time_limit=0)
            return [self._here.popleft() for _ in range(min(limit, len(self._here)))]

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Put each message into its queue; return once the broker has all of them safely.

        One AMQP transaction a batch: RabbitMQ answers its commit when every message in it is confirmed, which is a
        window of confirms that a blocking connection can wait for.
        """
        with self._guarded():
            channel = self._open_channel()
            for queue in {message.queue.name: message.queue for message in messages}.values():
                if queue.name not in self._declared:
                    self._declare(channel, queue)
            self._returned.clear()
            for message in messages:
                queue = message.queue
                channel.basic_publish(
                    queue.exchange, queue.routing_key, message.octets, message.properties, mandatory=True
                )
            channel.tx_commit()
            self._opened().process_data_events(time_limit=0)  # hands over the returns that came before the answer
            if self._returned:  # somebody deleted the queue since: declared anew, and sent anew, next time
                self._declared.clear()
                raise _unavailable(f"no queue {self._returned[0]}")

    def acknowledge(self, last: Incoming) -> None:
        """Remove `last` and everything received before it, for good.

        Does nothing when the line broke since `last` was received: then all of that comes again, and the same number
        now marks another message.
        """
        if last.opening != self._opening:
            return
        with self._guarded():
            channel = self._open_channel()
            channel.basic_ack(last.mark, multiple=True)
            channel.tx_commit()

    def provide(self, queues: Iterable[Queue]) -> None:
        """Make the door's own queues and these, on a connection of its own that takes no document."""
        with self._guarded():
            connection = pika.BlockingConnection(self._parameters)
            try:
                channel = self._grounded(connection)
                for queue in queues:
                    self._declare(channel, queue)
            finally:
                connection.close()

    def close(self) -> None:
        """Give the connection back. What is not acknowledged becomes receivable for others."""
        connection, self._connection, self._channel = self._connection, None, None
        self._here.clear()
        self._declared.clear()
        if connection is not None and connection.is_open:
            with contextlib.suppress(AMQPError, OSError):
                connection.close()

    def _opened(self) -> pika.BlockingConnection:
        if self._connection is None:
            self._connection = pika.BlockingConnection(self._parameters)
            self._channel = self._prepared(self._connection)
        return self._connection

    def _open_channel(self) -> BlockingChannel:
        self._opened()
        if self._channel is None:  # never, with a connection; said for the type checker
            raise _unavailable("no channel")
        return self._channel

    def _prepared(self, connection: pika.BlockingConnection) -> BlockingChannel:
        self._opening += 1
        channel = self._grounded(connection)
        channel.tx_select()
        channel.add_on_return_callback(self._note_return)
        channel.basic_qos(prefetch_count=self._window)
        channel.basic_consume(INTAKE_QUEUES[self._lane].name, self._keep)
        return channel

    def _grounded(self, connection: pika.BlockingConnection) -> BlockingChannel:
        """Return a channel of a broker that has what this door stands on."""
        channel = connection.channel()
        for exchange in EXCHANGES:
            channel.exchange_declare(exchange.name, exchange_type=exchange.kind, durable=True)
        for queue in (DEAD_QUEUE, *INTAKE_QUEUES.values()):
            self._declare(channel, queue)
        return channel

    def _declare(self, channel: BlockingChannel, queue: Queue) -> None:
        channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
        if queue.exchange:  # the default exchange knows every queue by its name
            channel.queue_bind(queue.name, queue.exchange, queue.routing_key)
        self._declared.add(queue.name)

    def _keep(self, _channel: Any, method: Basic.Deliver, properties: BasicProperties, octets: bytes) -> None:
        mark = method.delivery_tag or 0
        self._here.append(Incoming(opening=self._opening, mark=mark, octets=octets, properties=properties))

    def _note_return(self, _channel: Any, method: Basic.Return, _properties: Any, _octets: bytes) -> None:
        self._returned.append(method.routing_key or "")

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except TransportUnavailable:
            self.close()
            raise
        except (AMQPError, OSError) as error:
            self.close()
            raise _unavailable(str(error) or type(error).__name__) from error


def _unavailable(found: str) -> TransportUnavailable:
    return TransportUnavailable(
        Problem(
            element="[transport] url",
            expected=Text("RabbitMQ that answers", "RabbitMQ trả lời"),
            found=found[:200],
            cure=Text(
                "check that it runs and that user and virtual host are right", "kiểm tra RabbitMQ, tài khoản và vhost"
            ),
        )
    )
