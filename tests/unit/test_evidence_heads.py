"""Heads and rows: what is signed, byte by byte, and who can check it."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.evidence import Head
from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.heads import read_lines
from lgsp.evidence.rows import as_written, canonical, counted, entry, key_of, removal
from signing import KeyKind
from signing.detached import digest_name, verify_detached
from tests.evidence import a_key

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)
ROOT = sha256(b"root").digest()


def _head(kind: KeyKind = KeyKind.P_256) -> Head:
    return Head.made(1234, ROOT, a_key(kind).current(), AT)


def test_a_head_is_a_text_that_people_can_read() -> None:
    assert _head().text.decode() == (
        "lgsp evidence head 2\n"
        "bus: CN=Trục liên thông\n"
        "size: 1234\n"
        f"root: {ROOT.hex()}\n"
        "previous: none\n"
        "time: 2026-11-22T01:02:03.456789Z\n"
    )


@pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.RSA_3072])
def test_openssl_alone_verifies_a_head_and_notices_one_changed_byte(tmp_path: Path, kind: KeyKind) -> None:
    head = _head(kind)
    files = {"head.txt": head.text, "head.sig": head.signature, "head.pem": head.certificate}
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets)
    steps = "openssl x509 -in head.pem -noout -pubkey > head.pub && "
    steps += "openssl dgst -sha256 -verify head.pub -signature head.sig head.txt"
    said = subprocess.run(["sh", "-c", steps], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.strip()) == (0, "Verified OK")
    (tmp_path / "head.txt").write_bytes(head.text.replace(b"1234", b"1235"))
    assert subprocess.run(["sh", "-c", steps], cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_hash_that_openssl_needs_is_told() -> None:
    assert digest_name(a_key().current().certificate) == "sha256"


def test_a_head_survives_being_kept_as_json() -> None:
    head = _head()
    assert read_lines(json.dumps(head.facts()).encode() + b"\n\n") == [head]


@pytest.mark.parametrize("field", ["text", "signature", "certificate"])
def test_a_head_of_which_one_byte_changed_is_not_signed(field: str) -> None:
    head = _head()
    parts = {name: getattr(head, name) for name in ("text", "signature", "certificate")}
    for at in range(0, len(parts[field]), 7):
        if field == "certificate" and parts[field][at : at + 1] == b"\n":
            continue  # white space between the lines of PEM is nothing
        changed = bytearray(parts[field])
        changed[at] ^= 1
        try:
            forged = Head(**{**parts, field: bytes(changed)})
        except ValueError:
            continue  # not a head's text any more
        signer = forged.signed()
        # A certificate whose own signature was changed has the same key: it is not the one that the bus holds.
        assert signer is None or signer != head.signed()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"lgsp evidence head 2\n",
        _head().text + b"more\n",
        _head().text.replace(b"1234", b"01234"),
        _head().text.replace(b"1234", b"-1"),
        _head().text.replace(b"\n", b"\r\n"),
        _head().text.replace(b"root: ", b"root: 00"),
    ],
)
def test_what_is_not_exactly_a_head_s_text_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Head(text=text, signature=b"", certificate=b"")


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"1", b'{"text": 1}', b"{", b'{"text": "x", "signature": "zz"}'])
def test_a_file_without_heads_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_lines(line)


@pytest.mark.parametrize("signature", [b"", b"\x30\x00", bytes(64), bytes(1000)])
def test_what_is_no_signature_verifies_nothing(signature: bytes) -> None:
    for kind in (KeyKind.P_256, KeyKind.RSA_3072):
        assert not verify_detached(signature, b"data", a_key(kind).current().certificate)


_values = st.none() | st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**53), 2**53)


@given(st.sampled_from(Kind), st.data())
def test_canonical_bytes_are_what_any_json_writer_with_sorted_keys_makes(kind: Kind, data: st.DataObject) -> None:
    row: dict[str, Any] = {name: data.draw(_values) for name in FORMS[kind].versions[-1]}
    whole = {**row, "row": kind.value, "v": len(FORMS[kind].versions)}
    written = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert canonical(kind, row) == written


def test_a_row_of_an_older_version_is_still_what_was_written() -> None:
    row: dict[str, Any] = {
        **dict.fromkeys(FORMS[Kind.DISPATCH].versions[-1], ""),
        **FORMS[Kind.DISPATCH].before,
    }
    old = entry(Kind.DISPATCH, row, version=1)["digest"]
    new = entry(Kind.DISPATCH, row)["digest"]
    assert old != new
    for digest in (old, new):
        found = as_written(Kind.DISPATCH, row, counted([digest]))
        assert found is not None
        assert sha256(found[0]).hexdigest() == digest
    assert as_written(Kind.DISPATCH, row, counted(["00"])) is None
    # A field that came later says of an old row what it says of all of them.
    assert as_written(Kind.DISPATCH, {**row, "admission": "hold"}, counted([old])) is None


def test_a_version_holds_all_that_the_one_before_held() -> None:
    for form in FORMS.values():
        for older, newer in pairwise(form.versions):
            assert set(older) < set(newer)
            assert set(newer) - set(older) <= form.before.keys()


def test_what_a_row_is_about_stands_in_every_version_of_it() -> None:
    for form in FORMS.values():
        assert all({*form.about, form.at} - {""} <= set(fields) for fields in form.versions)


@given(st.sampled_from(Kind), st.data())
def test_no_row_looks_like_the_removal_of_one(kind: Kind, data: st.DataObject) -> None:
    row: dict[str, Any] = {name: data.draw(_values) for name in FORMS[kind].versions[-1]}
    assert removal(kind, key_of(kind, row))["digest"] != entry(kind, row)["digest"]


def test_a_value_that_no_table_of_ours_holds_is_other_bytes_and_no_error() -> None:
    row = dict.fromkeys(FORMS[Kind.AGENCY].versions[-1], "")
    assert canonical(Kind.AGENCY, {**row, "name": b"x"}) != canonical(Kind.AGENCY, {**row, "name": "x"})
