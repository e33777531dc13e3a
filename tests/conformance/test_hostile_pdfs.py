"""PDF files made to deceive, to crash or to hang whoever reads them. None may be believed, and none may hurt us."""

from __future__ import annotations

import re
import signal
import time
import zipfile
import zlib
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.crypt import StandardSecurityHandler
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from signing import Reason, Result
from signing.pdf import Change, Covers, Examiner, Fault, PdfLimits, Role
from signing.pdf import examiner as examiners
from tests.keyring import trust
from tests.pdfs import ORGAN, a_pdf, holder, signed, signed_by_both

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from signing.pdf import Examination

NOW = datetime.now(UTC)
GOOD = signed_by_both()


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner(PdfLimits(seconds=10)) as one:
        yield one


def found(examiner: Examiner, octets: bytes) -> Examination:
    return examiner.examine(octets, trust(), NOW)


def a_file(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1, the first its catalog."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    end = b"trailer\n<</Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer.replace(b"@", b"%d" % len(out)),
        len(out),
    )
    return out + head + end


PAGES = b"<</Type/Pages/Kids[]/Count 0>>"


def catalog(fields: bytes) -> bytes:
    return b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields %s>>>>" % fields


def a_bomb() -> bytes:
    packed = zlib.compress(b"\0" * 200_000_000, 1)
    stream = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)
    xrefs = b"".join(
        [b"\0\0\0\0\0", b"\2\0\0\0\2"[:1] + (2).to_bytes(3, "big") + b"\0", b"\1" + (9).to_bytes(3, "big") + b"\0"]
    )
    head = b"%%PDF-1.7\n2 0 obj\n%s\nendobj\n" % stream
    table = b"<</Type/XRef/Size 3/W[1 3 1]/Root 1 0 R/Length %d>>stream\n%s\nendstream" % (len(xrefs), xrefs)
    return head + b"3 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(head))


def zip_bomb(size: int = 100_000_000) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("x", b"%PDF-" + b"\0" * size)
    return out.getvalue()


HOSTILE: dict[str, bytes | Callable[[], bytes]] = {
    "nothing after the header": b"%PDF-1.7\n",
    "the header late": b"x" * 500 + GOOD,
    "an xref table that follows itself": a_file(catalog(b"[]"), PAGES, trailer=b"/Prev @"),
    "arrays in arrays": a_file(catalog(b"[" * 100_000 + b"]" * 100_000), PAGES),
    "dictionaries in dictionaries": a_file(b"<</A " * 50_000 + b">>" * 50_000, PAGES),
    "a field that is its own child": a_file(catalog(b"[3 0 R]"), PAGES, b"<</T(a)/FT/Sig/Kids[3 0 R]/Parent 3 0 R>>"),
    "fields without an end": a_file(
        catalog(b"[3 0 R]"), PAGES, *(b"<</T(a)/FT/Sig/Kids[%d 0 R]>>" % (n + 4) for n in range(3000))
    ),
    "an object that refers to itself": a_file(catalog(b"3 0 R"), PAGES, b"3 0 R"),
    "a signature value that is no signature": a_file(
        catalog(b"[3 0 R]"),
        PAGES,
        b"<</T(a)/FT/Sig/V<</SubFilter/ETSI.CAdES.detached/ByteRange[0 9 12 20]/Contents<3080>>>>>",
    ),
    "a signature value nested without an end": a_file(
        catalog(b"[3 0 R]"),
        PAGES,
        b"<</T(a)/FT/Sig/V<</SubFilter/ETSI.CAdES.detached/ByteRange[0 9 12 20]/Contents<%s>>>>>" % (b"3080" * 50_000),
    ),
    "fields that are numbers": a_file(catalog(b"[1 2 (x) /N null true]"), PAGES),
    "a stream that unpacks to 200 MB": a_bomb,
    "a zip that unpacks to 100 MB": zip_bomb,
    "a zip that is none": b"PK\x03\x04" + b"PK\x05\x06" + b"\0" * 6 + b"\1\0" * 2 + b"\xff" * 10,
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_answered_in_time_and_never_believed(
    examiner: Examiner, octets: bytes | Callable[[], bytes]
) -> None:
    made = octets() if callable(octets) else octets
    began = time.monotonic()
    examination = found(examiner, made)
    assert time.monotonic() - began < 15
    assert not any(signature.good for signature in examination.signatures)
    assert found(examiner, GOOD).signed_by(Role.ORGAN), "the next file is examined as if nothing had been"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(GOOD) - 1), octet=st.integers(0, 255))
def test_no_octet_of_what_the_last_signature_covers_can_be_changed(examiner: Examiner, place: int, octet: int) -> None:
    changed = GOOD[:place] + bytes([octet]) + GOOD[place + 1 :]
    examination = found(examiner, changed)
    if changed != GOOD and not _in_a_hole(place):
        assert not examination.signed_by(Role.ORGAN)


def _in_a_hole(place: int) -> bool:
    """Tell whether an octet belongs to a signature value: some of those are padding, or the case of a letter."""
    *_, (before, after) = [(int(a), int(b)) for a, b in re.findall(rb"/ByteRange \[0 (\d+) (\d+)", GOOD)]
    return before <= place < after


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(end=st.integers(5, len(GOOD) - 10))
def test_a_file_cut_anywhere_shows_no_signature_of_both(examiner: Examiner, end: int) -> None:
    examination = found(examiner, GOOD[:end])
    assert not (examination.signed_by(Role.PERSON) and examination.signed_by(Role.ORGAN))


def test_a_byte_range_with_a_wider_hole_proves_nothing(examiner: Examiner) -> None:
    octets = signed(a_pdf())
    before, after, rest = map(int, re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)", octets)[0])
    old, new = b"[0 %d %d %d" % (before, after, rest), b"[0 %d %d %d" % (before, after + 9, rest - 9)
    (signature,) = found(examiner, octets.replace(old, new)).signatures
    assert (signature.covers, signature.result, signature.reason) == (Covers.PART, Result.INVALID, Reason.COVERAGE)


def test_a_signature_moved_into_a_later_update_proves_nothing_about_what_stands_there(examiner: Examiner) -> None:
    """Signature wrapping: the old value and ByteRange, referred to by a new dictionary, with new content after them."""
    octets = signed(a_pdf())
    writer = IncrementalPdfFileWriter(BytesIO(octets))
    field = writer.root["/AcroForm"]["/Fields"][0].get_object()
    value = field["/V"]
    writer.mark_update(value.container_ref)
    out = BytesIO()
    writer.write(out)
    (signature,) = found(examiner, out.getvalue()).signatures
    assert not signature.good
    assert signature.result is Result.INVALID


def test_octets_after_the_end_that_are_no_revision_change_nothing_and_are_seen(examiner: Examiner) -> None:
    (signature,) = found(examiner, signed(a_pdf()) + b"\n").signatures
    assert (signature.covers, signature.changes) == (Covers.REVISION, Change.NONE)


def test_a_signature_of_a_kind_that_nobody_should_make_any_more_is_named(examiner: Examiner) -> None:
    octets = signed(a_pdf()).replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.sha1    ")
    (signature,) = found(examiner, octets).signatures
    assert (signature.result, signature.reason) == (Result.UNVERIFIABLE, Reason.ALGORITHM)


def test_an_encrypted_file_is_named_so(examiner: Examiner) -> None:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(a_pdf())))
    writer.encrypt("mật khẩu", "của người dùng")
    out = BytesIO()
    writer.write(out)
    assert found(examiner, out.getvalue()).fault is Fault.ENCRYPTED


def test_a_file_that_anybody_may_open_is_examined_though_encrypted(examiner: Examiner) -> None:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(a_pdf())))
    writer._assign_security_handler(StandardSecurityHandler.build_from_pw("của chủ", "", encrypt_metadata=True))
    out = BytesIO()
    writer.write(out)
    assert found(examiner, out.getvalue()).fault is None


def test_more_signatures_than_allowed_are_not_counted() -> None:
    with Examiner(PdfLimits(signatures=1)) as examiner:
        assert found(examiner, GOOD).fault is Fault.TOO_MANY


def test_a_file_larger_than_allowed_is_not_opened() -> None:
    with Examiner(PdfLimits(size_bytes=1000)) as examiner:
        assert found(examiner, GOOD).fault is Fault.TOO_LARGE
        assert examiner._process is None


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_examined() -> None:
    slow = signed(signed(a_pdf(objects=40_000)), holder(ORGAN), "Second")
    with Examiner(PdfLimits(seconds=1)) as examiner:
        began = time.monotonic()
        assert found(examiner, slow).fault is Fault.TIME
        assert time.monotonic() - began < 10
        assert found(examiner, GOOD).signed_by(Role.ORGAN)


def test_a_worker_that_wants_too_much_memory_gets_none_and_the_next_file_is_examined() -> None:
    with Examiner(PdfLimits(memory_bytes=330_000_000, size_bytes=400_000_000)) as examiner:
        assert found(examiner, zip_bomb(300_000_000)).fault is Fault.MEMORY
        assert found(examiner, GOOD).signed_by(Role.ORGAN)


@pytest.mark.parametrize(("kills", "fault"), [(1, None), (2, Fault.CRASHED)])
def test_a_file_is_begun_again_once_when_its_worker_is_killed(
    kills: int, fault: Fault | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange, killed = examiners._exchange, list[int]()

    def killing(process: subprocess.Popen[bytes], octets: bytes) -> bytes:
        if octets != GOOD and len(killed) < kills:
            process.kill()
            killed.append(process.pid)
        return exchange(process, octets)

    with Examiner() as examiner:
        found(examiner, GOOD)
        monkeypatch.setattr(examiners, "_exchange", killing)
        assert found(examiner, signed(a_pdf(objects=200), holder(ORGAN), "Second")).fault is fault
        assert len(set(killed)) == kills
        assert found(examiner, GOOD).signed_by(Role.ORGAN)


def test_a_worker_finishes_its_file_when_everybody_is_told_to_stop(examiner: Examiner) -> None:
    found(examiner, GOOD)
    process = examiner._process
    assert process is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
    assert found(examiner, GOOD).signed_by(Role.ORGAN)
    assert examiner._process is process


def test_a_worker_whose_owner_is_gone_ends(examiner: Examiner) -> None:
    found(examiner, GOOD)
    process = examiner._process
    assert process is not None
    examiner.close()
    assert process.returncode == 0
