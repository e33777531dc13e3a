"""How the tree is kept: tiles of 256 hashes, from every eighth level.

Tile (tier, number) holds the hashes of the nodes (8 * tier, number * 256) and following, as many as there are. What
lies between two tiers is hashed when it is asked for. Adding a thousand leaves touches some six tiles, and a proof in a
log of ten million reads as many. Only complete subtrees are in a tile, so a full tile never changes again.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from lgsp.evidence.merkle import Node

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
HASH_BYTES: Final = 32


class Tile(NamedTuple):
    """The place of a tile."""

    tier: int
    number: int


if TYPE_CHECKING:
    #: Returns the contents of tiles. Those that do not exist are left out.
    Shelf = Callable[[Collection[Tile]], Mapping[Tile, bytes]]


class Damaged(LookupError):
    """A tile lacks a hash that the size of the log says it has."""

    def __init__(self, tile: Tile) -> None:
        """Name the tile."""
        super().__init__(f"tile {tile.number} of tier {tile.tier} lacks hashes")
        self.tile = tile


def reader(shelf: Shelf) -> Callable[[Sequence[Node]], list[bytes]]:
    """Return a `merkle.Reader` over tiles, which takes all tiles of a proof at once. It raises Damaged."""

    def read(nodes: Sequence[Node]) -> list[bytes]:
        held = shelf({_place(node)[0] for node in nodes})
        return [_hash_of(node, held) for node in nodes]

    return read


def edge(size: int) -> Iterator[Tile]:
    """Yield the tiles that the next leaves are written into, lowest tier first, where they exist and are not full."""
    tier = 0
    while size >> (HEIGHT * tier):
        count = size >> (HEIGHT * tier)
        if count % WIDTH:
            yield Tile(tier, count // WIDTH)
        tier += 1


def grown(size: int, held: Mapping[Tile, bytes], leaves: Sequence[bytes]) -> dict[Tile, bytes]:
    """Return every tile that changes when `leaves` (their hashes) are added to `size`; `held` is the edge of now.

    Raises Damaged when the edge is not as it must be.
    """
    changed: dict[Tile, bytes] = {}
    coming, tier = list(leaves), 0
    while coming:
        count = size >> (HEIGHT * tier)
        number, there = divmod(count, WIDTH)
        tile = Tile(tier, number)
        content = held.get(tile, b"") if there else b""
        if len(content) != there * HASH_BYTES:
            raise Damaged(tile)
        content += b"".join(coming)
        coming = []
        for at in range(0, len(content), WIDTH * HASH_BYTES):
            part = content[at : at + WIDTH * HASH_BYTES]
            changed[tile] = part
            tile = Tile(tier, tile.number + 1)
            if len(part) == WIDTH * HASH_BYTES:
                coming.append(folded(part))
        tier += 1
    return changed


@lru_cache(maxsize=1024)  # what lies high in the tree is part of every proof
def folded(hashes: bytes) -> bytes:
    """Return the root over hashes that stand behind each other; there must be a power of two of them."""
    level, pair = hashes, 2 * HASH_BYTES
    while len(level) > HASH_BYTES:
        # `merkle.node_hash`, without two calls and a copy for each of some 900 nodes a proof
        level = b"".join([sha256(b"\x01" + level[at : at + pair]).digest() for at in range(0, len(level), pair)])
    return level


def _place(node: Node) -> tuple[Tile, int, int]:
    """Return the tile that a node is computed from, and from which and how many of its hashes."""
    tier, above = divmod(node.level, HEIGHT)
    number, first = divmod(node.number << above, WIDTH)
    return Tile(tier, number), first, 1 << above


def _hash_of(node: Node, held: Mapping[Tile, bytes]) -> bytes:
    tile, first, count = _place(node)
    part = held.get(tile, b"")[first * HASH_BYTES : (first + count) * HASH_BYTES]
    if len(part) != count * HASH_BYTES:
        raise Damaged(tile)
    return folded(part)
