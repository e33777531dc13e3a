"""What the worker tells: plain data, and nothing that could do harm when it is read. Nothing in it is believed yet."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

_CERTIFICATES_AT_MOST: Final = 40
_CERTIFICATE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RawStamp:
    """A time stamp whose mathematics are right."""

    #: ISO 8601, UTC.
    time: str
    #: DER in hexadecimal, the authority's own first.
    certificates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSignature:
    """What the worker read of one signature."""

    field: str
    visible: bool = False
    #: A document time stamp: it says when, not who.
    time_stamp: bool = False
    #: `signing.Reason`, or empty: why it is not simply valid.
    reason: str = ""
    detail: str = ""
    intact: bool = False
    covers: str = "part"
    changes: str = "forbidden"
    claimed: str = ""
    level: str = ""
    algorithm: str = ""
    #: DER in hexadecimal, the signer's own first.
    certificates: tuple[str, ...] = ()
    stamps: tuple[RawStamp, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFile:
    """What the worker read of one file."""

    #: `Fault`, or empty.
    fault: str = ""
    detail: str = ""
    irregular: bool = False
    signatures: tuple[RawSignature, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)


def hexed(certificates: list[bytes]) -> tuple[str, ...]:
    """Return certificates as they travel: not more and not larger than anybody needs."""
    return tuple(der.hex() for der in certificates[:_CERTIFICATES_AT_MOST] if len(der) <= _CERTIFICATE_BYTES)


def from_json(told: Any) -> RawFile:
    """Return what was told. Raises TypeError, KeyError or ValueError when it is not of that form."""
    return RawFile(**told | {"signatures": tuple(_signature(one) for one in told["signatures"])})


def _signature(told: Any) -> RawSignature:
    stamps = tuple(RawStamp(**stamp) for stamp in told["stamps"])
    return RawSignature(**told | {"stamps": stamps})
