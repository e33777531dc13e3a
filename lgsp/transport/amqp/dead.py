"""Looking at what the broker put aside, and leaving it there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pika.spec import Basic

from lgsp.transport.topology import DEAD_QUEUE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from pika.channel import Channel
    from pika.spec import BasicProperties

    from lgsp.transport.amqp.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message in `lgsp.dead`; empty where it is a stranger's and does not say."""

    dispatch_id: str
    recipient: str
    attempt: str
    #: From which queue it came, for which reason (`rejected`, `delivery_limit`, `expired`), and how often.
    queue: str
    why: str
    times: int


def dead_letters(link: Link, limit: int) -> list[DeadLetter]:
    """Return the first messages there. They are given back at once, in their order."""
    channel = link.channel()
    found: list[DeadLetter] = []
    while len(found) < limit and (letter := link.wait(link.promise(partial(_take, link, channel)))) is not None:
        found.append(letter)
    link.do(channel.close)
    return found


def _take(link: Link, channel: Channel, taken: Future[Any]) -> None:
    def got(_channel: Channel, _method: Basic.GetOk, properties: BasicProperties, _body: bytes) -> None:
        link.keep(taken, _letter(properties.headers or {}))

    channel.add_callback(lambda _: link.keep(taken, None), [Basic.GetEmpty])
    channel.basic_get(DEAD_QUEUE.name, got)


def _letter(headers: Mapping[str, Any]) -> DeadLetter:
    deaths = headers.get("x-death") or [{}]
    return DeadLetter(
        dispatch_id=str(headers.get("lgsp-dispatch-id", "")),
        recipient=str(headers.get("lgsp-recipient", "")),
        attempt=str(headers.get("lgsp-attempt", "")),
        queue=str(deaths[0].get("queue", "")),
        why=str(deaths[0].get("reason", "")),
        times=int(deaths[0].get("count", 0)),
    )
