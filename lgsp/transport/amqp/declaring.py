"""Making what the topology says, in one round trip: all is asked, then all is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.transport.topology import DEAD_QUEUE, EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pika.channel import Channel

    from lgsp.transport.amqp.link import Link
    from lgsp.transport.topology import Queue


def declare(link: Link, channel: Channel, queues: Iterable[Queue], *, ground: bool) -> None:
    """Make the queues, and with `ground` first what does not depend on an agency. Nothing happens to what is there."""
    answers = []
    if ground:
        answers += [link.asked(channel.exchange_declare, e.name, exchange_type=e.kind, durable=True) for e in EXCHANGES]
    for queue in (DEAD_QUEUE, *queues) if ground else queues:
        answers += [
            link.asked(channel.queue_declare, queue.name, durable=True, arguments=dict(queue.arguments)),
            link.asked(channel.queue_bind, queue.name, queue.exchange, queue.routing_key),
        ]
    for answer in answers:
        link.wait(answer)
