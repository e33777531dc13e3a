"""Taking a backup, while documents flow."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import orjson

from lgsp.backup.dumping import dump
from lgsp.backup.manifest import FORMAT, Manifest, facts_of, names_in
from lgsp.model.errors import LgspError, Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from lgsp.backup.papers import Papers
    from lgsp.store.points import Point, Points


#: Told what is being done, how much of it, and out of how much.
Progress: TypeAlias = "Callable[[str, int, int], None]"
STORE: Final = "store"
BLOBS: Final = "blobs"
HEAD: Final = "head.jsonl"
SQLITE_FILE: Final = "lgsp.db"


class Reading(Protocol):
    """Where large documents are read from."""

    def read(self, digest: str) -> bytes:
        """Return octets, compared with their digest. Raises LgspError where they differ or are not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is backed up."""

    store: Points
    #: None: documents stay in their rows.
    blobs: Reading | None
    papers: Papers


def take(folder: Path, source: Source, told: Progress, *, with_keys: bool = False, hands: int = 2) -> Manifest:
    """Write a backup into a folder that is new or empty."""
    _make(folder)
    with source.store.now() as point:
        _copy_store(point, source, folder, told, hands)
        missing = _copy_blobs(point, source, folder, told)
    if point.head is not None:
        (folder / HEAD).write_bytes(orjson.dumps(point.head.facts(), option=orjson.OPT_APPEND_NEWLINE))
    _copy_papers([*source.papers.public, *(source.papers.private if with_keys else ())], folder)
    names = sorted(names_in(folder))
    files = {}
    for done, name in enumerate(names, 1):
        files[name] = facts_of(folder / name)
        told("digests", done, len(names))
    manifest = Manifest(
        format=FORMAT,
        version=version("lgsp"),
        point=point.at.isoformat(),
        store=source.store.kind,
        revision=point.revision,
        documents=point.documents,
        leaves=point.leaves,
        entries=point.entries,
        head_size=point.head.size if point.head else 0,
        head_root=point.head.root.hex() if point.head else "",
        missing=missing,
        left_out=[] if with_keys else [str(path) for path in source.papers.private],
        files=files,
    )
    manifest.write(folder)
    return manifest


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        expected = Text("a new or an empty folder", "thư mục mới hoặc trống")
        cure = Text("name another", "hãy chọn thư mục khác")
        raise Misconfigured(Problem(element=str(folder), expected=expected, found="files", cure=cure))
    folder.chmod(0o700)


def _copy_store(point: Point, source: Source, folder: Path, told: Progress, hands: int) -> None:
    told(STORE, 0, 0)
    if point.name:
        dump(source.store.address, folder / STORE, point.name, hands)
    else:
        (folder / STORE).mkdir()
        point.copy_to(folder / STORE / SQLITE_FILE, lambda done, total: told(STORE, done, total))
    told(STORE, 1, 1)


def _copy_blobs(point: Point, source: Source, folder: Path, told: Progress) -> list[str]:
    """Copy what the store refers to; return what is not there, or not as it was."""
    digests, missing = list(point.apart()), []
    for done, digest in enumerate(digests, 1):
        try:
            octets = source.blobs.read(digest) if source.blobs else None
        except LgspError:
            octets = None
        if octets is None:
            missing.append(digest)
        else:
            place = folder / BLOBS / digest[:2] / digest
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(octets)
        told(BLOBS, done, len(digests))
    return missing


def _copy_papers(files: Iterable[Path], folder: Path) -> None:
    for file in files:
        place = folder / "configuration" / file.absolute().relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)
        place.chmod(0o600)
