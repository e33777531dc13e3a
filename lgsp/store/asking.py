"""Which documents ask for an answer until a day, and which ones answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lgsp.model.citation import cited
from lgsp.model.envelope import BusinessType, DocumentHeader
from lgsp.store.watching import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.delivery import Dispatch

#: One document answers no more than so many: what is written beyond is not looked at.
_REPLIES_AT_MOST: Final = 20


def deadline_rows(dispatch: Dispatch) -> Iterator[dict[str, Any]]:
    """Yield the row of a document that asks to be answered. A day that does not exist asks for nothing."""
    header = dispatch.verified.envelope.header
    if isinstance(header, DocumentHeader) and header.due and header.business is not BusinessType.RECALL:
        day = day_of(header.due)
        if day is not None:
            yield {"dispatch_id": dispatch.id, "day": day.isoformat()}


def reply_rows(dispatch: Dispatch) -> Iterator[dict[str, Any]]:
    """Yield what a document says that it answers."""
    header = dispatch.verified.envelope.header
    if isinstance(header, DocumentHeader) and header.business is BusinessType.NEW:
        for position, reference in enumerate(header.responds_to[:_REPLIES_AT_MOST]):
            about = cited(reference)
            yield {
                "dispatch_id": dispatch.id,
                "position": position,
                "sender": dispatch.verified.sender,
                "document_id": about.document_id,
                "numbered": about.numbered,
                "day": about.day,
            }
