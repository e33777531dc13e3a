"""Unpacking without believing: a piece at a time, never more than is left of what may be unpacked at all."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from lgsp.model.text import Text
from lgsp.stages.policy.files.directory import STORED, Bad, Entry, body_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE: Final = 64 * 1024
_HEAD: Final = 512
#: Deflate makes at most so many octets of one.
DENSEST: Final = 1032
#: What is held in memory to look into a document inside an archive.
_LARGEST_INNER: Final = 32 * 1024 * 1024


class Unpacking:
    """Unpacks entries of one attachment, and of what is inside it, within one limit. Raises Bad."""

    def __init__(self, limit_bytes: int) -> None:
        """Unpack at most so many octets in all."""
        self._left = limit_bytes
        self._limit = limit_bytes

    def head(self, octets: BinaryIO, entry: Entry) -> bytes:
        """Return the first octets of an entry."""
        return next(self._pieces(octets, entry, _HEAD), b"")[:_HEAD]

    def through(self, octets: BinaryIO, entry: Entry) -> None:
        """Unpack an entry to its end, only to see that it is what it claims to be."""
        for _ in self._pieces(octets, entry, _PIECE):
            pass

    def held(self, octets: BinaryIO, entry: Entry) -> BinaryIO:
        """Return an entry as a file in memory."""
        if entry.size > _LARGEST_INNER:
            raise Bad(_SMALLER, f"{entry.name}: {entry.size >> 20} MB")
        return io.BytesIO(b"".join(self._pieces(octets, entry, _PIECE)))

    def _pieces(self, octets: BinaryIO, entry: Entry, size: int) -> Iterator[bytes]:
        """Yield what is unpacked, and hold it against what the directory claims, from both sides."""
        at, left, made = body_of(octets, entry), entry.packed, 0
        inflating = None if entry.method == STORED else zlib.decompressobj(-zlib.MAX_WBITS)
        waiting = b""
        while inflating is None or not inflating.eof:
            if not waiting and left:
                octets.seek(at)
                waiting = octets.read(min(left, size))
                at, left = at + len(waiting), left - len(waiting)
            piece, rest = _unpacked(inflating, waiting, size, entry)
            if not piece and rest == waiting:
                break  # nothing goes in and nothing comes out: this is all
            waiting = rest
            made += len(piece)
            self._left -= len(piece)
            if made > entry.size:
                raise Bad(_AS_CLAIMED, f"{entry.name}: more than {entry.size} octets")
            if self._left < 0:
                most = f"{self._limit / (1 << 20):g} MB"
                raise Bad(Text(f"at most {most} unpacked", f"giải nén không quá {most}"), entry.name)
            if piece:
                yield piece
        if made != entry.size or (inflating is not None and not inflating.eof):
            raise Bad(_AS_CLAIMED, f"{entry.name}: {made} octets, {entry.size} claimed")


def _unpacked(inflating: zlib._Decompress | None, waiting: bytes, size: int, entry: Entry) -> tuple[bytes, bytes]:
    """Return a piece, and what of `waiting` is still to be unpacked."""
    if inflating is None:
        return waiting, b""
    try:
        piece = inflating.decompress(waiting, size)
    except zlib.error:
        raise Bad(_AS_CLAIMED, f"{entry.name}: broken") from None
    return piece, inflating.unconsumed_tail


_AS_CLAIMED: Final = Text("entries that are what the directory says", "tệp con đúng như mục lục của tệp nén")
_SMALLER: Final = Text("documents of at most 32 MB inside an archive", "văn bản trong tệp nén không quá 32 MB")
