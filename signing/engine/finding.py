"""What an engine answers, and the protocol of all that answer so."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.gate import Claim


class Mathematics(StrEnum):
    """Whether digest and signature value fit the document and the key."""

    RIGHT = "right"
    WRONG = "wrong"
    UNABLE = "unable"  # this engine cannot check a signature of this form: it says nothing about this one
    DISPUTED = "disputed"  # one engine says right, another wrong


class Finding(NamedTuple):
    """The answer of an engine."""

    mathematics: Mathematics
    #: What exactly, for people who know XML signatures; may be empty.
    detail: str = ""


class Engine(Protocol):
    """Checks one signature whose structure the gate has passed. Changes nothing in the tree. Thread-safe."""

    @property
    def name(self) -> str:
        """What it is called in the configuration."""

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:
        """Say whether digest and signature value are right under the public key of `holder`.

        `octets` are what the tree of `claim` was parsed from, for engines that read for themselves; an engine that
        needs them and gets None is unable.
        """


RIGHT: Final = Finding(Mathematics.RIGHT)
WRONG: Final = Finding(Mathematics.WRONG)
