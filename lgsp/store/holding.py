"""What waits to be judged again, and the end of that wait."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select, update

from lgsp.model.delivery import Outcome, Status
from lgsp.model.envelope import Admission, Arrival
from lgsp.store.octets import OCTETS, octets_if_there
from lgsp.store.rows import storable
from lgsp.store.tables import delivery, dispatch, hold, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from lgsp.model.envelope import Verified
    from lgsp.model.text import Text

_DETAIL_LIMIT: Final = 1900
#: The admissions under which a recipient does not see a document.
UNSEEN: Final = (Admission.HOLD, Admission.REFUSE)

#: What a verdict led to in the end, in a query over `dispatch`.
admission_now: Final = func.coalesce(
    select(hold.c.admission).where(hold.c.dispatch_id == dispatch.c.id).scalar_subquery(), dispatch.c.admission
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document that was accepted and is held."""

    dispatch_id: str
    #: As it came in; without its octets where the blob is not as it was stored.
    arrival: Arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a held document."""

    dispatch_id: str
    #: Never HOLD.
    admission: Admission
    #: What the sender is told.
    said: Text
    #: Stable code of the refusal; empty when it goes its way.
    code: str = ""
    #: What the trace tells; empty: what the sender is told.
    detail: str = ""
    #: What was proven in the end; None when it is refused.
    verified: Verified | None = field(default=None, repr=False)


def waiting(connection: Connection, limit: int, after: str) -> list[Waiting]:
    """Return what is held, oldest first, after the dispatch_id `after`."""
    wanted = [*OCTETS, *(dispatch.c[name] for name in ("id", "caller", "door", "correlation", "accepted"))]
    query = (
        select(*wanted)
        .join_from(hold, dispatch)
        .where(hold.c.admission == Admission.HOLD, hold.c.dispatch_id > after)
        .order_by(hold.c.dispatch_id)
        .limit(limit)
    )
    return [_waiting(row, octets_if_there(connection, row)) for row in connection.execute(query)]


def told(decision: Decision) -> str:
    """Return the line of history about a decision."""
    return f"{decision.admission}: {decision.detail}"


def fitting(decision: Decision) -> Decision:
    """Return the decision with a detail that every column takes whole, so that all of them say the same."""
    detail = decision.detail or f"{decision.said.vi}\n{decision.said.en}"
    return replace(decision, detail=storable(detail)[:_DETAIL_LIMIT])


def ended(connection: Connection, decision: Decision, now: datetime) -> bool:
    """Write the end of a wait down; False when it had ended already, in another process."""
    values = {"admission": decision.admission, "detail": decision.detail, "decided": now}
    still = (hold.c.dispatch_id == decision.dispatch_id) & (hold.c.admission == Admission.HOLD)
    return connection.execute(update(hold).where(still).values(values)).rowcount == 1


def freed(connection: Connection, dispatch_id: str, now: datetime) -> None:
    """Make the deliveries of a dispatch due."""
    connection.execute(update(outbox).where(outbox.c.dispatch_id == dispatch_id).values(due=now))


def refused(connection: Connection, decision: Decision) -> list[Outcome]:
    """Return what becomes of each delivery of a refused dispatch."""
    kept_back = delivery.c.status != Status.WITHDRAWN  # nobody has what was withdrawn; there is nothing to refuse
    query = select(delivery.c.recipient, delivery.c.attempt).where(
        delivery.c.dispatch_id == decision.dispatch_id, kept_back
    )
    return [
        Outcome(
            dispatch_id=decision.dispatch_id,
            recipient=row.recipient,
            status=Status.REFUSED,
            attempt=row.attempt,
            detail=decision.detail,
        )
        for row in connection.execute(query)
    ]


def _waiting(row: Any, octets: bytes) -> Waiting:
    arrival = Arrival(
        octets=octets, caller=row.caller, door=row.door, correlation=row.correlation, arrived=row.accepted
    )
    return Waiting(dispatch_id=row.id, arrival=arrival)
