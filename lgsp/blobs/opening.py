"""What a batch of deliveries needs of the blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.errors import ContentUnavailable

if TYPE_CHECKING:
    from lgsp.blobs import Blobs

_HELD_BYTES: Final = 64 << 20


class Opened:
    """Reads blobs, each once for all the recipients in a batch as long as they are not too large together."""

    def __init__(self, blobs: Blobs | None) -> None:
        """Read from `blobs`; None: where a reference leads nowhere."""
        self._blobs = blobs
        self._held: dict[str, bytes] = {}
        self._size = 0

    def read(self, digest: str) -> bytes:
        """Return octets, compared with their digest. Raises ContentUnavailable and StoreUnavailable."""
        if digest in self._held:
            return self._held[digest]
        if self._blobs is None:
            raise ContentUnavailable(digest)
        octets = self._blobs.read(digest)
        if self._size + len(octets) > _HELD_BYTES:
            self._held.clear()
            self._size = 0
        self._held[digest] = octets
        self._size += len(octets)
        return octets
