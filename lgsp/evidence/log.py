"""Asking the log for proofs.

What others build on:

    Log.proof_of(id) -> list[Proof]     every row about a dispatch (or about a refusal, by its correlation id)
    Proof.row       bytes               the row, canonical (`rows`): SHA-256 of it is the leaf's content
    Proof.index     int | None          the leaf's place; None: not under a head yet
    Proof.path      tuple[bytes, ...]   inclusion path, lowest sibling first (RFC 9162, 2.1.3)
    Proof.head      Head | None         the newest head, the same for all
    Log.consistency(old, new) -> list[bytes]    that the log of `new` leaves grew out of the one of `old`

Offline: `merkle.leaf_hash(sha256(row).digest())`, then `merkle.root_from_inclusion(...) == head.root`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from lgsp.evidence import merkle
from lgsp.evidence.forms import FORMS
from lgsp.evidence.rows import Kind, as_written, counted, key_of
from lgsp.evidence.tiles import reader

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from lgsp.evidence.heads import Head
    from lgsp.evidence.tiles import Tile


class Leaf(NamedTuple):
    """What one leaf stands for."""

    #: None: an entry that waits to become a leaf.
    number: int | None
    kind: str
    #: What the row is about: see `rows.key_of`.
    key: str
    #: SHA-256 of the row's canonical bytes, in hexadecimal; the leaf holds its 32 bytes.
    digest: str


class Archive(Protocol):
    """Where the log is kept."""

    def tiles(self, wanted: Collection[Tile]) -> Mapping[Tile, bytes]:
        """Return the contents of tiles; those that do not exist are left out."""

    def heads(self, after: int = 0, limit: int = 1000) -> list[Head]:
        """Return the heads of more than `after` leaves, the smallest first."""

    def newest_head(self) -> Head | None:
        """Return the head of most leaves."""

    def rows_about(self, id: str) -> list[tuple[Kind, Mapping[str, Any]]]:  # noqa: A002  # the word of the CLI
        """Return every row about a dispatch or a refusal, in the order they were written."""

    def leaves_about(self, keys: Collection[str]) -> list[Leaf]:
        """Return leaves and waiting entries by what they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a row was in the log when a head was signed."""

    kind: Kind
    #: The canonical bytes of the row.
    row: bytes
    index: int | None
    path: tuple[bytes, ...] = field(repr=False)
    head: Head | None

    def holds(self) -> bool:
        """Tell whether the path leads from the row to the head's root. Whether that is signed is another question."""
        if self.head is None or self.index is None:
            return False
        leaf = merkle.leaf_hash(sha256(self.row).digest())
        return merkle.root_from_inclusion(leaf, self.index, self.head.size, self.path) == self.head.root

    def facts(self) -> dict[str, Any]:
        """Return the proof as JSON values."""
        return {
            "kind": self.kind,
            "row": self.row.decode(),
            "index": self.index,
            "path": [step.hex() for step in self.path],
            "head": self.head.facts() if self.head else None,
        }


class Log:
    """The evidence log, for reading. Safe for many threads and processes at once."""

    def __init__(self, archive: Archive) -> None:
        """Read from `archive`."""
        self._archive = archive
        self._read = reader(archive.tiles)

    def heads(self, after: int = 0) -> list[Head]:
        """Return heads of more than `after` leaves, the smallest first; a page of them."""
        return self._archive.heads(after)

    def newest(self) -> Head | None:
        """Return the newest head; None while there is none."""
        return self._archive.newest_head()

    def root(self, size: int) -> bytes:
        """Return the root over the first `size` leaves. Raises tiles.Damaged."""
        return merkle.root(size, self._read)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the path of a leaf. Raises ValueError, or tiles.Damaged."""
        return merkle.inclusion(index, size, self._read)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of `new` leaves grew out of `old`. Raises ValueError, or tiles.Damaged."""
        return merkle.consistency(old, new, self._read)

    def proof_of(self, id: str, *, under: Head | None = None) -> list[Proof]:  # noqa: A002  # the word of the CLI
        """Return a proof for every row about a dispatch, or about a refusal by its correlation id.

        All lead to the head `under`, the newest unless given. A row that no leaf and no entry knows, because somebody
        changed it or slipped it in, has no proof and is left out: `audit` names it.
        """
        rows = self._archive.rows_about(id)
        waiting: dict[tuple[str, str], list[Leaf]] = defaultdict(list)
        for leaf in self._archive.leaves_about({key_of(kind, row) for kind, row in rows}):
            waiting[leaf.kind, leaf.key].append(leaf)
        head = under or self._archive.newest_head()
        proofs = (self._proof(kind, row, waiting[kind, key_of(kind, row)], head) for kind, row in rows)
        return [proof for proof in proofs if proof is not None]

    def _proof(self, kind: Kind, row: Mapping[str, Any], leaves: list[Leaf], head: Head | None) -> Proof | None:
        if FORMS[kind].changes:
            leaves = newest(leaves)
        written = as_written(kind, row, counted(leaf.digest for leaf in leaves))
        if written is None:
            return None
        octets, digest = written
        leaf = leaves.pop(first_with(leaves, digest))
        if head is None or leaf.number is None or leaf.number >= head.size:
            return Proof(kind=kind, row=octets, index=None, path=(), head=head)
        path = tuple(self.inclusion(leaf.number, head.size))
        return Proof(kind=kind, row=octets, index=leaf.number, path=path, head=head)


def newest(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Return the leaf that counts of a row that may change: the last; an entry that waits is later than any leaf."""
    return list(leaves[-1:])


def first_with(leaves: Sequence[Leaf], digest: str) -> int:
    """Return where the first leaf with this digest stands."""
    return next(at for at, leaf in enumerate(leaves) if leaf.digest == digest)
