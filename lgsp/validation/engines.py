"""What the two engines said of a signature, in one word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from signing import Reason

if TYPE_CHECKING:
    from signing import Verdict

#: How the two engines together say that one of them was unable.
_ALONE: Final = " alone: "


def engines(verdict: Verdict) -> str:
    """Return `agree`, `disagree`, `one` (the other was unable), or empty: there was nothing to compute."""
    if verdict.reason is Reason.ENGINES_DISAGREE:
        return "disagree"
    if verdict.intact or verdict.reason in {Reason.ALTERED, Reason.MATHEMATICS}:
        return "one" if _ALONE in verdict.detail else "agree"
    return ""
