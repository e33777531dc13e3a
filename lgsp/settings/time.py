"""Who proves when something was."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveFloat

from lgsp.settings.values import Place, Section


class TimeAuthoritySection(Section):
    """One time authority (RFC 3161)."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    #: Its root (PEM), and what lies between where its stamps do not carry that.
    certificates: Annotated[tuple[Place, ...], Field(min_length=1)]
    #: The policy (an OID) that must stand in its stamps; empty: any.
    policy: Annotated[str, Field(pattern=r"^(\d+(\.\d+)+)?$")] = ""
    timeout_seconds: PositiveFloat = 5


class TimeSection(Section):
    """Who proves when something was."""

    #: Asked in this order. None: evidence carries the bus's own time alone.
    authorities: tuple[TimeAuthoritySection, ...] = ()
    #: A stamp whose time is further than this from this machine's clock is not believed.
    tolerance_seconds: PositiveFloat = 300
