"""What a catalogue says of one agency."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from lgsp.model.agency import AgencyCode, Bloc, Level, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One line of a catalogue. None is what it does not say."""

    #: Where it stands, for people: `line 12`, `id 7`.
    place: str
    code: AgencyCode
    name: str
    #: Other codes of the same agency.
    aliases: tuple[AgencyCode, ...] = ()
    level: Level | None = None
    #: What to take for an agency that is new, where the catalogue does not say the level.
    likely: Level | None = None
    bloc: Bloc | None = None
    parent: AgencyCode | None = None
    state: State | None = None
    successor: AgencyCode | None = None
    #: From when on it is so; None: from when it is applied.
    since: datetime | None = None
    adapter: str | None = None
    national_id: str | None = None
    mail: str | None = None
    #: What could not be read: column -> what stood there.
    unread: Mapping[str, Any] = field(default_factory=dict)
