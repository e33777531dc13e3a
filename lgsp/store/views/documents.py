"""The document itself: which columns tell of it, and who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, or_

from lgsp.model.envelope import Admission, Kind
from lgsp.store.holding import UNSEEN, admission_now
from lgsp.store.tables import delivery, dispatch

if TYPE_CHECKING:
    from lgsp.model.agency import AgencyCode

#: What is the same wherever a document is listed.
DOCUMENT: Final = [
    dispatch.c.id.label("dispatch_id"),
    *(dispatch.c[name] for name in ("document_id", "sender", "kind", "number", "notation", "promulgated", "subject")),
    *(dispatch.c[name] for name in ("priority", "digest")),
    dispatch.c.size.label("size_bytes"),
    dispatch.c.accepted,
    admission_now.label("admission"),
]
#: How it came, and why the bus believes who sent it.
PROOF: Final = [
    dispatch.c[name]
    for name in (
        *(
            "door",
            "correlation",
            "caller",
            "sender_written",
            "standing",
            "verdict",
            "signer",
            "certificate",
            "algorithm",
        ),
        *("algorithm", "doubt", "anchor", "revocation"),
    )
]
#: What is kept to the byte.
HELD: Final = [dispatch.c[name] for name in ("correlation", "seal", "receipt")]


def seen_by(query: Any, agency: AgencyCode | None) -> Any:
    """Narrow a query about dispatches to what an agency sent or received; None sees all."""
    if agency is None:
        return query
    addressed = exists().where(delivery.c.dispatch_id == dispatch.c.id, delivery.c.recipient == agency)
    return query.where(or_(dispatch.c.sender == agency, and_(addressed, admission_now.not_in(UNSEEN))))


def document_of(row: Any) -> dict[str, Any]:
    """Return the fields of a Document."""
    return taken(row, DOCUMENT) | {"kind": Kind(row.kind), "admission": Admission(row.admission)}


def taken(row: Any, columns: list[Any]) -> dict[str, Any]:
    """Return those columns of a row by their names, which are the fields' names."""
    return {column.key: getattr(row, column.key) for column in columns}
