from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from cryptography.x509.oid import NameOID
from pyhanko.sign.fields import SigSeedSubFilter

from signing import Authorities, Belief, Reason, Result, make_authority
from signing.pdf import Change, Covers, Examiner, Fault, Level, Part, Role, RoleRule
from tests.keyring import trust
from tests.pdfs import (
    CLOCK,
    ORGAN,
    PERSON,
    a_pdf,
    filled_in,
    holder,
    rewritten,
    signed,
    signed_by_both,
    stamped,
    with_evidence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signing.pdf import Examination, PdfSignature
    from tests.pdfs import Subject

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner() as one:
        yield one


def found(examiner: Examiner, octets: bytes, at: datetime = NOW) -> Examination:
    return examiner.examine(octets, trust(), at)


def only(examiner: Examiner, octets: bytes, at: datetime = NOW) -> PdfSignature:
    examination = found(examiner, octets, at)
    assert examination.fault is None, examination
    (signature,) = examination.signatures
    return signature


def zipped(*entries: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, entry in enumerate(entries):
            archive.writestr(f"../5ccbf32d-{number}.txt", entry)
    return out.getvalue()


def test_a_signature_of_a_trusted_person_over_the_whole_file_is_good(examiner: Examiner) -> None:
    signature = only(examiner, signed(a_pdf()))
    assert signature.good
    assert (signature.result, signature.reason, signature.belief) == (Result.VALID, None, Belief.YES)
    assert (signature.covers, signature.changes, signature.level) == (Covers.FILE, Change.NONE, Level.B_B)
    assert (signature.role, signature.role_by, signature.visible) == (Role.PERSON, "identifier", False)
    assert "Nguyễn Văn Mẫu" in signature.signer
    assert signature.claimed
    assert signature.stamped is None


def test_person_and_organ_who_sign_one_after_the_other_are_told_apart(examiner: Examiner) -> None:
    examination = found(examiner, signed_by_both())
    person, organ = examination.signatures
    assert (person.role, person.covers, person.changes) == (Role.PERSON, Covers.REVISION, Change.SIGNATURES)
    assert (organ.role, organ.covers, organ.changes) == (Role.ORGAN, Covers.FILE, Change.NONE)
    assert person.visible
    assert examination.signed_by(Role.PERSON)
    assert examination.signed_by(Role.ORGAN)


def test_cross_reference_streams_are_read_as_well(examiner: Examiner) -> None:
    assert found(examiner, signed_by_both(a_pdf(stream_xrefs=True))).signed_by(Role.ORGAN)


def test_a_file_without_signatures_has_none_and_no_fault(examiner: Examiner) -> None:
    examination = found(examiner, a_pdf())
    assert (examination.signatures, examination.fault) == ((), None)


def test_one_octet_changed_in_what_was_signed_is_found(examiner: Examiner) -> None:
    octets = signed(a_pdf("Cong van so 5123"))
    signature = only(examiner, octets.replace(b"so 5123", b"so 5124"))
    assert (signature.result, signature.reason, signature.intact) == (Result.INVALID, Reason.MATHEMATICS, False)


def test_a_page_replaced_by_an_update_after_signing_spoils_every_signature(examiner: Examiner) -> None:
    examination = found(examiner, rewritten(signed_by_both()))
    assert [one.reason for one in examination.signatures] == [Reason.ALTERED, Reason.ALTERED]
    assert all(one.intact and one.changes is Change.FORBIDDEN for one in examination.signatures)
    assert not examination.signed_by(Role.PERSON)


def test_a_page_replaced_between_two_signatures_spoils_the_first_alone(examiner: Examiner) -> None:
    examination = found(examiner, signed(rewritten(signed(a_pdf())), holder(ORGAN), "Signature2"))
    assert [one.reason for one in examination.signatures] == [Reason.ALTERED, None]


def test_a_form_field_filled_in_after_signing_spoils_the_signature(examiner: Examiner) -> None:
    signature = only(examiner, filled_in(signed(a_pdf(form=True))))
    assert (signature.reason, signature.changes) == (Reason.ALTERED, Change.FORBIDDEN)


def test_a_signer_whose_authority_nobody_configured_is_right_and_not_believed(examiner: Examiner) -> None:
    stranger = holder(PERSON, issuer=make_authority("CA lạ"))
    signature = only(examiner, signed(a_pdf(), stranger))
    assert (signature.result, signature.belief, signature.good) == (Result.VALID, Belief.NO, False)
    assert signature.reason is Reason.AUTHORITY_UNKNOWN


def test_a_certificate_that_has_ended_since_is_believed_when_a_time_stamp_proves_the_time(examiner: Examiner) -> None:
    later = NOW + timedelta(days=300)
    person = holder(PERSON, days=(-1, 200))
    proven = signed(a_pdf(), person, clock=holder(CLOCK, clock=True, bits=2048))
    assert only(examiner, signed(a_pdf(), person), later).reason is Reason.CERTIFICATE_EXPIRED
    signature = only(examiner, proven, later)
    assert signature.good
    assert signature.level is Level.B_T
    assert signature.stamped is not None
    assert abs(signature.stamped - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("purposes", [{}, {"code": True}, {"code": True, "clock": True}], ids=str)
def test_a_time_stamp_of_somebody_who_is_no_time_authority_proves_no_time(
    examiner: Examiner, purposes: dict[str, bool]
) -> None:
    assert only(examiner, signed(a_pdf(), clock=holder(CLOCK, bits=2048, **purposes))).stamped is None


def test_evidence_and_a_time_stamp_added_later_raise_the_level_and_spoil_nothing(examiner: Examiner) -> None:
    clock = holder(CLOCK, clock=True, bits=2048)
    with_store = with_evidence(signed(a_pdf(), clock=clock))
    lasting = only(examiner, with_store)
    assert (lasting.good, lasting.level, lasting.changes) == (True, Level.B_LT, Change.EVIDENCE)
    signature, stamp = found(examiner, stamped(with_store, clock)).signatures
    assert (signature.good, signature.level, signature.changes) == (True, Level.B_LTA, Change.EVIDENCE)
    assert (stamp.role, stamp.good, stamp.level) == (Role.TIME_STAMP, True, None)
    assert stamp.stamped is not None
    assert not found(examiner, stamped(a_pdf(), clock)).signed_by(Role.PERSON)


def test_a_document_time_stamp_of_somebody_who_is_no_time_authority_is_not_believed(examiner: Examiner) -> None:
    stamp = only(examiner, stamped(a_pdf(), holder(CLOCK, bits=2048)))
    assert (stamp.result, stamp.belief, stamp.reason) == (Result.VALID, Belief.NO, Reason.CERTIFICATE_USAGE)


def test_a_signature_with_sha1_or_a_short_key_is_weak(examiner: Examiner) -> None:
    old = signed(
        a_pdf(), holder(PERSON, bits=2048), md_algorithm="sha1", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    )
    assert (only(examiner, old).result, only(examiner, old).level) == (Result.WEAK, Level.CMS)
    short = only(examiner, signed(a_pdf(), holder(PERSON, bits=1024)))
    assert (short.result, short.reason) == (Result.WEAK, Reason.WEAK_KEY)


@pytest.mark.parametrize(
    ("subject", "role", "by"),
    [
        (((NameOID.COMMON_NAME, "Trần Thị Mẫu"), (NameOID.TITLE, "Phó Chủ tịch")), Role.PERSON, "title"),
        (((NameOID.COMMON_NAME, "Trần Mẫu"), (NameOID.SURNAME, "Trần")), Role.PERSON, "personal-name"),
        (((NameOID.COMMON_NAME, "Sở Nội vụ"),), Role.ORGAN, "common-name"),
        (((NameOID.COMMON_NAME, "Mẫu"), (NameOID.ORGANIZATION_NAME, "Mẫu")), Role.ORGAN, "same-name"),
        (((NameOID.COMMON_NAME, "Trần Thị Mẫu"),), Role.UNKNOWN, ""),
    ],
)
def test_who_signed_is_told_by_the_certificate(examiner: Examiner, subject: Subject, role: Role, by: str) -> None:
    signature = only(examiner, signed(a_pdf(), holder(subject)))
    assert (signature.role, signature.role_by) == (role, by)


def test_the_name_of_the_field_is_asked_last(examiner: Examiner) -> None:
    nobody = holder(((NameOID.COMMON_NAME, "Mẫu"),))
    assert only(examiner, signed(a_pdf(), nobody, "ConDau")).role is Role.ORGAN
    assert only(examiner, signed(a_pdf(), holder(PERSON), "ConDau")).role is Role.PERSON


def test_the_operators_rules_decide_in_their_order() -> None:
    rules = [RoleRule(role=Role.ORGAN, part=Part.COMMON_NAME, pattern="^nguyễn")]
    with Examiner(roles=rules) as examiner:
        assert only(examiner, signed(a_pdf())).role is Role.ORGAN


def test_the_only_entry_of_a_zip_is_opened_whatever_its_name(examiner: Examiner) -> None:
    assert found(examiner, zipped(signed_by_both())).signed_by(Role.ORGAN)


@pytest.mark.parametrize(
    "octets", [b"", b"<edXML/>", zipped(b"a table"), zipped(zipped(a_pdf())), zipped(a_pdf(), a_pdf())]
)
def test_what_is_neither_a_pdf_nor_a_zip_of_one_is_left_alone(examiner: Examiner, octets: bytes) -> None:
    assert found(examiner, octets).fault is Fault.NOT_PDF


def test_nobody_is_believed_without_authorities(examiner: Examiner) -> None:
    examination = examiner.examine(signed(a_pdf()), Authorities(()), NOW)
    assert [one.good for one in examination.signatures] == [False]
