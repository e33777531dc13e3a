"""What exists on the broker, as data.

    lgsp.deliveries ─ <code> ────────▶ agency.<code>            what the bus delivers; a courier or the agency consumes
    lgsp.deliveries ─ <code>.urgent ─▶ agency.<code>.urgent     the same, what is urgent
    lgsp.intake ─────────────────────▶ lgsp.intake              what agencies hand in
    lgsp.intake.urgent ──────────────▶ lgsp.intake.urgent       the same, what is urgent
    lgsp.dead ───────────────────────▶ lgsp.dead                what could not be worked on, again and again
    (default exchange) ──────────────▶ agency.<code>.receipts   the AMQP door's answers

Codes are in capitals, so `receipts` and `urgent` are never part of one. The door declares its own queues. Quorum
queues know no priorities, so each lane is a queue (docs/decisions/0019-lanes.md). What leaves an urgent queue unread
falls into the ordinary one: a system that does not know of the urgent one loses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lgsp.model.agency import AgencyCode

DELIVERIES: Final = "lgsp.deliveries"
INTAKE: Final = "lgsp.intake"
URGENT_INTAKE: Final = f"{INTAKE}.{Lane.URGENT}"
DEAD: Final = "lgsp.dead"

#: How often a message may come back before it counts as poison. A closed connection gives everything back once, so
#: this must outlast many restarts of a courier; what is given up lies in `lgsp.dead`, never nowhere.
DELIVERY_LIMIT: Final = 1000

#: How long a message lies in the urgent queue of an agency that consumes its queues itself, before it counts as unread
#: there and falls into the ordinary one.
FALL_BACK_SECONDS: Final = 60


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


#: Made together with the first queue that hangs on it: an exchange without a queue loses what it is given.
EXCHANGES: Final = {DELIVERIES: "direct", INTAKE: "fanout", URGENT_INTAKE: "fanout", DEAD: "fanout"}

_OURS: Final = r"^(lgsp\..+|agency\..+)$"
#: What the bus's own user needs: it makes everything, and answers through the default exchange.
BUS_RIGHTS: Final = Rights(configure=_OURS, write=r"^(lgsp\..+|agency\..+|amq\.default)$", read=_OURS)

DEAD_QUEUE: Final = Queue(name=DEAD, exchange=DEAD, routing_key="", arguments={"x-queue-type": "quorum"})


def delivery_queue(code: AgencyCode, lane: Lane = Lane.ORDINARY) -> Queue:
    """Return the queue in which an agency finds its documents of a lane."""
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-least-once",  # the dead are confirmed by lgsp.dead before they leave
        "x-overflow": "reject-publish",  # that strategy demands it
    }
    key = routing_key(code, lane)
    if lane is Lane.URGENT:
        arguments |= {"x-dead-letter-exchange": DELIVERIES, "x-dead-letter-routing-key": str(code)}
    return Queue(name=f"agency.{key}", exchange=DELIVERIES, routing_key=key, arguments=arguments)


def routing_key(code: AgencyCode, lane: Lane) -> str:
    """Return what leads to an agency's queue of a lane."""
    return f"{code}.{lane}" if lane is Lane.URGENT else str(code)


def rights(code: AgencyCode) -> Rights:
    """Return what the broker's user of an agency needs and no more: hand in, and read its own three queues."""
    return Rights(
        configure="^$",
        write=rf"^{re.escape(INTAKE)}(\.{Lane.URGENT})?$",
        read=rf"^agency\.{re.escape(code)}(\.receipts|\.{Lane.URGENT})?$",
    )
