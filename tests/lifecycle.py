"""What is done to documents, for tests of their lifecycle: recalls, updates, replacements, and questions about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import BusinessType, DocumentHeader, Replacement
from lgsp.store import tables
from lgsp.store.engine import look
from tests.dispatches import a_dispatch, a_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch


def header_of(dispatch: Dispatch) -> DocumentHeader:
    """Return what only a document says."""
    assert isinstance(dispatch.verified.envelope.header, DocumentHeader)
    return dispatch.verified.envelope.header


def a_change(  # a request has as many sides
    kind: BusinessType,
    of: Dispatch,
    *,
    sender: str = "",
    recipients: Sequence[str] | None = None,
    target: str = "",
    document_id: str | None = None,
    replaces: Sequence[Replacement] = (),
) -> Dispatch:
    """Return the dispatch of a document that does something to an earlier one; it repeats its header."""
    envelope = of.verified.envelope
    header = replace(header_of(of), business=kind, target=target, replaces=tuple(replaces))
    return a_dispatch(
        sender=sender or envelope.sender,
        recipients=of.recipients if recipients is None else recipients,
        document_id=envelope.document_id if document_id is None else document_id,
        header=header,
    )


def a_recall(of: Dispatch, **changes: Any) -> Dispatch:
    """Return the dispatch of a recall by document."""
    return a_change(BusinessType.RECALL, of, **changes)


def asked_back(of: Dispatch, holder: str, **changes: str) -> Dispatch:
    """Return the dispatch of a recall by status 13: from the sender, to who has the document."""
    report = a_report(of, sender=of.verified.sender, status="13", agency=AgencyCode(holder), **changes)
    route = a_dispatch(recipients=[holder]).route
    return replace(report, route=replace(route, sender=report.route.sender))


def rows(store: Engine, table: str, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of a table, in the order of its key."""
    found = tables.metadata.tables[table]
    query = select(*(found.c[name] for name in names)).order_by(*found.primary_key)
    return look(store, lambda c: [tuple(row) for row in c.execute(query)])


def statuses(store: Engine, dispatch: Dispatch) -> dict[str, str]:
    """Return where the deliveries of a dispatch stand."""
    found = rows(store, "delivery", "dispatch_id", "recipient", "status")
    return {recipient: status for identifier, recipient, status in found if identifier == dispatch.id}


def states(store: Engine, asking: Dispatch) -> dict[str, str]:
    """Return where a request stands with each recipient."""
    found = rows(store, "request", "dispatch_id", "recipient", "state")
    return {recipient: state for identifier, recipient, state in found if identifier == asking.id}


def progress(store: Engine, dispatch: Dispatch) -> dict[str, tuple[str | None, str | None]]:
    """Return what recipients said of a document: how far they are with it, and of being asked for it."""
    found = rows(store, "business", "dispatch_id", "recipient", "progress", "asked")
    return {recipient: (said, asked) for identifier, recipient, said, asked in found if identifier == dispatch.id}
