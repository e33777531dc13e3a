"""A folder that the agency's system watches, and another out of which it sends."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.dialect.trouble import misconfigured, unavailable
from lgsp.sdk import Admission, Handover, Kind, Text, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.sdk import Connection, Delivery

_SUFFIX: Final = {Kind.DOCUMENT: "edxml", Kind.STATUS: "status.edxml", Kind.MESSAGE: "message.xml"}
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_LIMIT: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOptions:
    """Where files come and go."""

    #: Folder that gets a file for each delivery: the exact octets. Only whole files have a name without a dot in front.
    incoming: str
    #: Folder in which the agency's system puts envelopes, by renaming finished files into it; fetched files move
    #: into its subfolder `sent`. Empty: nothing is fetched.
    outgoing: str = ""


class Folder:
    """Writes each delivery as a file, and fetches files."""

    def __init__(self, connection: Connection) -> None:
        """Find the folders. Raises Misconfigured when one is not there."""
        wanted = options(FolderOptions, connection)
        place = f"agency {connection.agency.code}, options"
        self._incoming = _folder(wanted.incoming, f"{place}.incoming")
        self._outgoing = _folder(wanted.outgoing, f"{place}.outgoing") if wanted.outgoing else None
        self._open = True

    def deliver(self, delivery: Delivery) -> Handover:
        """Write the octets, whole or not at all; the same delivery again finds its file and leaves it."""
        if not self._open:
            raise unavailable("closed")
        target = self._incoming / file_name(delivery)
        try:
            if not _holds(target, delivery.envelope.octets):
                _write(target, delivery.envelope.octets)
        except OSError as error:
            raise unavailable(f"{target.parent}: {error.strerror}") from error
        return Handover(reference=target.name)

    def collect(self) -> Iterator[bytes]:
        """Yield the files of `outgoing`, oldest first; each moves into `sent` when the next is asked for."""
        if self._outgoing is None:
            return
        try:
            sent = self._outgoing / "sent"
            sent.mkdir(exist_ok=True)
            for waiting in sorted(_files(self._outgoing), key=lambda file: (file.stat().st_mtime_ns, file.name)):
                octets = waiting.read_bytes()
                yield octets
                # The digest keeps an earlier file of the same name from being overwritten.
                waiting.replace(sent / f"{hashlib.sha256(octets).hexdigest()[:12]}-{waiting.name}")
                _settle(sent)
        except OSError as error:
            raise unavailable(f"{self._outgoing}: {error.strerror}") from error

    def close(self) -> None:
        """Take no more."""
        self._open = False


def file_name(delivery: Delivery) -> str:
    """Return the name of a delivery's file: unique by dispatch, ordered by time, with the sender's identifier to read.

    The identifier is the sender's text: only letters, digits, `.`, `_` and `-` of it go into the name. What is only
    for information says so before the ending.
    """
    plain = unicodedata.normalize("NFKD", delivery.envelope.document_id.replace("đ", "d").replace("Đ", "D"))
    ascii_only = plain.encode("ascii", "ignore").decode("ascii")
    readable = _UNSAFE.sub("_", ascii_only).strip("._")[:_NAME_LIMIT]
    dispatch = _UNSAFE.sub("_", delivery.dispatch_id).lstrip(".")
    mark = "" if delivery.admission is Admission.ACCEPT else f".{delivery.admission}"
    return f"{dispatch}-{readable}{mark}.{_SUFFIX[delivery.envelope.kind]}"


def _folder(path: str, place: str) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise misconfigured(place, Text("a folder that exists", "thư mục có thật"), path)
    return folder


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")]


def _holds(target: Path, octets: bytes) -> bool:
    return target.exists() and target.read_bytes() == octets


def _write(target: Path, octets: bytes) -> None:
    hidden = target.with_name(f".{target.name}.part")
    with hidden.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(target)
    _settle(target.parent)


def _settle(folder: Path) -> None:
    """Make renames in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
