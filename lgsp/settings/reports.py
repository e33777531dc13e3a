"""What the province's reports are about."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lgsp.settings.values import Place, Section


class ReportsSection(Section):
    """What the province's reports are about."""

    #: Level-1 codes of the province. Empty: everybody whose level is not central.
    province: tuple[Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}$")], ...] = ()
    #: A CSV file in which the post declares its items.
    postal_file: Place | None = None
