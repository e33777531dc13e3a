"""A zip in one form alone: stored, dated 1980, nothing extra.

The same files are the same bytes, and a zip of any other form is refused before a file in it is looked at: what is not
compressed is no bomb, what is compared with how it is written hides nothing.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from lgsp.container.words import Broken, Text
from signing import PLAIN_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: A container is read into memory as a whole.
SIZE_LIMIT_BYTES: Final = 256 << 20
FILES_LIMIT: Final = 8_000

_MIMETYPE: Final = "mimetype"
_TYPE: Final = b"application/vnd.etsi.asic-e+zip"
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_BY_UNIX: Final = 3 << 8 | _VERSION
_READABLE: Final = 0o100644 << 16
_LINK: Final = 0o12  # the kind of a file, in the upper bits of its mode
_DATE: Final = 0x21  # 1 January 1980, the first that a zip can say
_ENCRYPTED: Final = 0x2041


class _Place(NamedTuple):
    """A file as the directory at the end tells it."""

    name: str
    size: int
    crc: int
    offset: int


def pack(files: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield a container with these files in this order, `mimetype` before all."""
    entries: list[bytes] = []
    offset = 0
    for name, octets in {_MIMETYPE: _TYPE, **files}.items():
        place = _Place(name, len(octets), zlib.crc32(octets), offset)
        entries.append(_entry(place))
        local = _local(place)
        yield local
        yield octets
        offset += len(local) + len(octets)
    yield from entries
    size = sum(map(len, entries))
    yield _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), size, offset, 0)


def unpack(container: bytes) -> dict[str, bytes]:
    """Return the files of a container in their order, without `mimetype`. Raises Broken, which names what is wrong.

    Whether a file's octets are the right ones is not asked here, beyond their checksum.
    """
    if len(container) > SIZE_LIMIT_BYTES:
        raise Broken(_too_large(len(container)))
    places = list(_directory(container))
    files: dict[str, bytes] = {}
    end = 0
    for place in places:
        start = end + len(_local(place))
        if place.offset != end or container[end:start] != _local(place):
            raise Broken(_other_header(place.name))
        end = start + place.size
        files[place.name] = container[start:end]
        if zlib.crc32(files[place.name]) != place.crc:
            raise Broken(_ALTERED, file=place.name)
    if container[end : end + 4] not in {b"PK\1\2", b"PK\5\6"} or _directory_of(container)[1] != end:
        raise Broken(_LOOSE)
    if next(iter(files), "") != _MIMETYPE or files.pop(_MIMETYPE) != _TYPE:
        raise Broken(_WRONG_TYPE, file=_MIMETYPE)
    return files


def _local(place: _Place) -> bytes:
    name = place.name.encode()
    sizes = (place.crc, place.size, place.size, len(name), 0)
    return _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, 0, _DATE, *sizes) + name


def _entry(place: _Place) -> bytes:
    name = place.name.encode()
    sizes = (place.crc, place.size, place.size, len(name), 0, 0, 0, 0)
    return _ENTRY.pack(b"PK\1\2", _BY_UNIX, _VERSION, 0, 0, 0, _DATE, *sizes, _READABLE, place.offset) + name


def _directory_of(container: bytes) -> tuple[int, int]:
    """Return how many files there are, and where the directory begins."""
    last = container[-_END.size :]
    if len(last) < _END.size or last[:4] != b"PK\5\6":
        raise Broken(_NO_END)
    _, disk, first_disk, here, total, size, offset, comment = _END.unpack(last)
    if (disk, first_disk, comment, here) != (0, 0, 0, total) or offset + size + _END.size != len(container):
        raise Broken(_LOOSE)
    if total > FILES_LIMIT:
        raise Broken(_TOO_MANY)
    return total, offset


def _directory(container: bytes) -> Iterator[_Place]:
    """Yield what the directory says, once each entry is of the one form."""
    total, at = _directory_of(container)
    seen: set[str] = set()
    for _ in range(total):
        place = _read_entry(container, at, seen)
        seen.add(place.name.casefold())
        at += len(_entry(place))
        yield place
    if at != len(container) - _END.size:
        raise Broken(_LOOSE)


def _read_entry(container: bytes, at: int, seen: set[str]) -> _Place:
    head = container[at : at + _ENTRY.size]
    if len(head) < _ENTRY.size or head[:4] != b"PK\1\2":
        raise Broken(_NO_END)
    (_, _, _, flags, method, _, _, crc, packed, size, length, _, _, _, _, mode, offset) = _ENTRY.unpack(head)
    raw = container[at + _ENTRY.size : at + _ENTRY.size + length]
    name = raw.decode("ascii", "backslashreplace")[:100]
    faults = (
        (not PLAIN_NAME.fullmatch(name), _NAME),
        (name.casefold() in seen, _TWICE),
        (flags & _ENCRYPTED, _SECRET),
        (mode >> 28 == _LINK, _SYMLINK),
        (method or packed != size, _SQUEEZED),
        (size > len(container) or offset > len(container), _BEYOND),
    )
    for wrong, text in faults:
        if wrong:
            raise Broken(text, file=name)
    place = _Place(name, size, crc, offset)
    if container[at : at + len(_entry(place))] != _entry(place):
        raise Broken(_other_header(name))
    return place


def _too_large(size: int) -> Text:
    return Text(
        f"the container has {size:,} bytes; at most {SIZE_LIMIT_BYTES:,} are read",
        f"tệp bằng chứng có {size:,} byte; chỉ đọc tệp không quá {SIZE_LIMIT_BYTES:,} byte",
    )


def _other_header(name: str) -> Text:
    return Text(
        f"at '{name}' the container is not laid out as the bus writes it: it was changed, or packed by another program",
        f"tại '{name}' tệp bằng chứng không đúng cách trục ghi: đã bị sửa, hoặc do phần mềm khác đóng gói lại",
    )


_NO_END: Final = Text(
    "this is no evidence container, or its end is missing: a zip ends with its directory, and this file does not",
    "đây không phải tệp bằng chứng, hoặc tệp bị cắt cụt: tệp zip phải kết thúc bằng danh mục, tệp này thì không",
)
_LOOSE: Final = Text(
    "there are bytes in the container that belong to no file",
    "trong tệp bằng chứng có những byte không thuộc tệp thành phần nào",
)
_TOO_MANY: Final = Text(
    f"there are more than {FILES_LIMIT} files in the container", f"có hơn {FILES_LIMIT} tệp trong tệp bằng chứng"
)
_ALTERED: Final = Text(
    "this file's bytes were changed: they do not have the checksum that the container gives",
    "các byte của tệp này đã bị thay đổi: không khớp với số kiểm tra ghi trong tệp bằng chứng",
)
_WRONG_TYPE: Final = Text(
    f"the first file must be 'mimetype' and hold {_TYPE.decode()}",
    f"tệp đầu tiên phải là 'mimetype' với nội dung {_TYPE.decode()}",
)
_TWICE: Final = Text("two files have this name", "có hai tệp trùng tên này")
_NAME: Final = Text(
    "this file's name is not allowed: it could lead out of the folder, or mean different things to different programs",
    "tên tệp không được phép: có thể dẫn ra ngoài thư mục hoặc được mỗi phần mềm hiểu một cách",
)
_SECRET: Final = Text("this file is encrypted", "tệp này bị mã hóa")
_SYMLINK: Final = Text("this is a link to another file", "đây là liên kết đến một tệp khác")
_SQUEEZED: Final = Text(
    "this file is compressed; in a container every file is stored as it is",
    "tệp này bị nén; trong tệp bằng chứng mọi tệp được để nguyên",
)
_BEYOND: Final = Text(
    "this file claims to be larger than the whole container", "tệp này tự khai lớn hơn cả tệp bằng chứng"
)
