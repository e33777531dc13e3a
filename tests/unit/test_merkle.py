"""The tree of RFC 9162: against a tree written down as the RFC defines it, and against published vectors."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.evidence import merkle
from lgsp.evidence.merkle import leaf_hash, node_hash
from lgsp.evidence.tiles import HASH_BYTES, WIDTH, Damaged, Tile, edge, grown, reader

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

#: The leaves that Certificate Transparency's own tests use, and the roots of the first 1, 2, … of them.
LEAVES: Final = [
    bytes.fromhex(leaf)
    for leaf in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
ROOTS: Final = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: (index, size) -> the path of inclusion.
INCLUSIONS: Final = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
#: (old, new) -> the proof of consistency.
GROWTHS: Final = {
    (1, 1): [],
    (1, 8): INCLUSIONS[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


class Shelf:
    """Tiles in hand."""

    def __init__(self, leaves: Sequence[bytes], portion: int = 100) -> None:
        self.held: dict[Tile, bytes] = {}
        for at in range(0, len(leaves), portion):
            now = {tile: self.held[tile] for tile in edge(at)}
            self.held |= grown(at, now, leaves[at : at + portion])

    def __call__(self, wanted: Collection[Tile]) -> Mapping[Tile, bytes]:
        return {tile: self.held[tile] for tile in wanted if tile in self.held}


def _vectors() -> Shelf:
    return Shelf([leaf_hash(leaf) for leaf in LEAVES])


def _naive_root(hashes: Sequence[bytes]) -> bytes:
    """MTH of section 2.1.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return node_hash(_naive_root(hashes[:k]), _naive_root(hashes[k:]))


def _hashes(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert merkle.root(size, reader(_vectors())).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert merkle.root(0, reader(_vectors())) == merkle.EMPTY == sha256(b"").digest()


@pytest.mark.parametrize(("index", "size"), INCLUSIONS)
def test_the_inclusion_paths_are_the_published_ones(index: int, size: int) -> None:
    path = merkle.inclusion(index, size, reader(_vectors()))
    assert [step.hex() for step in path] == INCLUSIONS[index, size]


@pytest.mark.parametrize(("old", "new"), GROWTHS)
def test_the_consistency_proofs_are_the_published_ones(old: int, new: int) -> None:
    assert [step.hex() for step in merkle.consistency(old, new, reader(_vectors()))] == GROWTHS[old, new]


@given(st.integers(1, 700), st.integers(1, 300))
def test_tiles_hold_the_tree_of_the_rfc_in_whatever_portions_it_grew(size: int, portion: int) -> None:
    hashes = _hashes(size)
    assert merkle.root(size, reader(Shelf(hashes, portion))) == _naive_root(hashes)


@given(st.data())
def test_every_leaf_of_every_tree_has_a_path_to_its_root_and_no_other_leaf_fits_it(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1200))
    index = data.draw(st.integers(0, size - 1))
    hashes = _hashes(1200)
    path = merkle.inclusion(index, size, reader(Shelf(hashes, 1000)))
    root = _naive_root(hashes[:size])
    assert merkle.root_from_inclusion(hashes[index], index, size, path) == root
    assert merkle.root_from_inclusion(leaf_hash(b"other"), index, size, path) != root
    other = data.draw(st.integers(0, size))
    if other != index:
        assert merkle.root_from_inclusion(hashes[index], other, size, path) != root


@given(st.data())
def test_every_tree_grew_out_of_every_smaller_one_and_out_of_no_other(data: st.DataObject) -> None:
    new = data.draw(st.integers(0, 1200))
    old = data.draw(st.integers(0, new))
    hashes = _hashes(1200)
    path = merkle.consistency(old, new, reader(Shelf(hashes, 1000)))
    before, after = _naive_root(hashes[:old]), _naive_root(hashes[:new])
    assert merkle.grew(old, new, before, after, path)
    assert not merkle.grew(old, new, leaf_hash(b"other"), after, path)
    if old != new:
        assert old == 0 or not merkle.grew(old, new, before, leaf_hash(b"other"), path)
        assert not merkle.grew(old, new, before, after, [*path, bytes(32)])
        assert not path or not merkle.grew(old, new, before, after, path[:-1])


@given(st.integers(1, 600), st.data())
def test_one_changed_hash_on_the_way_is_noticed(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = _hashes(size)
    path = merkle.inclusion(index, size, reader(Shelf(hashes)))
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        path[at] = bytes([path[at][0] ^ 1]) + path[at][1:]
        assert merkle.root_from_inclusion(hashes[index], index, size, path) != _naive_root(hashes)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (9, 5)])
def test_a_leaf_outside_the_tree_has_no_path(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not among"):
        merkle.inclusion(index, size, reader(_vectors()))
    assert merkle.root_from_inclusion(bytes(32), index, size, []) is None


def test_a_log_never_shrinks() -> None:
    with pytest.raises(ValueError, match="never had"):
        merkle.consistency(6, 5, reader(_vectors()))
    assert not merkle.grew(6, 5, bytes(32), bytes(32), [])


def test_a_damaged_tile_is_named() -> None:
    shelf = Shelf(_hashes(700))
    shelf.held[Tile(0, 1)] = shelf.held[Tile(0, 1)][:HASH_BYTES]
    with pytest.raises(Damaged) as damaged:
        merkle.inclusion(300, 700, reader(shelf))
    assert damaged.value.tile == Tile(0, 1)
    with pytest.raises(Damaged):
        grown(700, {Tile(0, 2): b""}, _hashes(1))


def test_appending_touches_few_tiles_and_never_a_full_one() -> None:
    shelf = Shelf(_hashes(70_000), 1000)
    before = dict(shelf.held)
    changed = grown(70_000, {tile: shelf.held[tile] for tile in edge(70_000)}, _hashes(1000))
    assert len(changed) <= 1000 // WIDTH + 3
    assert not any(len(before.get(tile, b"")) == WIDTH * HASH_BYTES for tile in changed)


@given(st.integers(1, 10**12), st.data())
def test_a_proof_asks_for_all_its_tiles_at_once_and_for_few(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    asked: list[Collection[Tile]] = []

    def shelf(wanted: Collection[Tile]) -> Mapping[Tile, bytes]:
        asked.append(wanted)
        return {tile: bytes(WIDTH * HASH_BYTES) for tile in wanted}

    path = merkle.inclusion(index, size, reader(shelf))
    assert len(path) <= size.bit_length()
    assert len(asked) == 1
    assert len(asked[0]) <= 2 * (size.bit_length() // 8 + 1)


def test_subtrees_lie_beside_each_other_and_fill_their_part() -> None:
    for end in range(1, 300):
        parts = list(merkle.subtrees(0, end))
        edges = [(node.number << node.level, (node.number + 1) << node.level) for node in parts]
        assert edges[0][0] == 0
        assert edges[-1][1] == end
        assert all(one[1] == other[0] for one, other in pairwise(edges))
