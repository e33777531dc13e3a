"""Rules about what a file is, by its content."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, Final

from lgsp.model.errors import PolicyDenied
from lgsp.model.text import Text
from lgsp.stages.policy.files.archives import first_entry
from lgsp.stages.policy.files.kinds import CALLED, KINDS, PROGRAM_NAMES, TYPED, extension, kind_of
from lgsp.stages.policy.files.looking import about, files
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.envelope import Attachment, Verified
    from lgsp.model.errors import Problem

_SECURITY: Final = Text(
    "Decision 28/2018/QĐ-TTg, Art. 13 (security of the exchange)",
    "Quyết định 28/2018/QĐ-TTg, Điều 13 (bảo đảm an toàn, an ninh)",
)
_INTEGRITY: Final = Text(
    "Decision 28/2018/QĐ-TTg, Art. 9(1) (the receiver checks completeness and integrity)",
    "Quyết định 28/2018/QĐ-TTg, Điều 9 khoản 1 (bên nhận kiểm tra tính đầy đủ, toàn vẹn)",
)
#: The class identifier of Windows installers, as it stands in the root entry of an OLE file.
_INSTALLER: Final = bytes.fromhex("84100c0000000000c000000000000046")
_SECTOR_LARGEST: Final = 12


class NoPrograms:
    """No attachment is a program."""

    sentence: Final = Text(
        "An attachment is no program, whatever it is called.", "Tệp đính kèm không được là chương trình, dù đặt tên gì."
    )
    source: Final = _SECURITY
    mode: Final = Mode.REFUSE

    def check(self, verified: Verified, at: datetime) -> None:
        """Look at names and first octets."""
        del at
        problems = [
            about(place, file, _NO_PROGRAM, said)
            for place, file, head in files(verified.envelope)
            if (said := _program(file, head))
        ]
        if problems:
            raise PolicyDenied(problems)


_NO_PROGRAM: Final = Text(
    "a file for people to read, no program, script or shortcut",
    "tệp để người đọc, không phải chương trình, tập lệnh hay lối tắt",
)


def _program(file: Attachment, head: bytes) -> str:
    if extension(file.name) in PROGRAM_NAMES and "." in file.name:
        return f".{extension(file.name)}"
    kind = kind_of(head)
    if kind == "ole":
        with file.content.open() as octets:
            return "installer" if _installs(octets, head) else ""
    return kind if kind == "program" else ""


def _installs(octets: BinaryIO, head: bytes) -> bool:
    """Tell whether an OLE file is a Windows installer: by the class of its root entry."""
    if len(head) < 52 or (power := head[30]) > _SECTOR_LARGEST:  # noqa: PLR2004 - the header that [MS-CFB] describes
        return False
    (sector,) = struct.unpack_from("<I", head, 48)
    octets.seek((sector + 1) << power)
    return octets.read(128)[80:96] == _INSTALLER


class AllowedKinds:
    """Only kinds of files that every agency can open travel."""

    sentence: Final = Text(
        "An attachment is of a kind that every agency can open.", "Tệp đính kèm thuộc loại mà mọi đơn vị mở được."
    )
    source: Final = Text("the operator's list, [rules] file_kinds", "danh sách của đơn vị vận hành, [rules] file_kinds")
    mode: Final = Mode.REMARK

    def __init__(self, kinds: tuple[str, ...] = ()) -> None:
        """Take the kinds that may travel; none named: all. Raises ValueError for one that is not known."""
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise ValueError(f"unknown kinds of files: {', '.join(unknown)}; known are {', '.join(KINDS)}")
        self._kinds = frozenset(kinds or KINDS)
        named = ", ".join(kinds)
        self._expected = Text(f"one of {named}", f"một trong các loại {named}")

    def check(self, verified: Verified, at: datetime) -> None:
        """Look at first octets."""
        del at
        problems = [
            about(place, file, self._expected, kind)
            for place, file, head in files(verified.envelope)
            if (kind := kind_of(head)) not in self._kinds
        ]
        if problems:
            raise PolicyDenied(problems)


class AsDeclared:
    """A file is what its name and type say."""

    sentence: Final = Text(
        "The content of an attachment is what its name and its type say.",
        "Nội dung tệp đính kèm đúng với tên tệp và kiểu tệp đã khai.",
    )
    source: Final = _INTEGRITY
    mode: Final = Mode.REMARK

    def check(self, verified: Verified, at: datetime) -> None:
        """Compare; where one vendor's library zipped what it did not know, its only entry is what counts."""
        del at
        problems = [
            problem
            for place, file, head in files(verified.envelope)
            if (problem := _misdeclared(place, file, head)) is not None
        ]
        if problems:
            raise PolicyDenied(problems)


def _misdeclared(place: str, file: Attachment, head: bytes) -> Problem | None:
    called = extension(file.name)
    wanted = CALLED.get(called) or TYPED.get(file.content_type.strip().lower())
    kind = kind_of(head)
    if wanted is None or kind in wanted:
        return None
    if kind == "zip":
        with file.content.open() as octets:
            inner = first_entry(octets)
        if inner is not None and kind_of(inner) in wanted:
            return None
        kind = "zip" if inner is None else f"zip with {kind_of(inner)}"
    said = called if called in CALLED else file.content_type
    return about(
        place,
        file,
        Text(f"what '{said}' says: {_either(wanted, 'or')}", f"đúng như '{said}': {_either(wanted, 'hoặc')}"),
        kind,
        Text("give the file its right name and type", "đặt đúng tên và kiểu tệp"),
    )


def _either(kinds: frozenset[str], word: str) -> str:
    return f" {word} ".join(sorted(kinds))
