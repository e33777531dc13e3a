"""Asking versions of schemas that decide nothing yet about what was accepted meanwhile."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lgsp.model.errors import Rejected
from lgsp.model.text import Text
from lgsp.stages.envelope import Limits, read
from lgsp.store.shadows import Objection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lgsp.stages.schema.shadow import Shadow
    from lgsp.store.shadows import Shadows, Unasked

#: Dispatch ids follow the clock, commits do not: what is younger than this is left for the next time.
_SETTLED: Final = timedelta(seconds=10)
_AT_ONCE: Final = 50
_PLACE: Final = re.compile(r"\[\d+\]")


class Shadowing:
    """The broom of the shadow. It keeps pace beside the walks and costs them nothing."""

    def __init__(self, shadows: Shadows, versions: Iterable[Shadow], *, limits: Limits) -> None:
        """Ask `versions`, each from the moment on at which it was first named here."""
        self._shadows = shadows
        self._versions = tuple(versions)
        self._limits = limits

    def sweep(self) -> int:
        """Ask every version about the next documents; return about how many."""
        return sum(map(self._ask, self._versions))

    def _ask(self, version: Shadow) -> int:
        name, now = version.version.stamp, datetime.now(UTC)
        since = self._shadows.begin(name, _first_of(now))
        before = _first_of(now - _SETTLED)
        asked = self._shadows.unasked(since, before, version.kinds, _AT_ONCE)
        if not asked:
            return 0
        objections = [objection for one in asked if (objection := self._objection(version, one))]
        self._shadows.keep(name, asked, since, objections)
        return len(asked)

    def _objection(self, version: Shadow, document: Unasked) -> Objection | None:
        try:
            problems = version.objections(read(document.octets, self._limits)) if document.octets else []
        except Rejected:
            return None  # the reader itself was changed since: nothing that this version can be blamed for
        if not problems:
            return None
        first = problems[0]
        cure = first.cure or Text("", "")
        said = Text(*("; ".join(filter(None, pair)) for pair in zip(first.expected, cure, strict=True)))
        element = _PLACE.sub("", first.element)
        return Objection(dispatch_id=document.dispatch_id, sender=document.sender, element=element, said=said)


def _first_of(moment: datetime) -> str:
    """Return what sorts between the dispatch ids of `moment` and all earlier ones (UUIDv7: milliseconds come first)."""
    return f"{int(moment.timestamp() * 1000):012x}"
