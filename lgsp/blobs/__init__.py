"""Large documents by claim check: octets stored once, under their SHA-256, beside the rows that refer to them.

`Folder` keeps them in a folder that every process of the bus sees, `Bucket` in an S3-compatible store. Both pass one
contract test (`tests/conformance/blobs_contract.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

#: In so many parts the stale are looked for, by the first octet of their digests: no look walks over all.
PARTS: Final = 256


class Blobs(Protocol):
    """Octets by their digests. Safe for many threads and processes at once; raises StoreUnavailable.

    What has a digest is there, whole, or is not there: nothing is written over.
    """

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Store octets under their digests; safe against a crash once this returns. Twice is as once."""

    def read(self, digest: str) -> bytes:
        """Return octets, compared with their digest. Raises ContentUnavailable where they differ or are not there."""

    def missing(self, digests: Collection[str]) -> set[str]:
        """Return those that are not there; what is there is not compared."""

    def stale(self, part: int, before: datetime) -> Iterator[str]:
        """Yield names of what came before then, of one of the `PARTS`: digests, and what was never finished."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove what has these names, where it is there."""


class Writing(Protocol):
    """Octets on their way in, hashed as they come. Used by one thread at a time; raises StoreUnavailable."""

    def write(self, piece: bytes) -> None:
        """Take the next octets."""

    def finish(self, digest: str) -> bool:
        """Keep them, safe against a crash, if this is their digest; otherwise forget them. Return whether it is."""

    def drop(self) -> None:
        """Forget them. Harmless after `finish`."""


class Receiving(Protocol):
    """Where octets come in piece by piece; what was never finished is stale one day."""

    def begin(self) -> Writing:
        """Begin to take octets."""
