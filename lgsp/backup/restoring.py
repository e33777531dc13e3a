"""Restoring a backup where there is nothing yet."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from lgsp.backup.dumping import fill
from lgsp.backup.manifest import Manifest, synced, verify
from lgsp.backup.taking import BLOBS, SQLITE_FILE, STORE
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lgsp.backup.taking import Progress
    from lgsp.store import Ledger
    from lgsp.store.points import Points

_AT_ONCE: Final = 500


class Keeping(Protocol):
    """Where large documents are kept."""

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Store octets under their digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a backup is restored."""

    store: Points
    blobs: Keeping | None
    ledger: Ledger
    #: Whether queues are a broker's: what lay in them is not in the store.
    brokered: bool


def restore(folder: Path, target: Target, told: Progress, *, hands: int = 2) -> tuple[Manifest, int]:
    """Make the store, its blobs and what is on its way; return what was restored, and how much is put out again.

    Raises Misconfigured before anything is written: where the backup is not whole, or the target not empty.
    """
    known, wrong = verify(folder, lambda done, total: told("digests", done, total))
    if wrong:
        raise _refused(str(folder), Text("a backup that is whole", "bản sao lưu nguyên vẹn"), wrong[0], _ANOTHER)
    _require_room(known, target)
    told(STORE, 0, 0)
    if known.store == "postgresql":
        fill(target.store.address, folder / STORE, hands)
    else:
        _place(folder / STORE / SQLITE_FILE, target.store.file)
    told(STORE, 1, 1)
    _keep_blobs(folder / BLOBS, target, told)
    target.store.make_ready()
    return known, _put_out_again(known, target, told) if target.brokered else 0


_ANOTHER: Final = Text("take another backup", "hãy dùng bản sao lưu khác")


def _require_room(known: Manifest, target: Target) -> None:
    kind = target.store.kind
    if known.store != kind:
        cure = Text(f"name a {known.store} store", f"hãy chỉ cơ sở dữ liệu {known.store}")
        raise _refused("[store] url", Text(f"a {known.store} store", f"cơ sở dữ liệu {known.store}"), kind, cure)
    if not target.store.is_empty():
        cure = Text("name a new database, or a new file", "hãy chỉ cơ sở dữ liệu mới hoặc tệp mới")
        raise _refused("[store] url", Text("an empty store", "cơ sở dữ liệu trống"), "tables", cure)
    if (folders := [name for name in known.files if name.startswith(f"{BLOBS}/")]) and target.blobs is None:
        cure = Text("set it", "hãy đặt khóa này")
        raise _refused("[blobs] folder", Text("a folder", "một thư mục"), f"{len(folders)} documents", cure)


def _refused(element: str, expected: Text, found: str, cure: Text) -> Misconfigured:
    return Misconfigured(Problem(element=element, expected=expected, found=found, cure=cure))


def _place(file: Path, store: Path) -> None:
    """Put an SQLite store into its place, whole or not at all."""
    store.parent.mkdir(parents=True, exist_ok=True)
    part = store.with_name(f"{store.name}.part")
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
    shutil.copyfile(file, part)
    synced(part)
    part.replace(store)
    synced(store.parent)


def _keep_blobs(folder: Path, target: Target, told: Progress) -> None:
    files = sorted(folder.rglob("*/*")) if target.blobs else []
    for done, file in enumerate(files, 1):
        if target.blobs:
            target.blobs.keep({file.name: file.read_bytes()})
        told(BLOBS, done, len(files))


def _put_out_again(known: Manifest, target: Target, told: Progress) -> int:
    """Let the relay publish once more what lay in the broker's queues: recipients know what they have."""
    again, after = 0, ("", "")
    detail = f"put out again: restored as of {known.point}"
    while page := target.store.in_queues(detail, _AT_ONCE, after):
        target.ledger.record(page)
        again += len(page)
        after = page[-1].dispatch_id, page[-1].recipient
        told("put out again", again, again)
    return again
