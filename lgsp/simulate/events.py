"""What bodies hand in, as values: documents, statuses, dossiers and their steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lgsp.model.envelope import BusinessType

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.simulate.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Something that a body hands in."""

    at: datetime
    sender: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Why paper goes too."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Planned):
    """A document."""

    serial: int
    recipients: tuple[Unit, ...]
    number: int
    kind: tuple[int, str, str]
    priority: int = 0
    paper: Paper | None = None
    signed: bool = True
    spoilt: bool = False
    business: BusinessType = BusinessType.NEW
    #: The document that is recalled or replaced.
    about: Letter | None = None

    @property
    def notation(self) -> str:
        """The notation: kind, and the body in short."""
        return f"{self.kind[2]}-{self.sender.code.replace('.', '')[-7:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Planned):
    """A status."""

    code: str
    about: Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Planned):
    """A dossier, as its desk sends it on."""

    number: str
    channel: int
    due: datetime
    to: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Planned):
    """What became of a dossier."""

    about: Case
    state: int
