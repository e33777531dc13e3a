"""What a table or a list of agencies wants the directory to say of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.model.agency import Agency, AgencyCode, Tenure


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An agency as it is to be filed, whole."""

    #: What is not dated counts from it, and for a new agency all.
    agency: Agency
    #: The agency's whole time; empty where that stays as it is.
    tenures: Sequence[Tenure] = ()
    #: Codes that it is to answer to as well, from ever.
    aliases: tuple[AgencyCode, ...] = ()
    #: Its `id` in the national list; empty where it is not from there.
    national_id: str = ""
    mail: str = ""
