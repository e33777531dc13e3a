"""By which number a document is known, and which number it keeps for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.model.citation import day, numbered
from lgsp.model.envelope import BusinessType, DocumentHeader

if TYPE_CHECKING:
    from lgsp.model.delivery import Dispatch
    from lgsp.model.envelope import Verified


def number_of(verified: Verified) -> str:
    """Return number and notation as they are compared; empty for what has none."""
    header = verified.envelope.header
    return numbered(header.number, header.notation) if isinstance(header, DocumentHeader) and header.number else ""


def reserved(dispatch: Dispatch) -> str | None:
    """Return what, with sender and `number_of`, no other document may have; None for what reserves nothing.

    The number stands in it by itself: `12` of `1-KH` and `121` of `KH` are compared as one, and are two.
    """
    header = dispatch.verified.envelope.header
    if not isinstance(header, DocumentHeader) or not header.number or header.business is not BusinessType.NEW:
        return None
    return f"{day(header.promulgated) or header.promulgated} {numbered(header.number)}"
