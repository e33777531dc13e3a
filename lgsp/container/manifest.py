"""The first file of a container: which format it is in, and what it is about. Two lines, and nothing else."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from lgsp.container.contents import MANIFEST
from lgsp.container.words import Broken, Text, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Of the format that is written here and described in docs/reference/container.md.
VERSION: Final = 1
_FIRST_LINE: Final = re.compile(rb"lgsp evidence container ([1-9][0-9]{0,8})\n")


class Subject(StrEnum):
    """What a container is evidence of."""

    DOCUMENT = "document"  # it was accepted
    REFUSAL = "refusal"  # it was not


def manifest(subject: Subject) -> bytes:
    """Return the manifest of a container about `subject`."""
    return f"lgsp evidence container {VERSION}\nabout: {subject}\n".encode()


def read_subject(files: Mapping[str, bytes]) -> Subject:
    """Return what a container is about. Raises Broken; of an unknown version with the weight UNKNOWN."""
    octets = files.get(MANIFEST)
    if octets is None:
        raise Broken(_NO_MANIFEST, file=MANIFEST)
    first = _FIRST_LINE.match(octets)
    if first and int(first[1]) > VERSION:
        raise Broken(_later(int(first[1])), file=MANIFEST, weight=Weight.UNKNOWN)
    for subject in Subject:
        if octets == manifest(subject):
            return subject
    raise Broken(_GARBLED, file=MANIFEST)


def _later(version: int) -> Text:
    return Text(
        f"the container is of version {version}; this program knows version {VERSION} alone and says nothing about it:"
        " verify it with a newer lgsp",
        f"tệp bằng chứng thuộc phiên bản {version}; phần mềm này chỉ hiểu phiên bản {VERSION} nên không kết luận: hãy"
        " kiểm tra bằng lgsp mới hơn",
    )


_NO_MANIFEST: Final = Text("this file is missing", "thiếu tệp này")
_GARBLED: Final = Text("this file is not as the bus writes it", "tệp này không đúng dạng trục ghi")
