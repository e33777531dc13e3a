"""What is known about the revocation of one certificate: a value with its source and its age."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta


class State(StrEnum):
    """Whether a certificate is revoked."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # nobody has said; this is not revoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What a source said about one certificate, and when it said so."""

    state: State
    #: `crl`, `ocsp`, or empty when nobody said anything.
    source: str = ""
    #: When the source knew it; its age is the distance from here.
    as_of: datetime | None = None
    #: Until when the source stands by it; None when it does not say.
    until: datetime | None = None
    #: Since when it is revoked, as the authority says.
    revoked_at: datetime | None = None
    #: Why it is revoked, in the words of RFC 5280 (`keyCompromise`); empty when the authority does not say.
    why: str = ""

    def fresh_until(self, max_age: timedelta) -> datetime | None:
        """Return the end of the time in which this may be relied on; None when there is nothing to rely on."""
        if self.as_of is None:
            return None
        oldest = self.as_of + max_age
        return oldest if self.until is None else min(oldest, self.until)

    def __str__(self) -> str:
        """Return it as a line for records: state, source, moment of the information."""
        said = [self.state.value, self.source, f"as of {self.as_of:%Y-%m-%dT%H:%M:%SZ}" if self.as_of else ""]
        if self.state is State.REVOKED and self.revoked_at:
            said.append(f"revoked {self.revoked_at:%Y-%m-%dT%H:%M:%SZ} {self.why}".rstrip())
        return ", ".join(filter(None, said))


UNKNOWN: Final = Revocation(state=State.UNKNOWN)


def least(found: Iterable[Revocation]) -> Revocation:
    """Return the least reassuring of these: revoked, then unknown, then the oldest."""
    worst = {State.REVOKED: 0, State.UNKNOWN: 1, State.GOOD: 2}
    return min(found, key=lambda one: (worst[one.state], one.as_of.timestamp() if one.as_of else 0), default=UNKNOWN)
