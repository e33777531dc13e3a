"""The form of a container: one zip, one signature over files, and no other way to write either."""

from __future__ import annotations

import io
import re
import stat
import string
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.container.words import Broken
from lgsp.container.zipped import SIZE_LIMIT_BYTES, pack, unpack
from signing import PLAIN_NAME, KeyKind, NotSignable, Reason, Result, cover, disclose, verify_cover
from tests.keyring import NOW, a_key, trust

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {"a.txt": b"one", "folder/b.bin": bytes(range(256)), "META-INF/signatures001.xml": b"<x/>"}
_NAMES = st.from_regex(PLAIN_NAME, fullmatch=True).filter(lambda name: len(name) < 60 and name != "mimetype")


def packed(files: dict[str, bytes]) -> bytes:
    return b"".join(pack(files))


def said_of(container: bytes) -> str:
    """Return the file that is named, and the English words."""
    with pytest.raises(Broken) as broken:
        unpack(container)
    finding = broken.value.finding
    return f"{finding.files[0]}: {finding.text.en}"


def rezipped(change: Callable[[zipfile.ZipFile], None], *, keep: bool = True) -> bytes:
    """Return a container written by Python's own zip, changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as zipped:
        for name, octets in ({"mimetype": b"application/vnd.etsi.asic-e+zip", **FILES} if keep else {}).items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100644 << 16
            zipped.writestr(entry, octets)
        change(zipped)
    return written.getvalue()


@given(st.dictionaries(_NAMES, st.binary(max_size=100), max_size=8))
def test_what_is_packed_comes_out_again_in_its_order(files: dict[str, bytes]) -> None:
    if len({name.casefold() for name in files}) < len(files):
        return
    assert list(unpack(packed(files)).items()) == list(files.items())


def test_the_same_files_are_the_same_bytes() -> None:
    assert packed(FILES) == packed(dict(FILES))


def test_any_zip_program_reads_it_and_finds_the_type_first_and_uncompressed() -> None:
    with zipfile.ZipFile(io.BytesIO(packed(FILES))) as zipped:
        assert zipped.testzip() is None
        first = zipped.infolist()[0]
        assert (first.filename, first.compress_type, first.header_offset) == ("mimetype", zipfile.ZIP_STORED, 0)
        assert {name: zipped.read(name) for name in FILES} == FILES
    assert packed(FILES)[30:69] == b"mimetypeapplication/vnd.etsi.asic-e+zip"


def test_a_bomb_is_named_and_never_unpacked() -> None:
    bomb = rezipped(lambda zipped: zipped.writestr("bomb.txt", bytes(100 << 20), zipfile.ZIP_DEFLATED))
    tracemalloc.start()
    try:
        assert "bomb.txt: this file is compressed" in said_of(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "a\\b", "C:a", "a b", ".a", "ư", "a/b/c", "a//b", "a/", "-a"])
def test_a_name_that_could_lead_elsewhere_is_named(name: str) -> None:
    assert "this file's name is not allowed" in said_of(rezipped(lambda zipped: zipped.writestr(name, b"")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["a.txt", "A.TXT", "mimetype"])
def test_a_name_that_comes_twice_is_named(name: str) -> None:
    assert said_of(rezipped(lambda zipped: zipped.writestr(name, b"two"))) == f"{name}: two files have this name"


def test_a_link_is_named() -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link: this is a link" in said_of(rezipped(lambda zipped: zipped.writestr(link, "/etc/passwd")))


def test_an_encrypted_file_is_named() -> None:
    container = bytearray(packed(FILES))
    at = container.index(b"PK\1\2", container.index(b"PK\1\2") + 1)
    container[at + 8] |= 1
    assert said_of(bytes(container)) == "a.txt: this file is encrypted"


def test_a_file_that_claims_to_be_huge_is_named() -> None:
    container = bytearray(packed(FILES))
    at = container.index(b"PK\1\2", container.index(b"PK\1\2") + 1)
    container[at + 20 : at + 28] = b"\xff" * 8
    assert "a.txt: this file claims to be larger" in said_of(bytes(container))


def test_two_entries_cannot_share_their_bytes() -> None:
    container = bytearray(packed({"a.txt": b"same", "b.txt": b"same"}))
    at = container.rindex(b"PK\1\2")
    container[at + 42 : at + 46] = container[container.index(b"PK\1\2") + 42 + 46 + 8 :][:4]
    assert "not laid out as the bus writes it" in said_of(bytes(container))


def test_a_container_that_is_cut_anywhere_is_named() -> None:
    container = packed(FILES)
    for length in range(len(container)):
        assert said_of(container[:length]).startswith("container: ")


@pytest.mark.parametrize("where", ["before", "after"])
def test_bytes_that_belong_to_no_file_are_named(where: str) -> None:
    container = packed(FILES)
    said_of(b"#" + container if where == "before" else container + b"#")


def test_a_comment_is_named() -> None:
    said_of(rezipped(lambda zipped: setattr(zipped, "comment", b"hello")))


def test_a_container_packed_again_by_another_program_is_named() -> None:
    assert "packed by another program" in said_of(rezipped(lambda zipped: zipped.writestr("b.txt", b"dated now")))


@pytest.mark.parametrize("kind", [b"application/vnd.etsi.asic-s+zip", b"application/vnd.etsi.asic-e+zip\n", b""])
def test_another_type_is_named(kind: bytes) -> None:
    right = packed({})
    written = right.replace(b"application/vnd.etsi.asic-e+zip", kind)
    if len(kind) == 31:
        assert said_of(written).startswith("mimetype: ")
    said_of(written)


def test_the_type_must_be_first_and_there() -> None:
    swapped = rezipped(lambda zipped: zipped.writestr("a.txt", b""), keep=False)
    said_of(swapped)
    said_of(rezipped(lambda _: None, keep=False))


def test_more_than_is_read_into_memory_is_named() -> None:
    assert "at most" in said_of(bytes(SIZE_LIMIT_BYTES + 1))


@given(st.binary(max_size=200))
def test_no_octets_make_reading_raise_anything_else(octets: bytes) -> None:
    said_of(octets)
    if octets:
        said_of(octets + packed(FILES))


@pytest.mark.parametrize("kind", KeyKind)
def test_a_signature_over_files_is_right_and_names_its_signer(kind: KeyKind) -> None:
    found = verify_cover(cover(FILES, a_key(kind), NOW), FILES, trust(), NOW)
    assert found.whole
    assert (found.verdict.result, found.verdict.trusted, found.signed) == (Result.VALID, True, NOW)
    assert found.verdict.signer == a_key(kind).certificate.subject.rfc4514_string()


def test_each_file_that_was_changed_taken_out_or_put_in_is_named() -> None:
    signature = cover(FILES, a_key(), NOW)
    other = {**FILES, "a.txt": b"two", "new.txt": b""}
    del other["folder/b.bin"]
    found = verify_cover(signature, other, trust(), NOW)
    assert (found.altered, found.missing, found.uncovered) == (("a.txt",), ("folder/b.bin",), ("new.txt",))
    assert not found.whole


def test_one_changed_byte_anywhere_in_the_signature_makes_it_worthless() -> None:
    signature = cover(FILES, a_key(), NOW)
    for at in range(len(signature)):
        changed = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
        found = verify_cover(changed, FILES, trust(), NOW)
        assert not found.whole, (at, changed[at - 20 : at + 20])


@pytest.mark.parametrize("name", ["a", "ab", "abc"])  # a certificate's base64 ends in each of its three ways
def test_base64_that_says_the_same_in_other_letters_is_not_taken(name: str) -> None:
    signature = cover(FILES, a_key(name=name), NOW)
    letters = (string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/").encode()
    for last in re.finditer(rb"([A-Za-z0-9+/])=+<", signature):
        other = letters[letters.index(last[1]) + 1 : letters.index(last[1]) + 2]  # differs in bits that nobody reads
        changed = signature[: last.start()] + other + signature[last.end(1) :]
        assert not verify_cover(changed, FILES, trust(), NOW).whole, last[0]


@given(st.binary(max_size=300))
def test_no_octets_make_the_signature_raise(octets: bytes) -> None:
    assert verify_cover(octets, FILES, trust(), NOW).verdict.reason is Reason.STRUCTURE


@pytest.mark.parametrize("name", ["../a", "a b", "ư", ""])
def test_no_file_is_signed_under_a_name_that_is_not_plain(name: str) -> None:
    with pytest.raises(NotSignable):
        cover({name: b""}, a_key(), NOW)


def test_what_was_not_enclosed_here_is_not_disclosed() -> None:
    assert disclose(b"<Signature/>") is None


def test_rsa_signs_the_same_files_the_same_way_each_time() -> None:
    key = a_key(KeyKind.RSA_3072)
    assert cover(FILES, key, NOW) == cover(FILES, key, NOW)
