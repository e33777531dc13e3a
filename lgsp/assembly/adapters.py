"""Agencies' own systems, by the adapter that each entry of the directory names."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from lgsp.assembly.refusing import misconfigured
from lgsp.assembly.trust import Trusted
from lgsp.model.agency import IN_ORDER
from lgsp.model.text import Text
from lgsp.sdk import Adapter, Agency, AgencyCode, Connection
from lgsp.stages.envelope import read
from lgsp.stages.signature import RULES
from signing import sign_enveloped

if TYPE_CHECKING:
    from collections.abc import Callable


class Adapted(Trusted):
    """Makes adapters."""

    def adapter(self, agency: Agency) -> Adapter:
        """Make the adapter that serves `agency`. Raises Misconfigured."""
        points = _adapters()
        if agency.adapter not in points:
            known = ", ".join(sorted(points))
            wanted = Text(f"one of {known}", f"một trong {known}")
            raise misconfigured(f"agency {agency.code}, adapter", agency.adapter, wanted)
        make: Callable[[Connection], Adapter] = points[agency.adapter].load()
        options = {name: value for name, value in agency.options.items() if name != IN_ORDER}  # the relay's
        return make(Connection(agency=agency, options=options, sign=self._pen(agency.code)))

    def _pen(self, code: AgencyCode) -> Callable[[bytes], bytes]:
        def sign(octets: bytes) -> bytes:
            return sign_enveloped(octets, self.keychain.connector(code).current(), RULES[read(octets).kind])

        return sign


@cache  # the directory is asked for adapters many times a minute; what is installed does not change under a process
def _adapters() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group="lgsp.adapters")}


def fetches(adapter: str) -> bool:
    """Tell whether an adapter is a Source too. An unknown one is reported by whoever delivers."""
    point = _adapters().get(adapter)
    return point is not None and hasattr(point.load(), "collect")
