"""The queues of this door, as data. Answers and the dead go to their queues by name, through the default exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.lane import Lane
from lgsp.transport.topology import INTAKE, URGENT_INTAKE, Queue

if TYPE_CHECKING:
    from lgsp.model.agency import AgencyCode

_QUORUM: Final = {"x-queue-type": "quorum"}
_DEAD: Final = f"{INTAKE}.dead"

#: What agencies' systems publish to the exchange of the same name. Without a delivery limit: a document that comes
#: again through outages is no poison, and what intake cannot examine gets a refusal.
INTAKE_QUEUES: Final = {
    Lane.ORDINARY: Queue(name=INTAKE, exchange=INTAKE, routing_key="", arguments=_QUORUM),
    Lane.URGENT: Queue(name=URGENT_INTAKE, exchange=URGENT_INTAKE, routing_key="", arguments=_QUORUM),
}
#: What nobody answers for.
DEAD_QUEUE: Final = Queue(name=_DEAD, exchange="", routing_key=_DEAD, arguments=_QUORUM)
#: What this door stands on.
GROUND: Final = (DEAD_QUEUE, *INTAKE_QUEUES.values())


def receipt_queue(code: AgencyCode) -> Queue:
    """Return the queue in which an agency finds the answers to what it handed in."""
    name = f"agency.{code}.receipts"
    return Queue(name=name, exchange="", routing_key=name, arguments=_QUORUM)
