"""By which number a document is known, and which number it keeps for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.citation import day, numbered
from lgsp.model.envelope import BusinessType, DocumentHeader

if TYPE_CHECKING:
    from lgsp.model.delivery import Dispatch
    from lgsp.model.envelope import Verified


#: What is done to a document and mostly bears its identifier and number: the rest of the header repeats the document.
REPEATING: Final = frozenset({BusinessType.RECALL, BusinessType.UPDATE})


def number_of(verified: Verified) -> str:
    """Return number and notation as they are compared; empty for what has none.

    Empty too for a recall or an update that bears the identifier of its document: who cites that means the document.
    """
    header, document_id = verified.envelope.header, verified.envelope.document_id
    if not isinstance(header, DocumentHeader) or not header.number:
        return ""
    if header.business in REPEATING and header.target.strip() in {"", document_id.strip()}:
        return ""
    return numbered(header.number, header.notation)


def reserved(dispatch: Dispatch) -> str | None:
    """Return what, with sender and `number_of`, no other document may have; None for what reserves nothing.

    Only a new document keeps its number: a replacement that came before what it replaces must not shut that out.
    The number stands in it by itself: `12` of `1-KH` and `121` of `KH` are compared as one, and are two.
    """
    header = dispatch.verified.envelope.header
    if not isinstance(header, DocumentHeader) or not header.number or header.business is not BusinessType.NEW:
        return None
    return f"{day(header.promulgated) or header.promulgated} {numbered(header.number)}"
