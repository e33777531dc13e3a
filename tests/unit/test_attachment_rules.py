"""Rules about files: what they are by content, how large, and what an archive may hold."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.errors import PolicyDenied
from lgsp.sdk.writing import File
from lgsp.stages.policy.files import AllowedKinds, AsDeclared, NoPrograms, SafeArchives, WithinSize
from lgsp.stages.policy.files.kinds import KINDS, kind_of
from tests.builders import SENT, a_document
from tests.cheap import cheap
from tests.unit.test_policies_and_routing import believed

if TYPE_CHECKING:
    from lgsp.stages.policy import Policy

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 8
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6)


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            # At a fixed time: what is made here names tests, and every worker must give them the same names.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, method)
    return out.getvalue()


def office(**parts: bytes) -> bytes:
    content = {"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<R/>", "word/document.xml": b"<w/>" * 50}
    return zipped(content | {name.replace("__", "/"): part for name, part in parts.items()})


def objection(policy: Policy, *files: tuple[str, bytes], content_type: str = "application/octet-stream") -> str:
    attachments = [
        File(name=name, content=content, content_id=str(number), content_type=content_type)
        for number, (name, content) in enumerate(files)
    ]
    try:
        policy.check(believed(a_document(attachments=attachments)), SENT)
    except PolicyDenied as denied:
        return denied.say("en") + denied.say("vi")
    return ""


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (OLE, "ole"),
        (office(), "ooxml"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}, zipfile.ZIP_STORED), "odf"),
        (zipped({"a.pdf": PDF}), "zip"),
        (b"{\\rtf1", "rtf"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"II*\0", "tiff"),
        (b"MZ\x90\0", "program"),
        (b"\x7fELF", "program"),
        (b"#!/bin/sh", "program"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        ("Kính gửi".encode(), "text"),
        ("Kính gửi".encode("utf-16"), "text"),
        (b'<?xml version="1.0"?><a/>', "xml"),
        (b'<?xml version="1.0"?><edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">', "edxml"),
        (b"<!DOCTYPE html>", "html"),
        (b"", "empty"),
        (b"\x01\x02\x03", "unknown"),
    ],
)
def test_a_file_is_known_by_its_first_octets(content: bytes, kind: str) -> None:
    assert kind_of(content[:512]) == kind


@given(head=st.binary(max_size=512))
def test_any_octets_are_of_some_kind(head: bytes) -> None:
    assert kind_of(head) in KINDS


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bao_cao.pdf", b"MZ\x90\0" + bytes(100)),
        ("bao_cao.pdf.exe", PDF),
        ("bao_cao.pdf.EXE. ", PDF),
        ("anh.jpg", b"\x7fELF" + bytes(100)),
        ("ghi_chu.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("cai_dat.doc", OLE + bytes(14) + struct.pack("<I", 0) + bytes(460) + bytes(80)
         + bytes.fromhex("84100c0000000000c000000000000046") + bytes(32)),
        ("macro.vbs", b"MsgBox 1"),
    ],
)  # fmt: skip
def test_a_program_is_refused_whatever_it_is_called(name: str, content: bytes) -> None:
    assert "LGSP-1400" in objection(NoPrograms(), (name, content))


def test_ordinary_files_are_no_programs() -> None:
    assert objection(NoPrograms(), ("a.pdf", PDF), ("b.doc", OLE + bytes(2000)), ("c.docx", office())) == ""
    assert objection(NoPrograms(), ("com", b"x")) == ""


def test_kinds_that_are_not_on_the_list_are_named_and_an_unknown_kind_is_the_operator_s_mistake() -> None:
    assert "rar" in objection(AllowedKinds(("pdf", "ooxml")), ("a.rar", b"Rar!\x1a\x07\x01\0"))
    assert objection(AllowedKinds(("pdf",)), ("a.pdf", PDF)) == ""
    with pytest.raises(ValueError, match="word"):
        AllowedKinds(("word",))


@pytest.mark.parametrize(
    ("name", "content", "passes"),
    [
        ("a.pdf", PDF, True),
        ("a.pdf", office(), False),
        ("a.doc", OLE, True),
        ("a.doc", office(), True),  # office programs save one another's formats
        ("a.doc", PDF, False),
        ("a.jpg", b"\x89PNG\r\n\x1a\n", False),
        ("a.la", b"anything", True),
        ("a.csv", zipped({"5ccbf32d-1c5a-4a3e-9d53-2f2f6f6f6f6f.csv": b"a,b\n1,2\n"}), True),  # one vendor's library
        ("a.csv", zipped({"a": b"a,b", "b": b"c,d"}), False),
        ("a.doc", zipped({"5ccbf32d.edxml": b'<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"/>'}), False),
    ],
)
def test_content_that_is_not_what_the_name_says_is_told(name: str, content: bytes, passes: bool) -> None:  # noqa: FBT001
    assert (objection(AsDeclared(), (name, content)) == "") is passes


def test_where_the_name_says_nothing_the_type_counts() -> None:
    assert "pdf" in objection(AsDeclared(), ("van_ban", b"\x89PNG\r\n\x1a\n"), content_type="application/pdf")


def test_too_large_and_too_many_files_are_refused() -> None:
    assert objection(WithinSize(file_limit_bytes=2048), ("a.pdf", PDF[:2048])) == ""
    assert "0.0 MB" in objection(WithinSize(file_limit_bytes=2047), ("a.pdf", PDF[:2048]))
    assert "at most 1 attachments" in objection(WithinSize(files_limit=1), ("a.pdf", PDF), ("b.pdf", PDF))


def patched(archive: bytes, what: bytes, by: bytes, count: int = -1) -> bytes:
    assert what in archive
    return archive.replace(what, by, count)


def lying(real: bytes, claimed: int) -> bytes:
    """Return a zip whose one entry unpacks to more than both its headers claim, with a fitting checksum."""
    archive = zipped({"a.txt": real})
    size, crc = struct.pack("<L", len(real)), struct.pack("<L", zlib.crc32(real))
    fixed = patched(archive, size, struct.pack("<L", claimed))
    return patched(fixed, crc, struct.pack("<L", zlib.crc32(real[:claimed])))


def overlapping(count: int) -> bytes:
    """Return a zip whose directory names the same packed octets many times."""
    archive = zipped({"0": bytes(100_000)})
    start = archive.index(b"PK\x01\x02")
    end = archive.index(b"PK\x05\x06")
    entry = archive[start:end]
    entries = b"".join(entry[:46] + bytes([65 + n % 26]) + entry[47:] for n in range(count))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)
    return archive[:start] + entries + tail


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("lien_ket")
        info.create_system = 3
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (zipped({"a.txt": bytes(30_000_000)}), "packed at most 100 times"),
        (zipped({f"{n}.txt": bytes(1_000_000) for n in range(200)}), "128 MB"),
        (lying(bytes(150_000_000), 100_000), "entries that are what the directory says"),
        (lying(b"ab" * 500, 300), "entries that are what the directory says"),
        (overlapping(20), "everybody reads alike"),
        (zipped({str(n): b"" for n in range(1001)}), "at most 1000 entries"),
        (zipped({"../../etc/passwd": b"x"}), "stay in the folder"),
        (zipped({"/etc/passwd": b"x"}), "stay in the folder"),
        (zipped({"C:\\Windows\\a.txt": b"x"}), "stay in the folder"),
        (zipped({"a\\..\\..\\b": b"x"}), "stay in the folder"),
        (patched(zipped({"a.txtXb": b"x"}), b"a.txtXb", b"a.txt\0b"), "stay in the folder"),
        (linked(), "files and folders only"),
        (zipped({"trong.zip": zipped({"a.txt": b"x"})}), "no archive inside"),
        (zipped({"anh.jpg": zipped({"a.txt": b"x"})}), "no archive inside"),
        (zipped({"trong.rar": b"Rar!\x1a\x07\x01\0"}), "no archive inside"),
        (zipped({"bao_cao.pdf": b"MZ\x90\0"}), "no program"),
        (zipped({"cai_dat.exe": b"x"}), "no program"),
        (office(word__embeddings__ole1__bin=b"MZ\x90\0"), "no program"),
        (zipped({"van_ban.docx": office(word__a__xml=bytes(30_000_000))}), "packed at most 100 times"),
        (patched(zipped({"a.txt": b"x" * 99}), b"\x14\0\0\0\x08\0", b"\x14\0\x01\0\x08\0"), "without a password"),
        (zipped({"a.txt": b"x" * 99}, zipfile.ZIP_BZIP2), "deflate"),
        (patched(zipped({"a.txt": b"x"}), b"a.txt", b"b.txt", 1), "everybody reads alike"),
        (zipped({"a.txt": b"x"}) + b"after it", "everybody reads alike"),
        (zipped({"a.txt": b"x"})[:-30], "everybody reads alike"),
        (b"PK\x03\x04" + bytes(500), "everybody reads alike"),
    ],
)  # fmt: skip
def test_an_archive_that_could_harm_is_refused_and_told_why(archive: bytes, said: str) -> None:
    with cheap(2):
        assert said in objection(SafeArchives(), ("ho_so.zip", archive))


@pytest.mark.parametrize(
    "archive",
    [
        office(),
        office(word__media__image1__png=b"\x89PNG\r\n\x1a\n" * 1000),
        zipped({"5ccbf32d-1c5a-4a3e-9d53-2f2f6f6f6f6f.txt": b"x" * 1000}),
        zipped({"Hồ sơ/Công văn số 12.pdf": PDF, "Hồ sơ/Phụ lục.docx": office(), "Hồ sơ/": b""}),
        zipped({"trong.txt": b"v\xc4\x83n b\xe1\xba\xa3n " * 60_000}),
        zipped({"a.pdf": bytes(range(256)) * 4000}, zipfile.ZIP_STORED),
        zipped({}),
    ],
)
def test_an_archive_of_ordinary_documents_passes(archive: bytes) -> None:
    assert objection(SafeArchives(), ("ho_so.zip", archive)) == ""


def test_an_operator_may_allow_archives_in_archives() -> None:
    nested = zipped({"trong.zip": zipped({"a.txt": b"x"})})
    assert objection(SafeArchives(nesting=1), ("a.zip", nested)) == ""
    assert objection(SafeArchives(nesting=1), ("a.zip", zipped({"b.zip": nested}))) != ""


@given(
    archive=st.dictionaries(st.text("abcđ/.", min_size=1, max_size=8), st.binary(max_size=300), max_size=4).map(zipped),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 50),
)
def test_a_broken_archive_is_judged_and_never_an_accident(
    archive: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    broken = bytearray(archive[: len(archive) - cut] if cut < 20 else archive)
    for at, value in changes:
        if broken:
            broken[at % len(broken)] = value
    for policy in (SafeArchives(), AsDeclared(), NoPrograms()):
        objection(policy, ("a.csv", bytes(broken)))


@given(content=st.binary(max_size=200_000) | st.integers(0, 900_000).map(bytes))
def test_what_an_honest_archive_holds_is_unpacked_to_its_last_octet(content: bytes) -> None:
    limits = {"size_bytes": 1_000_000, "ratio": 2000}
    assert objection(SafeArchives(**limits), ("a.zip", zipped({"a.bin": b"x" + content}))) == ""
