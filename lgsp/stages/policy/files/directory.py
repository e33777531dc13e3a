"""The directory of a zip, read by ourselves: it must not be believed, and must not cost more than it may.

The standard library reads a directory of any size into memory, follows what it says, and forgives what unpackers
elsewhere take in another way. Here one archive means one thing, or it is bad (PKWARE APPNOTE 4.3).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

_END: Final = struct.Struct("<4s4H2LH")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT: Final = 0xFFFF
_LONGEST_NAME: Final = 1024
#: For names, extra fields and comments of an entry, on the average.
_ENTRY_ROOM: Final = 1024
_ZIP_64: Final = 0xFFFFFFFF
_ENCRYPTED: Final = 0x2041
_UTF_8: Final = 0x800
STORED: Final = 0
DEFLATED: Final = 8
_UNIX: Final = 3
#: File types of Unix that a zip of documents may hold: none told, a file, a folder.
_PLAIN_TYPES: Final = frozenset({0, 0o100000, 0o040000})


class Bad(Exception):
    """What is wrong with an archive."""

    def __init__(self, expected: Text, found: str) -> None:
        """Say what would have been right, and what was there."""
        super().__init__(found)
        self.expected = expected
        self.found = found.encode("utf-8", "replace").decode()[:100]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, as the directory describes it."""

    name: str
    #: The name as written; both headers must write it alike.
    written: bytes
    method: int
    packed: int
    size: int
    #: Where its own header stands.
    at: int
    folder: bool


def entries(octets: BinaryIO, limit: int) -> Sequence[Entry]:
    """Return the entries in the order of the directory. Raises Bad for what an honest writer never writes."""
    at, size, count = _end(octets, limit)
    octets.seek(at)
    directory = octets.read(size)
    found: list[Entry] = []
    place = 0
    for _ in range(count):
        entry, place = _entry(directory, place)
        found.append(entry)
    if place != len(directory):
        raise Bad(_READABLE, f"{len(directory) - place} octets after the last entry of the directory")
    _apart(found, at)
    return found


def body_of(octets: BinaryIO, entry: Entry) -> int:
    """Return where the packed octets of an entry begin; its own header must call it as the directory does."""
    octets.seek(entry.at)
    header = octets.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise Bad(_READABLE, f"{entry.name}: no header")
    _, _, _, method, *_, name_size, extra_size = _LOCAL.unpack(header)
    if octets.read(name_size) != entry.written or method != entry.method:
        raise Bad(_READABLE, f"{entry.name}: two names or two methods for one entry")
    return entry.at + _LOCAL.size + int(name_size) + int(extra_size)


def _end(octets: BinaryIO, limit: int) -> tuple[int, int, int]:
    """Return where the directory is, its size and how many entries it has."""
    whole = octets.seek(0, 2)
    octets.seek(max(0, whole - _END.size - _LONGEST_COMMENT))
    tail = octets.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise Bad(_READABLE, "no directory")
    _, disk, first_disk, here, count, size, at, comment = _END.unpack_from(tail, place)
    if _ZIP_64 in {size, at} or tail.rfind(b"PK\x06\x07", 0, place) >= 0:
        raise Bad(Text("an archive of less than 4 GB", "tệp nén dưới 4 GB"), "zip64")
    if count > limit:
        raise Bad(Text(f"at most {limit} entries", f"không quá {limit} tệp con"), str(count))
    end = whole - len(tail) + place
    if disk or first_disk or here != count or at + size != end or place + _END.size + comment != len(tail):
        raise Bad(_READABLE, "a directory that does not fit")
    if size > count * _ENTRY_ROOM:
        raise Bad(_READABLE, f"a directory of {size} octets for {count} entries")
    return at, size, count


def _entry(directory: bytes, place: int) -> tuple[Entry, int]:
    if len(directory) - place < _ENTRY.size or directory[place : place + 4] != b"PK\x01\x02":
        raise Bad(_READABLE, "a broken directory")
    (_, made, _, flags, method, _, _, _, packed, size, name_size, extra, comment, disk, _, attributes, at) = (
        _ENTRY.unpack_from(directory, place)
    )
    start = place + _ENTRY.size
    written = directory[start : start + name_size]
    name = _name(written, flags)
    entry = Entry(name=name, written=written, method=method, packed=packed, size=size, at=at, folder=name.endswith("/"))
    if flags & _ENCRYPTED:
        raise Bad(Text("an archive without a password", "tệp nén không đặt mật khẩu"), name)
    if method not in {STORED, DEFLATED} or (method == STORED and packed != size):
        raise Bad(Text("the usual way of packing (deflate)", "cách nén thông dụng (deflate)"), f"{name}: {method}")
    if made >> 8 == _UNIX and (attributes >> 16) & 0o170000 not in _PLAIN_TYPES:
        raise Bad(Text("files and folders only", "chỉ có tệp và thư mục"), f"{name}: link or device")
    if disk or _ZIP_64 in {packed, size, at} or (entry.folder and size):
        raise Bad(_READABLE, name)
    _harmless(name, name_size)
    return entry, start + name_size + extra + comment


def _harmless(name: str, written: int) -> None:
    """Refuse names that lead out of the folder one unpacks into, on any system."""
    parts = name.replace("\\", "/").split("/")
    outside = ".." in parts or not parts[0] or (len(name) > 1 and name[1] == ":")
    if outside or written > _LONGEST_NAME or any(ord(letter) < ord(" ") for letter in name):
        raise Bad(Text("names that stay in the folder", "tên tệp không dẫn ra ngoài thư mục"), name)


def _name(octets: bytes, flags: int) -> str:
    try:
        return octets.decode("utf-8" if flags & _UTF_8 else "cp437")
    except UnicodeDecodeError:
        raise Bad(_READABLE, "a name that is no UTF-8") from None


def _apart(found: Sequence[Entry], directory: int) -> None:
    """Refuse entries that share octets, which is how a small archive unpacks into a very large one."""
    names = {entry.name for entry in found}
    if len(names) != len(found):
        raise Bad(_READABLE, "two entries of one name")
    ordered = sorted(found, key=lambda entry: entry.at)
    starts = [*(entry.at for entry in ordered), directory]
    for entry, following in zip(ordered, starts[1:], strict=True):
        if entry.at + _LOCAL.size + entry.packed > following:
            raise Bad(_READABLE, f"{entry.name}: entries that share octets")


_READABLE: Final = Text("an archive that everybody reads alike", "tệp nén đúng chuẩn, mọi phần mềm đọc như nhau")
