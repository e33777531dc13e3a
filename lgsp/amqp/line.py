"""The line to RabbitMQ: take what waits, send answers so that they are safe, acknowledge. Used by one thread."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from lgsp.amqp.opening import Incoming, Opening, Outgoing
from lgsp.amqp.queues import GROUND
from lgsp.model.errors import TransportUnavailable
from lgsp.model.lane import Lane
from lgsp.transport.amqp.declaring import SETTLE_SECONDS
from lgsp.transport.amqp.link import Link
from lgsp.transport.amqp.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lgsp.transport.topology import Queue

__all__ = ["Incoming", "Line", "Outgoing"]


class Line:
    """A connection that opens itself when it is needed and again after it broke, declaring everything anew.

    It has a thread of its own for input and output: heartbeats go out however long a batch takes, and the next batch
    comes in meanwhile. Every method raises TransportUnavailable; what was received and not acknowledged then comes
    again.
    """

    def __init__(
        self, url: str, *, window: int, lane: Lane = Lane.ORDINARY, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        """Speak to `url` and hold at most `window` messages of a lane that are not acknowledged."""
        self._url = url
        self._window = window
        self._lane = lane
        self._settle_seconds = settle_seconds
        self._openings = 0
        self._open: Opening | None = None

    def receive(self, limit: int, wait_seconds: float) -> list[Incoming]:
        """Return what is waiting, at most `limit`, oldest first; wait for the first at most `wait_seconds`."""
        with self._opened() as opening:
            return opening.receive(limit, wait_seconds)

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Put each message into its queue; return once the broker has all of them safely.

        A message that finds no queue, or that the broker refuses, is an error like a broken line: the queue is made
        anew, and what was to be answered comes again.
        """
        with self._opened() as opening:
            opening.send(messages)

    def acknowledge(self, last: Incoming) -> None:
        """Remove `last` and everything received before it, for good.

        Does nothing when the line broke since `last` was received: then all of that comes again, and the same number
        now marks another message.
        """
        if self._open is None or last.opening != self._open.number:
            return
        with self._opened() as opening:
            opening.acknowledge(last.mark)

    def provide(self, queues: Iterable[Queue]) -> None:
        """Make the door's own queues and these, on a connection of its own that takes no document."""
        with contextlib.closing(Link(self._url, "lgsp provider")) as link:
            Publisher(link, 0, (*GROUND, *queues))  # nobody puts anything there yet

    def close(self) -> None:
        """Give the connection back. What is not acknowledged becomes receivable for others."""
        opening, self._open = self._open, None
        if opening is not None:
            opening.close()

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Opening]:
        try:
            if self._open is None:
                self._open = self._anew()
            yield self._open
        except TransportUnavailable:
            self.close()
            raise

    def _anew(self) -> Opening:
        self._openings += 1
        link = Link(self._url, f"lgsp intake {self._lane}")
        try:
            return Opening(link, self._openings, self._lane, self._window, self._settle_seconds)
        except TransportUnavailable:
            link.close()
            raise
