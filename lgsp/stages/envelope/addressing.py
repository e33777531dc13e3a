"""To whom a status goes, also where its sender addressed it the wrong way.

A status has no To. ResponseFor/OrganId is whom it answers: the document's sender; for a recall request (13) the agency
that is asked to give the document back. Met in practice: that element left out, filled with "null", or filled with the
reporter's own code. Then the code inside the DocumentId says whose document it is. Only what leads to somebody else
than the reporter is taken: nobody reports to itself.
"""

from __future__ import annotations

import re
from typing import Final

#: What systems write where they know nothing (observed: "N/A", "null", "0", "...").
FILLERS: Final = frozenset({"n/a", "na", "null", "none", "undefined", "nan", "string", "-", "--", ".", "...", "?", "x"})
_CODE: Final = r"(?:[0-9A-Z]{1,6}(?:\.[0-9A-Z]{1,6})+|[A-Z][0-9]{2})"
#: `code,yyyy/MM/dd,number/notation` (QCVN 102) and `code-year-number/notation` (one vendor's form).
_FORMS: Final = (re.compile(rf"({_CODE})\s*,"), re.compile(rf"({_CODE})-[0-9]{{4}}-"))


def is_filler(text: str) -> bool:
    """Tell whether a value only stands for one that is not known."""
    return text.strip().casefold() in FILLERS


def owner_of(document_id: str) -> str:
    """Return the agency code that a DocumentId begins with; nothing when it has another form, such as a UUID."""
    for form in _FORMS:
        if found := form.match(document_id.strip()):
            return found[1]
    return ""


def addressee(reporter: str, answered: str, document_id: str, also: str) -> tuple[str, str]:
    """Return whom a status of `reporter` goes to, and the element that says so.

    `answered` is ResponseFor/OrganId; `also` is the first To, which a status should not have.
    """
    said = (("ResponseFor/OrganId", answered), ("ResponseFor/DocumentId", owner_of(document_id)), ("To/OrganId", also))
    for element, code in said:
        if code and code.upper() != reporter.upper() and not is_filler(code):
            return code, element
    return answered, "ResponseFor/OrganId"
