"""What the plan says of a choice that cannot be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.model.errors import Misconfigured, Problem

if TYPE_CHECKING:
    from lgsp.model.text import Text


def misconfigured(element: str, found: str, expected: Text) -> Misconfigured:
    """Return the error to raise: where it was chosen, what was, and what can be."""
    return Misconfigured(Problem(element=element, expected=expected, found=found))
