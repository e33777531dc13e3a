"""Blobs in a folder: `ab/cd/abcd…`, a file each, and `incoming` for what is being written.

A file gets its name when it is whole and synced, and its folder is synced before anybody may refer to it. So a crash
leaves unfinished files, or whole ones that nobody refers to, and never half a blob.
"""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from lgsp.blobs.refusing import not_available
from lgsp.model.errors import ContentUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

_INCOMING: Final = "incoming"
#: Syncing waits for the disk, and a disk does several at a time as fast as one.
_WRITERS: Final = 4


class Folder:
    """Keeps `Blobs` and `Receiving`."""

    def __init__(self, root: Path) -> None:
        """Keep blobs below `root`, which is made with the first of them."""
        self._root = root
        #: Which of the 65,536 folders this process made sure are on the disk.
        self._made = bytearray(1 << 16)

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Store octets under their digests."""
        with not_available(self._root):
            if len(contents) == 1:
                self._keep(*next(iter(contents.items())))
            elif contents:
                with ThreadPoolExecutor(_WRITERS) as writers:
                    list(writers.map(self._keep, contents.keys(), contents.values()))

    def read(self, digest: str) -> bytes:
        """Return octets, compared with their digest."""
        with not_available(self._root):
            try:
                octets = self._place(digest).read_bytes()
            except FileNotFoundError:
                if not self._root.is_dir():  # no disk: nothing is known of what was on it
                    raise
                raise ContentUnavailable(digest) from None
        if (found := sha256(octets).hexdigest()) != digest:
            raise ContentUnavailable(digest, found)
        return octets

    def missing(self, digests: Collection[str]) -> set[str]:
        """Return those that are not there."""
        with not_available(self._root):
            return {digest for digest in digests if _size(self._place(digest)) is None}

    def stale(self, part: int, before: datetime) -> Iterator[str]:
        """Yield the names of old files, and with the first part of old unfinished ones."""
        folders = sorted((self._root / f"{part:02x}").glob("*"))
        if part == 0:
            folders.append(self._root / _INCOMING)
        for folder in folders:
            with not_available(self._root):
                old = [name for name, written in _files(folder) if written < before.timestamp()]
            yield from old

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        with not_available(self._root):
            for name in names:
                self._place(name).unlink(missing_ok=True)

    def begin(self) -> FileWriting:
        """Begin a file."""
        with not_available(self._root):
            incoming = self._root / _INCOMING
            incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            return FileWriting(self, incoming / f"{uuid4().hex}.part")

    def place(self, part: Path, digest: str) -> None:
        """Give a synced file its name, and sync that too; a file that has it already is as good."""
        place = self._place(digest)
        self._make(place.parent, int(digest[:4], 16))
        part.replace(place)
        _sync(place.parent)

    def _keep(self, digest: str, octets: bytes) -> None:
        place = self._place(digest)
        if _size(place) == len(octets):
            _sync(place.parent)  # whoever wrote it may not have come so far
            return
        writing = self.begin()
        try:
            writing.write_file(octets)
            writing.place(digest)
        finally:
            writing.drop()

    def _place(self, name: str) -> Path:
        if name.endswith(".part"):
            return self._root / _INCOMING / name
        return self._root / name[:2] / name[2:4] / name

    def _make(self, folder: Path, number: int) -> None:
        """Make a folder, and see that it outlives a crash as those above it do."""
        if self._made[number]:
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for above in (folder.parent, self._root, self._root.parent):
            _sync(above)
        self._made[number] = True


class FileWriting:
    """Keeps `Writing`."""

    def __init__(self, folder: Folder, part: Path) -> None:
        """Write the file `part`, which is new."""
        self._folder = folder
        self._part = part
        self._digest = sha256()
        self._file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, piece: bytes) -> None:
        """Take the next octets."""
        with not_available(self._part):
            self._digest.update(piece)
            self.write_file(piece)

    def write_file(self, octets: bytes) -> None:
        """Take octets whose digest is known."""
        rest = memoryview(octets)
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def finish(self, digest: str) -> bool:
        """Keep what was written if this is its digest."""
        right = self._digest.hexdigest() == digest
        try:
            if right:
                with not_available(self._part):
                    self.place(digest)
        finally:
            self.drop()
        return right

    def place(self, digest: str) -> None:
        """Sync the file and give it its name."""
        os.fsync(self._file)
        self._folder.place(self._part, digest)

    def drop(self) -> None:
        """Forget what has no name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            with contextlib.suppress(OSError):  # then it is stale one day
                self._part.unlink(missing_ok=True)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _files(folder: Path) -> list[tuple[str, float]]:
    """Return names and times; a file that goes meanwhile is left out."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                found.append((entry.name, entry.stat().st_mtime))
    return found


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
