"""Making what the topology says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pika.exceptions import ChannelClosedByBroker

from lgsp.transport.topology import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from typing import Any

    from pika.channel import Channel

    from lgsp.transport.amqp.link import Link
    from lgsp.transport.topology import Queue

#: RabbitMQ writes the name of a new quorum queue to disk about a second after it has said that the queue is there.
#: A node that crashes in between brings the queue back empty and without a leader, though messages were confirmed.
#: A new queue is used only after this time; measured with 3.10.8, where 0.6 s is too short and 1.5 s is enough.
SETTLE_SECONDS: Final = 2.0

_NOT_FOUND: Final = 404


def declare(link: Link, channel: Channel, queues: Sequence[Queue], settle_seconds: float = SETTLE_SECONDS) -> None:
    """Make the queues and what they hang on; what is there stays as it is.

    First all queues, then exchanges and at once what binds them: whoever publishes meanwhile finds no exchange, never
    one that leads nowhere.
    """
    new = list(_missing(link, queues))
    answers = [link.asked(channel.queue_declare, q.name, durable=True, arguments=dict(q.arguments)) for q in queues]
    bound = [queue for queue in queues if queue.exchange]  # the default exchange knows every queue by its name
    for name in dict.fromkeys(queue.exchange for queue in bound):
        answers.append(link.asked(channel.exchange_declare, name, exchange_type=EXCHANGES[name], durable=True))
        answers += [
            link.asked(channel.queue_bind, queue.name, name, queue.routing_key)
            for queue in bound
            if queue.exchange == name
        ]
    for answer in answers:
        link.wait(answer)
    if new:
        time.sleep(settle_seconds)


def _missing(link: Link, queues: Iterable[Queue]) -> Iterator[Queue]:
    """Yield the queues that are not there. Each costs a channel: the broker closes the one that asked."""
    channel: Channel | None = None
    for queue in queues:
        if channel is None:
            channel = link.channel()
        if not link.wait(link.promise(_asking(link, channel, queue))):
            channel = None
            yield queue
    if channel is not None:
        link.do(channel.close)


def _asking(link: Link, channel: Channel, queue: Queue) -> Any:
    def ask(there: Future[Any]) -> None:
        def closed(_channel: Channel, reason: Exception) -> None:
            if isinstance(reason, ChannelClosedByBroker) and reason.reply_code != _NOT_FOUND:
                link.end(str(reason))
            link.keep(there, result=False)

        channel.add_on_close_callback(closed)
        channel.queue_declare(queue.name, passive=True, callback=lambda _: link.keep(there, result=True))

    return ask
