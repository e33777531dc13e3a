"""Zip files by their content: nothing that harms who unpacks them.

Office documents are zips too and are looked at alike. Everything is bounded before it is done: the directory is
measured before it is read, entries are counted before they are opened, and what is unpacked is thrown away at once and
never more than the limit, whatever the archive says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from lgsp.model.errors import MalformedEnvelope, PolicyDenied
from lgsp.model.text import Text
from lgsp.stages.policy.files.directory import Bad, Entry, entries
from lgsp.stages.policy.files.kinds import OPAQUE, PROGRAM_NAMES, extension, kind_of
from lgsp.stages.policy.files.looking import about, files
from lgsp.stages.policy.files.unpacking import DENSEST, Unpacking
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from lgsp.model.envelope import Attachment, Verified
    from lgsp.model.errors import Problem

_ZIPS: Final = frozenset({"zip", "ooxml", "odf"})
_OFFICE: Final = frozenset({"ooxml", "odf"})
#: An entry that claims less than this may be as dense as it likes: a form of blanks, an empty sheet.
_SMALL: Final = 1024 * 1024
#: How deep office documents may stand in one another, or in a zip.
_DEEPEST: Final = 3
#: A zip with one file may have a folder for it.
_FEW: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """How much an archive may hold."""

    #: Entries, folders counted.
    entries: int = 1000
    #: Octets of all entries together, unpacked; of all archives of one document, those inside inner documents too.
    size_bytes: int = 128 * 1024 * 1024
    #: How many times larger than packed an entry of more than a megabyte may be.
    ratio: int = 100
    #: How many archives may stand inside one another; office documents do not count.
    nesting: int = 0


class SafeArchives:
    """An archive harms nobody who unpacks it."""

    sentence: Final = Text(
        "An archive can be unpacked by anybody without harm: no bomb, no password, no archive in the archive, no name "
        "that leads out of the folder, no link, no program.",
        "Tệp nén phải giải nén được an toàn: không phải bom nén, không đặt mật khẩu, không lồng tệp nén, không có tên "
        "tệp dẫn ra ngoài thư mục, không có liên kết, không có chương trình.",
    )
    source: Final = Text(
        "Decision 28/2018/QĐ-TTg, Art. 13 (security of the exchange)",
        "Quyết định 28/2018/QĐ-TTg, Điều 13 (bảo đảm an toàn, an ninh)",
    )
    mode: Final = Mode.REFUSE

    def __init__(self, **limits: int) -> None:
        """Take the limits, as ArchiveLimits names them."""
        self._limits = ArchiveLimits(**limits)

    def check(self, verified: Verified, at: datetime) -> None:
        """Open what is a zip by its content; name the first flaw of each."""
        del at
        problems = []
        unpacking = Unpacking(self._limits.size_bytes)
        for place, file, head in files(verified.envelope):
            kind = kind_of(head)
            if kind in _ZIPS and (problem := self._problem(place, file, kind, unpacking)) is not None:
                problems.append(problem)
        if problems:
            raise PolicyDenied(problems)

    def _problem(self, place: str, file: Attachment, kind: str, unpacking: Unpacking) -> Problem | None:
        try:
            with file.content.open() as octets:
                self._examine(octets, kind, unpacking, archives=0, depth=1)
        except Bad as flaw:
            return about(place, file, flaw.expected, flaw.found, _REPACK)
        except MalformedEnvelope:
            return None  # no base64: nobody can open it
        return None

    def _examine(self, octets: BinaryIO, kind: str, unpacking: Unpacking, *, archives: int, depth: int) -> None:
        """Raise Bad for the first flaw."""
        found = entries(octets, self._limits.entries)
        self._claims(found)
        # Densely as deflate can pack, so much may be in there whatever is claimed: then see.
        doubtful = sum(entry.packed for entry in found) * DENSEST > self._limits.size_bytes
        for entry in found:
            if entry.folder:
                continue
            if kind == "zip" and extension(entry.name) in PROGRAM_NAMES and "." in entry.name:
                raise Bad(_NO_PROGRAM, entry.name)
            if doubtful or kind == "zip" or "embed" in entry.name.lower():
                self._open(octets, entry, unpacking, archives=archives, depth=depth, whole=doubtful)

    def _open(
        self, octets: BinaryIO, entry: Entry, unpacking: Unpacking, *, archives: int, depth: int, whole: bool
    ) -> None:
        inner = kind_of(unpacking.head(octets, entry))
        if inner == "program":
            raise Bad(_NO_PROGRAM, entry.name)
        archive = inner == "zip" or inner in OPAQUE
        if archive and archives >= self._limits.nesting:
            raise Bad(_NOT_NESTED, entry.name)
        if inner in _ZIPS:
            if depth >= _DEEPEST + self._limits.nesting:
                raise Bad(_NOT_NESTED, entry.name)
            within = unpacking.held(octets, entry)
            self._examine(within, inner, unpacking, archives=archives + archive, depth=depth + 1)
        elif whole:
            unpacking.through(octets, entry)

    def _claims(self, found: Iterable[Entry]) -> None:
        """Judge what the directory claims of sizes."""
        total = 0
        for entry in found:
            total += entry.size
            if total > self._limits.size_bytes:
                most = f"{self._limits.size_bytes / _SMALL:g} MB"
                raise Bad(Text(f"at most {most} unpacked", f"giải nén không quá {most}"), f"{total / _SMALL:.0f} MB")
            if entry.size > max(_SMALL, entry.packed * self._limits.ratio):
                times = self._limits.ratio
                raise Bad(
                    Text(f"entries packed at most {times} times", f"tệp con nén không quá {times} lần"),
                    f"{entry.name}: {entry.packed} → {entry.size}",
                )


def first_entry(octets: BinaryIO) -> bytes | None:
    """Return the first octets of the only file in a zip; None when it holds several, or is none."""
    try:
        found = [entry for entry in entries(octets, _FEW) if not entry.folder]
        return Unpacking(_SMALL).head(octets, found[0]) if len(found) == 1 else None
    except (Bad, MalformedEnvelope):
        return None


_NO_PROGRAM: Final = Text("no program inside", "bên trong không có chương trình")
_NOT_NESTED: Final = Text("no archive inside the archive", "không lồng tệp nén trong tệp nén")
_REPACK: Final = Text("attach the files themselves, without packing them", "đính kèm trực tiếp các tệp, không nén")
