"""The Merkle tree of RFC 9162 (section 2.1), as pure functions over a reader of complete subtrees.

A node is (level, number): the subtree over the leaves `number * 2**level` up to `(number + 1) * 2**level`, all of which
exist. A tree of any size, and any part of a proof, is a few such nodes hashed together.
"""

from __future__ import annotations

from functools import reduce
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: The root of a tree without leaves.
EMPTY: Final = sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree."""

    level: int
    number: int


if TYPE_CHECKING:
    #: Returns the hashes of some nodes, in their order. Asked once for each proof.
    Reader = Callable[[Sequence[Node]], Sequence[bytes]]
    #: Leaves from the first up to the second, as a part of a tree: what one hash of a proof stands for.
    Range = tuple[int, int]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf that holds `entry`."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two."""
    return sha256(b"\x01" + left + right).digest()


def root(size: int, read: Reader) -> bytes:
    """Return the root of the tree over the first `size` leaves."""
    return _hashes([(0, size)], read)[0] if size else EMPTY


def inclusion(index: int, size: int, read: Reader) -> list[bytes]:
    """Return the path from leaf `index` to the root over `size` leaves (section 2.1.3.1). Raises ValueError."""
    if not 0 <= index < size:
        message = f"leaf {index} is not among the first {size}"
        raise ValueError(message)
    return _hashes(list(_path(index, 0, size)), read)


def consistency(old: int, new: int, read: Reader) -> list[bytes]:
    """Return the proof that the first `old` of `new` leaves are those of then (section 2.1.4.1). Raises ValueError."""
    if not 0 <= old <= new:
        message = f"a log of {new} leaves never had {old}"
        raise ValueError(message)
    if old in {0, new}:
        return []
    return _hashes(list(_growth(old, 0, new, whole=True)), read)


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that `path` leads the leaf hash `leaf` to (section 2.1.3.2), or None when it leads nowhere."""
    if not 0 <= index < size:
        return None
    fn, sn, result = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            result = node_hash(step, result)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, step)
        fn, sn = fn >> 1, sn >> 1
    return result if sn == 0 else None


def grew(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether `path` proves that the tree of `new` leaves began as that of `old` (section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:  # every log began empty
        return not path and old_root == EMPTY
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    return bool(steps) and _both_roots(old, new, steps) == (old_root, new_root)


def _both_roots(old: int, new: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            before, after = node_hash(step, before), node_hash(step, after)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            after = node_hash(after, step)
        fn, sn = fn >> 1, sn >> 1
    return (before, after) if sn == 0 else None


def subtrees(start: int, end: int) -> Iterator[Node]:
    """Yield the complete subtrees that make up the part from `start` up to `end`, the largest and leftmost first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield Node(level, start >> level)
        start += 1 << level


def _hashes(ranges: Sequence[Range], read: Reader) -> list[bytes]:
    parts = [list(subtrees(*each)) for each in ranges]
    found = iter(read([node for part in parts for node in part]))
    return [_joined([next(found) for _ in part]) for part in parts]


def _joined(hashes: Sequence[bytes]) -> bytes:
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def _split(start: int, end: int) -> int:
    """Return where a part is divided: after the largest power of two that is smaller than it."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _path(index: int, start: int, end: int) -> Iterator[Range]:
    """Yield the siblings on the way from a leaf to the root, the lowest first."""
    siblings: list[Range] = []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return reversed(siblings)


def _growth(old: int, start: int, end: int, *, whole: bool) -> Iterator[Range]:
    """Yield what proves that `old` leaves grew into `end`; `whole` while the part in hand was a tree of its own."""
    if old == end:
        if not whole:
            yield start, end
        return
    middle = _split(start, end)
    if old <= middle:
        yield from _growth(old, start, middle, whole=whole)
        yield middle, end
    else:
        yield from _growth(old, middle, end, whole=False)
        yield start, middle
