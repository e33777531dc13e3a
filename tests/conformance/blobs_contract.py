"""What every room for large documents promises, as tests. Subclass it and say how to open one, and how to harm it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

import pytest

from lgsp.blobs import PARTS
from lgsp.model.errors import ContentUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lgsp.blobs import Blobs, Receiving

SOME = b"\x00\xffv\xc4\x83n b\xe1\xba\xa3n" * 10_000
DIGEST = sha256(SOME).hexdigest()
OTHERS = {sha256(octets).hexdigest(): octets for octets in (b"%d" % number * 1000 for number in range(9))}


class Room(Protocol):
    """What the tests do to a room past its contract."""

    def change(self, digest: str, octets: bytes) -> None:
        """Write other octets where some are."""

    def stored(self) -> int:
        """Return how many blobs there are."""


class BlobsContract:
    """The subclass gives the fixtures `opened` and `room`: each call of `opened` opens the same room anew."""

    @pytest.fixture
    def opened(self) -> Callable[[], Blobs]:
        raise NotImplementedError

    @pytest.fixture
    def room(self) -> Room:
        raise NotImplementedError

    @pytest.fixture
    def blobs(self, opened: Callable[[], Blobs]) -> Blobs:
        return opened()

    @pytest.fixture
    def receiving(self, opened: Callable[[], Receiving]) -> Receiving:
        return opened()

    def test_what_is_kept_is_read_to_the_byte_by_another_process_too(self, opened: Callable[[], Blobs]) -> None:
        opened().keep({DIGEST: SOME})
        assert opened().read(DIGEST) == SOME

    def test_many_are_kept_at_once(self, blobs: Blobs) -> None:
        blobs.keep(OTHERS)
        assert {digest: blobs.read(digest) for digest in OTHERS} == OTHERS

    def test_what_is_kept_twice_is_stored_once(self, blobs: Blobs, room: Room) -> None:
        blobs.keep({DIGEST: SOME})
        blobs.keep({DIGEST: SOME})
        assert room.stored() == 1

    def test_what_is_not_there_is_told_and_named(self, blobs: Blobs) -> None:
        blobs.keep({DIGEST: SOME})
        assert blobs.missing([DIGEST, "0" * 64]) == {"0" * 64}
        with pytest.raises(ContentUnavailable) as missing:
            blobs.read("0" * 64)
        assert (missing.value.digest, missing.value.found) == ("0" * 64, "")

    def test_one_altered_octet_is_found_when_it_is_read(self, blobs: Blobs, room: Room) -> None:
        blobs.keep({DIGEST: SOME})
        other = SOME[:-1] + b"!"
        room.change(DIGEST, other)
        with pytest.raises(ContentUnavailable) as altered:
            blobs.read(DIGEST)
        assert altered.value.found == sha256(other).hexdigest()

    def test_what_is_removed_is_gone_and_removing_twice_harms_nobody(self, blobs: Blobs) -> None:
        blobs.keep({DIGEST: SOME, **OTHERS})
        for _ in range(2):
            blobs.remove([DIGEST])
        assert blobs.missing([DIGEST, *OTHERS]) == {DIGEST}

    def test_what_came_before_then_is_stale_each_in_one_part(self, blobs: Blobs) -> None:
        blobs.keep(OTHERS)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        found = [name for part in range(PARTS) for name in blobs.stale(part, tomorrow)]
        assert sorted(found) == sorted(OTHERS)
        assert not [name for part in range(PARTS) for name in blobs.stale(part, tomorrow - timedelta(days=2))]

    def test_what_comes_in_pieces_is_kept_when_it_is_what_was_announced(
        self, blobs: Blobs, receiving: Receiving
    ) -> None:
        writing = receiving.begin()
        for start in range(0, len(SOME), 7000):
            writing.write(SOME[start : start + 7000])
        assert writing.finish(DIGEST)
        writing.drop()
        assert blobs.read(DIGEST) == SOME

    def test_what_was_announced_otherwise_is_not_kept(self, receiving: Receiving, room: Room, blobs: Blobs) -> None:
        writing = receiving.begin()
        writing.write(SOME)
        assert not writing.finish("0" * 64)
        assert room.stored() == 0
        assert blobs.missing([DIGEST, "0" * 64]) == {DIGEST, "0" * 64}

    def test_what_is_dropped_leaves_nothing(self, receiving: Receiving, room: Room) -> None:
        writing = receiving.begin()
        writing.write(SOME)
        writing.drop()
        assert room.stored() == 0
