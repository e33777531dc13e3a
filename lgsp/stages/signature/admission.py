"""What each verdict on a signature leads to: frozen rules, the first that fits decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import Admission, Kind
from signing import Belief, Reason, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.model.agency import AgencyCode
    from signing import Verdict


class Finding(StrEnum):
    """A verdict in one word, as rules name it. A signature may deserve two: weak, and untrusted."""

    VALID = "valid"
    WEAK = "weak"
    INDETERMINATE = "indeterminate"  # whether the certificate is revoked must be known, and is not
    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    UNVERIFIABLE = "unverifiable"
    INVALID = "invalid"
    ABSENT = "absent"


_STRICTNESS: Final = tuple(Admission)
_BELIEFS: Final = {Belief.NO: Finding.UNTRUSTED, Belief.INDETERMINATE: Finding.INDETERMINATE}


def findings(verdict: Verdict) -> tuple[Finding, ...]:
    """Return a verdict in words, what the signature is worth first; `valid` only when nothing else is to be said."""
    if not verdict.intact:
        return (Finding(verdict.result.value),)
    weak = (Finding.WEAK,) if verdict.result is Result.WEAK else ()
    doubtful = () if verdict.trusted else (_belief(verdict),)
    return (*weak, *doubtful) or (Finding.VALID,)


def _belief(verdict: Verdict) -> Finding:
    revoked = verdict.revocation is not None and verdict.revocation.state == "revoked"
    return Finding.REVOKED if revoked or verdict.reason is Reason.CERTIFICATE_REVOKED else _BELIEFS[verdict.belief]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one finding leads to, for some senders."""

    finding: Finding
    admission: Admission
    #: None: every kind.
    kind: Kind | None = None
    #: Codes of senders; `*` and `?` stand for any part of one.
    agency: str = "*"

    def fits(self, finding: Finding, kind: Kind, sender: AgencyCode) -> bool:
        """Tell whether this rule speaks of such a document."""
        if finding is not self.finding or (self.kind is not None and self.kind is not kind):
            return False
        return self.agency == "*" or fnmatchcase(sender, self.agency)


#: What holds where the operator says nothing; all else is refused. Real systems send statuses without a signature:
#: then the authenticated caller alone stands for them.
DEFAULTS: Final = (
    Rule(finding=Finding.VALID, admission=Admission.ACCEPT),
    Rule(finding=Finding.ABSENT, kind=Kind.STATUS, admission=Admission.ACCEPT),
)


def admitted(found: Sequence[Finding], kind: Kind, sender: AgencyCode, rules: Sequence[Rule]) -> Admission:
    """Return what the rules, and then the defaults, say; of several findings the strictest counts."""
    led_to = [_first(one, kind, sender, rules) for one in found]
    return led_to[0] if len(led_to) == 1 else max(led_to, key=_STRICTNESS.index)


def _first(finding: Finding, kind: Kind, sender: AgencyCode, rules: Sequence[Rule]) -> Admission:
    for said in (rules, DEFAULTS):
        for rule in said:
            if rule.fits(finding, kind, sender):
                return rule.admission
    return Admission.REFUSE
