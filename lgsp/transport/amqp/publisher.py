"""Publishing in windows: all messages of a window go out, then one wait for all confirms."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pika.spec import Basic

from lgsp.transport.amqp.declaring import declare
from lgsp.transport.topology import DEAD_QUEUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from pika.frame import Method

    from lgsp.transport.amqp.link import Link
    from lgsp.transport.amqp.parcels import Message
    from lgsp.transport.topology import Queue

#: What may be on its way to the broker without an answer.
_WINDOW_MESSAGES: Final = 500
_WINDOW_BYTES: Final = 16 << 20


class Publisher:
    """A channel with confirms on a link of its own. Safe for many threads, one at a time."""

    def __init__(self, link: Link, settle_seconds: float, ground: Sequence[Queue] = (DEAD_QUEUE,)) -> None:
        """Open the channel and declare `ground`: the queues that do not depend on an agency."""
        self._link = link
        self._settle_seconds = settle_seconds
        self._lock = threading.Lock()
        self._provided: set[str] = set()
        # Of the window on its way; touched in the link's thread only.
        self._next = 1
        self._unconfirmed: set[int] = set()
        self._first = 1
        self._unroutable: set[tuple[str, str]] = set()
        self._nacked: set[int] = set()
        self._window: Future[Any] | None = None
        self._channel = link.channel()
        link.do(self._prepare)
        declare(link, self._channel, ground, settle_seconds)

    @property
    def alive(self) -> bool:
        """Whether it can still be used."""
        return self._link.alive

    def provide(self, queues: Iterable[Queue]) -> None:
        """Make the queues that are not there yet."""
        with self._lock:
            missing = [queue for queue in queues if queue.name not in self._provided]
            declare(self._link, self._channel, missing, self._settle_seconds)
            self._provided.update(queue.name for queue in missing)

    def send(self, messages: Sequence[Message]) -> dict[int, str]:
        """Publish messages in order; return, once all are answered, the places of those not taken, and why.

        Those have no queue, which is then declared anew next time, or their queue refused them. Raises
        TransportUnavailable when the connection is lost.
        """
        refused: dict[int, str] = {}
        with self._lock:
            place = 0
            for window in _windows(messages):
                unroutable, nacked = self._link.wait(self._link.promise(partial(self._publish, window)))
                for number, message in enumerate(window):
                    if (message.exchange, message.routing_key) in unroutable:
                        self._provided.clear()
                        refused[place + number] = f"no queue for {message.routing_key}"
                    elif number in nacked:
                        refused[place + number] = f"the queue of {message.routing_key} refused it: full? (basic.nack)"
                place += len(window)
        return refused

    def close(self) -> None:
        """Close the link."""
        self._link.close()

    def _prepare(self) -> None:
        self._channel.add_on_close_callback(lambda _, reason: self._link.end(str(reason)))
        self._channel.add_on_return_callback(self._on_return)
        self._channel.confirm_delivery(self._on_confirm)

    def _publish(self, messages: Sequence[Message], window: Future[Any]) -> None:
        self._window, self._unroutable, self._nacked, self._first = window, set(), set(), self._next
        self._unconfirmed = set(range(self._next, self._next + len(messages)))
        self._next += len(messages)
        for message in messages:
            self._channel.basic_publish(
                message.exchange, message.routing_key, message.body, message.properties, mandatory=True
            )

    def _on_return(self, _channel: object, method: Basic.Return, _properties: object, _body: bytes) -> None:
        self._unroutable.add((method.exchange or "", method.routing_key or ""))

    def _on_confirm(self, frame: Method[Any]) -> None:
        method = frame.method
        upto = {tag for tag in self._unconfirmed if tag <= method.delivery_tag} if method.multiple else set()
        answered = upto or {method.delivery_tag}
        if isinstance(method, Basic.Nack):
            self._nacked |= {tag - self._first for tag in answered}
        self._unconfirmed -= answered
        if not self._unconfirmed and self._window is not None:
            window, self._window = self._window, None
            self._link.keep(window, (self._unroutable, self._nacked))


def _windows(messages: Sequence[Message]) -> Iterator[list[Message]]:
    window: list[Message] = []
    size = 0
    for message in messages:
        window.append(message)
        size += len(message.body)
        if len(window) == _WINDOW_MESSAGES or size > _WINDOW_BYTES:
            yield window
            window, size = [], 0
    if window:
        yield window
