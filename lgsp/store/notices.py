"""What senders are still to be told: written with the decision, gone once a door has told it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, literal, select

from lgsp.model.delivery import Status
from lgsp.model.text import Text
from lgsp.store.engine import commit, look
from lgsp.store.rows import storable
from lgsp.store.tables import dispatch, notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.store.holding import Decision

#: Doors that can tell a sender something of their own accord. At the others senders ask.
TELLING: Final = frozenset({"amqp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """That a document waits no more, or that a delivery was given up, for the agency that handed it in."""

    id: int
    agency: AgencyCode
    dispatch_id: str
    #: The sender's own identifier, as written.
    document_id: str
    correlation: str
    #: What was decided, never `hold`; or `failed`.
    admission: str
    #: Whose delivery failed; empty where the whole document is meant.
    recipient: str
    #: Stable code of the refusal; empty when it goes its way.
    code: str
    said: Text
    decided: datetime


class Notices:
    """Keeps what is to be told. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        """Keep it beside the ledger in `engine`."""
        self._engine = engine

    def untold(self, door: str, limit: int = 100) -> list[Notice]:
        """Return what a door has to tell, oldest first. Two processes may get the same: it is told at least once."""
        facts = [dispatch.c[name] for name in ("caller", "document_id", "correlation")]
        query = select(notice, *facts).join_from(notice, dispatch).where(notice.c.door == door)
        rows = look(self._engine, lambda connection: connection.execute(query.order_by(notice.c.id).limit(limit)).all())
        return [
            Notice(
                id=row.id,
                agency=row.caller,
                dispatch_id=row.dispatch_id,
                document_id=row.document_id,
                correlation=row.correlation,
                admission=row.admission,
                recipient=row.recipient,
                code=row.code,
                said=Text(row.text_en, row.text_vi),
                decided=row.at,
            )
            for row in rows
        ]

    def told(self, notices: Sequence[Notice]) -> None:
        """Forget what was told, in one commit. Call it once the sender's queue has it safely."""
        gone = delete(notice).where(notice.c.id.in_([one.id for one in notices]))
        commit(self._engine, lambda connection: connection.execute(gone))


def announce(connection: Connection, decision: Decision, now: datetime) -> None:
    """Have the sender told of a decision, where the door by which the document came can."""
    _announce(connection, decision.dispatch_id, decision.admission.value, decision.said, now, code=decision.code)


def announce_failed(connection: Connection, lines: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Have senders told which of these lines of history say that a delivery was given up."""
    for line in lines:
        if line["status"] == Status.FAILED:
            vi, _, en = line["detail"].partition("\n")
            said = Text(en or vi, vi)
            _announce(connection, line["dispatch_id"], Status.FAILED.value, said, now, recipient=line["recipient"])


def _announce(
    connection: Connection,
    dispatch_id: str,
    what: str,
    said: Text,
    now: datetime,
    *,
    code: str = "",
    recipient: str = "",
) -> None:
    values = {
        "admission": what,
        "recipient": recipient,
        "code": code,
        "text_vi": storable(said.vi),
        "text_en": storable(said.en),
        "at": now,
    }
    columns = ["dispatch_id", "door", *values]
    constants = [literal(value, notice.c[name].type) for name, value in values.items()]
    which = dispatch.c.id == dispatch_id, dispatch.c.door.in_(TELLING)
    connection.execute(
        insert(notice).from_select(columns, select(dispatch.c.id, dispatch.c.door, *constants).where(*which))
    )
