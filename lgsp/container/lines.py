"""Rows of the ledger and their proofs, a line each: what sha256sum and a shell can read, and no other form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import orjson

from lgsp.container.contents import CONSISTENCY, PROOFS, ROWS
from lgsp.container.words import Broken, Text
from lgsp.evidence import merkle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lgsp.evidence import Proof

_NOT_YET: Final = "-"
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,17}")
_HASH: Final = re.compile("[0-9a-f]{64}")
_STEPS: Final = 64  # a log of 2**64 leaves
#: A document to ten thousand recipients has fewer.
LINES_LIMIT: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row, and where its leaf stands in the log."""

    octets: bytes = field(repr=False)
    facts: Mapping[str, Any]
    #: None: written after the newest head.
    index: int | None
    path: tuple[bytes, ...] = field(repr=False)

    def root(self, size: int) -> bytes | None:
        """Return the root over `size` leaves that the path leads to; None when it leads nowhere."""
        if self.index is None:
            return None
        leaf = merkle.leaf_hash(sha256(self.octets).digest())
        return merkle.root_from_inclusion(leaf, self.index, size, self.path)


def write_lines(proofs: Sequence[Proof]) -> dict[str, bytes]:
    """Return the files that hold the rows and their proofs, in this order."""
    rows = b"".join(proof.row + b"\n" for proof in proofs)
    ways = (_way(_NOT_YET if proof.index is None else str(proof.index), proof.path) for proof in proofs)
    return {ROWS: rows, PROOFS: "".join(ways).encode()}


def read_lines(rows: bytes, proofs: bytes) -> list[Line]:
    """Read both files. Raises Broken, which names the one that is not as it is written."""
    if rows.count(b"\n") > LINES_LIMIT:
        raise Broken(_TOO_MANY, file=ROWS)
    written, ways = rows.split(b"\n"), _words(proofs, PROOFS)
    if written.pop() != b"" or len(written) != len(ways):
        raise Broken(_UNEVEN, file=ROWS)
    return [_line(row, way) for row, way in zip(written, ways, strict=True)]


def write_growth(steps: Iterable[tuple[int, int, Sequence[bytes]]]) -> bytes:
    """Return the file of consistency proofs, each with the sizes before and after."""
    return "".join(_way(f"{old} {new}", path) for old, new, path in steps).encode()


def read_growth(octets: bytes) -> dict[tuple[int, int], tuple[bytes, ...]]:
    """Return consistency proofs by their sizes. Raises Broken."""
    found: dict[tuple[int, int], tuple[bytes, ...]] = {}
    for words in _words(octets, CONSISTENCY):
        old, new, *path = words if len(words) > 1 else ("", "")
        if not (_NUMBER.fullmatch(old) and _NUMBER.fullmatch(new)):
            raise Broken(_GARBLED, file=CONSISTENCY)
        found[int(old), int(new)] = _hashes(path, CONSISTENCY)
    return found


def _way(start: str, path: Sequence[bytes]) -> str:
    return " ".join((start, *(step.hex() for step in path))) + "\n"


def _words(octets: bytes, file: str) -> list[list[str]]:
    if octets.count(b"\n") > LINES_LIMIT:
        raise Broken(_TOO_MANY, file=file)
    text = octets.decode("ascii", "replace")
    if text and not text.endswith("\n"):
        raise Broken(_GARBLED, file=file)
    return [line.split(" ") for line in text.split("\n")[:-1]]


def _hashes(words: Sequence[str], file: str) -> tuple[bytes, ...]:
    if len(words) > _STEPS or not all(map(_HASH.fullmatch, words)):
        raise Broken(_GARBLED, file=file)
    return tuple(map(bytes.fromhex, words))


def _line(row: bytes, way: Sequence[str]) -> Line:
    try:
        facts = orjson.loads(row)
    except ValueError:
        raise Broken(_GARBLED, file=ROWS) from None
    # A key that stands there twice would say one thing to one reader and another to the next.
    if not isinstance(facts, dict) or orjson.dumps(facts, option=orjson.OPT_SORT_KEYS) != row:
        raise Broken(_GARBLED, file=ROWS)
    start, *path = way
    if start != _NOT_YET and not _NUMBER.fullmatch(start):
        raise Broken(_GARBLED, file=PROOFS)
    index = None if start == _NOT_YET else int(start)
    return Line(octets=row, facts=facts, index=index, path=_hashes(path, PROOFS))


_UNEVEN: Final = Text(
    "rows and proofs do not go together: there is not one line of each for the other",
    "số dòng dữ liệu và số dòng chứng minh không khớp nhau",
)
_TOO_MANY: Final = Text(f"there are more than {LINES_LIMIT:,} lines", f"có hơn {LINES_LIMIT:,} dòng")
_GARBLED: Final = Text("this file is not as the bus writes it", "tệp này không đúng dạng trục ghi")
