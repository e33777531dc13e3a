"""The tree against its leaves, and each tier of tiles against the one below."""

from __future__ import annotations

from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from lgsp.evidence.audit.finding import Fault, Finding
from lgsp.evidence.merkle import leaf_hash
from lgsp.evidence.tiles import HASH_BYTES, WIDTH, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.evidence.audit.books import Books

    #: Numbers that grow, each with a hash.
    Hashes = Iterator[tuple[int, bytes]]


def judge_tree(books: Books) -> Iterator[Finding]:
    """Yield leaves that the tree does not hold as they are, and tiles that do not fit those below."""
    for number, has, wants in _apart(_of_leaves(books), _of_tier(books, 0)):
        fault = Fault.REMOVED if has is None else Fault.CHANGED if wants is not None else Fault.SLIPPED_IN
        yield Finding(fault=fault, table="leaf", row=str(number), leaves=(number,))
    tiers = set(books.tiers())
    for tier in sorted((tiers | {tier + 1 for tier in tiers}) - {0}):
        for number, below, has in _apart(_of_full(books, tier - 1), _of_tier(books, tier)):
            fault = Fault.REMOVED if has is None else Fault.CHANGED if below is not None else Fault.SLIPPED_IN
            row, at = f"{tier} {number // WIDTH}", number % WIDTH
            yield Finding(fault=fault, table="tile", row=row, detail=f"hash {at}, over tile {tier - 1} {number}")


def _of_leaves(books: Books) -> Hashes:
    for leaf in books.leaves():
        if leaf.number is not None:
            yield leaf.number, leaf_hash(_bytes(leaf.digest))


def _bytes(digest: str) -> bytes:
    """Return what a leaf holds; of a digest that is none something that no leaf ever held."""
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""


def _of_tier(books: Books, tier: int) -> Hashes:
    for number, hashes in books.tier(tier):
        for at in range(0, len(hashes), HASH_BYTES):
            yield number * WIDTH + at // HASH_BYTES, hashes[at : at + HASH_BYTES]


def _of_full(books: Books, tier: int) -> Hashes:
    for number, hashes in books.tier(tier):
        if len(hashes) == WIDTH * HASH_BYTES:
            yield number, folded(hashes)


def _apart(one: Hashes, other: Hashes) -> Iterator[tuple[int, bytes | None, bytes | None]]:
    """Yield the numbers at which two do not hold the same, with what each holds."""
    both = merge(((number, 0, held) for number, held in one), ((number, 1, held) for number, held in other))
    for number, group in groupby(both, itemgetter(0)):
        held = {side: hashed for _, side, hashed in group}
        if held.get(0) != held.get(1):
            yield number, held.get(0), held.get(1)
