"""What exists on the broker, as data.

    lgsp.deliveries ─ <code> ▶ agency.<code>            what the bus delivers; a courier or the agency itself consumes
    lgsp.intake ─────────────▶ lgsp.intake              what agencies hand in
    lgsp.dead ───────────────▶ lgsp.dead                what could not be worked on, again and again
    (default exchange) ──────▶ agency.<code>.receipts   the AMQP door's answers

Codes are in capitals, so `receipts` is never part of one. The door declares its own two queues.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lgsp.model.agency import AgencyCode

DELIVERIES: Final = "lgsp.deliveries"
INTAKE: Final = "lgsp.intake"
DEAD: Final = "lgsp.dead"

#: How often a message may come back before it counts as poison. A closed connection gives everything back once, so
#: this must outlast many restarts of a courier; what is given up lies in `lgsp.dead`, never nowhere.
DELIVERY_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A durable exchange."""

    name: str
    #: `direct` or `fanout`.
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A durable quorum queue and how it is reached."""

    name: str
    exchange: str
    routing_key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a broker's user may do, as the three patterns of RabbitMQ; each matches the whole name."""

    configure: str
    write: str
    read: str


EXCHANGES: Final = (
    Exchange(name=DELIVERIES, kind="direct"),
    Exchange(name=INTAKE, kind="fanout"),
    Exchange(name=DEAD, kind="fanout"),
)

_OURS: Final = r"^(lgsp\..+|agency\..+)$"
#: What the bus's own user needs: it makes everything, and answers through the default exchange.
BUS_RIGHTS: Final = Rights(configure=_OURS, write=r"^(lgsp\..+|agency\..+|amq\.default)$", read=_OURS)

DEAD_QUEUE: Final = Queue(name=DEAD, exchange=DEAD, routing_key="", arguments={"x-queue-type": "quorum"})


def delivery_queue(code: AgencyCode) -> Queue:
    """Return the queue in which an agency finds its documents."""
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-least-once",  # the dead are confirmed by lgsp.dead before they leave
        "x-overflow": "reject-publish",  # that strategy demands it
    }
    return Queue(name=f"agency.{code}", exchange=DELIVERIES, routing_key=code, arguments=arguments)


def rights(code: AgencyCode) -> Rights:
    """Return what the broker's user of an agency needs and no more: hand in, and read its own two queues."""
    return Rights(
        configure="^$",
        write=f"^{re.escape(INTAKE)}$",
        read=rf"^agency\.{re.escape(code)}(\.receipts)?$",
    )
