"""The mathematics of a whole signature, behind one protocol: two engines, a quick way, and both of them together."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from signing.engine.by_signxml import Signxml
from signing.engine.by_xmlsec import Xmlsec
from signing.engine.finding import Engine, Finding, Mathematics
from signing.engine.quick import Quick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signing.certificates import Holder
    from signing.gate import Claim

__all__ = ["BOTH", "ENGINES", "QUICK", "SIGNXML", "XMLSEC", "Both", "Engine", "Finding", "Mathematics", "Quick"]


class Both:
    """Asks two engines. What they do not agree on is disputed; what one cannot check rests on the other alone."""

    name = "both"

    def __init__(self, first: Engine, second: Engine) -> None:
        """Ask these two, in this order."""
        self._first = first
        self._second = second

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:
        """Say what both engines say of this signature."""
        one, other = (engine.check(claim, holder, octets) for engine in (self._first, self._second))
        if other.mathematics is Mathematics.UNABLE:
            return _alone(self._first, one, other)
        if one.mathematics is Mathematics.UNABLE:
            return _alone(self._second, other, one)
        if one.mathematics is other.mathematics:
            return Finding(one.mathematics, one.detail or other.detail)
        said = f"{self._first.name}: {_told(one)}, {self._second.name}: {_told(other)}"
        return Finding(Mathematics.DISPUTED, said)


def _alone(engine: Engine, finding: Finding, unable: Finding) -> Finding:
    told = f"{finding.detail}; " if finding.detail else ""
    return Finding(finding.mathematics, f"{told}checked by {engine.name} alone: {unable.detail}")


def _told(finding: Finding) -> str:
    return f"{finding.mathematics} ({finding.detail})" if finding.detail else str(finding.mathematics)


XMLSEC: Final[Engine] = Xmlsec()
SIGNXML: Final[Engine] = Signxml()
QUICK: Final[Engine] = Quick(XMLSEC)
BOTH: Final[Engine] = Both(XMLSEC, SIGNXML)

#: Every engine by its name in the configuration.
ENGINES: Final[Mapping[str, Engine]] = MappingProxyType(
    {engine.name: engine for engine in (QUICK, XMLSEC, SIGNXML, BOTH)}
)
