"""What a backup says of itself, and whether it is so."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from hashlib import file_digest
from typing import TYPE_CHECKING, Any, Final

import orjson

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME: Final = "manifest.json"
#: Of the form in which backups are written.
FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup is."""

    format: int
    #: The version of lgsp that took it.
    version: str
    #: The moment that it holds, in UTC.
    point: str
    #: `postgresql` or `sqlite`.
    store: str
    revision: str
    documents: int
    #: The evidence log: leaves, entries that were none yet, and the size and root of the newest head.
    leaves: int
    entries: int
    head_size: int
    head_root: str
    #: Blobs that the store refers to and that were not there.
    missing: list[str]
    #: Private files that the configuration names and that are not in here.
    left_out: list[str]
    #: Name -> size and SHA-256.
    files: dict[str, dict[str, Any]]

    def write(self, folder: Path) -> None:
        """Finish a backup."""
        part = folder / f"{NAME}.part"
        part.write_bytes(orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))
        synced(part)
        part.replace(folder / NAME)
        synced(folder)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read it. Raises Misconfigured where the folder is no finished backup."""
        try:
            known = cls(**orjson.loads((folder / NAME).read_bytes()))
        except (OSError, TypeError, ValueError) as error:
            raise not_a_backup(folder, str(error)) from None
        if known.format != FORMAT:
            raise not_a_backup(folder, f"format {known.format}")
        return known


def verify(folder: Path, told: Callable[[int, int], None]) -> tuple[Manifest, list[str]]:
    """Return what a backup is, and a sentence for each thing in it that is not so."""
    known = Manifest.read(folder)
    wrong = missing(known)
    for done, (name, facts) in enumerate(sorted(known.files.items()), 1):
        wrong += _compared(folder / name, name, facts)
        told(done, len(known.files))
    wrong += [f"{name}: is not in the manifest" for name in sorted(names_in(folder) - known.files.keys() - {NAME})]
    return known, wrong


def missing(known: Manifest) -> list[str]:
    """Return a sentence for each document that lay apart and could not be read when the backup was taken."""
    return [f"{digest}: a document that lies apart was missing, or altered" for digest in known.missing]


def names_in(folder: Path) -> set[str]:
    """Return every file below a folder, as the manifest names it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def facts_of(path: Path) -> dict[str, Any]:
    """Return size and SHA-256 of a file, which is on the disk from then on."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return {"size": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def synced(path: Path) -> None:
    """See that a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def not_a_backup(folder: Path, found: str) -> Misconfigured:
    """Return what is raised where a folder is not a finished backup."""
    expected = Text("a finished backup", "một bản sao lưu đã hoàn tất")
    cure = Text("name the folder that `lgsp backup take` made", "hãy chỉ thư mục do `lgsp backup take` tạo")
    return Misconfigured(Problem(element=str(folder), expected=expected, found=found[:200], cure=cure))


def _compared(path: Path, name: str, facts: dict[str, Any]) -> Iterator[str]:
    if not path.is_file():
        yield f"{name}: is gone"
    elif facts_of(path) != facts:
        yield f"{name}: is not as it was written"
