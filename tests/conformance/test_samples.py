from __future__ import annotations

import json
from pathlib import Path

import pytest

from lgsp.model.envelope import BusinessType, DocumentHeader, Kind, StatusHeader
from lgsp.stages.envelope import read
from lgsp.stages.schema import Schemas
from lgsp.validation import examine_file
from signing import Authorities, Result
from tests.builders import a_document, a_message

FOLDER = Path(__file__).parent.parent / "samples"
SAMPLES = sorted(path.name for path in FOLDER.glob("*.edxml"))
SCHEMAS = Schemas()
SIGNATURES = {
    "document_new_signed_sha256.edxml": Result.VALID,
    "document_new_signed_legacy_sha1.edxml": Result.WEAK,
    "document_new_signed_tampered.edxml": Result.INVALID,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_follows_its_schema(name: str) -> None:
    SCHEMAS.validate(read((FOLDER / name).read_bytes()))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_good_but_the_one_changed_after_signing(name: str) -> None:
    report = examine_file((FOLDER / name).read_bytes())
    assert report.ok is (name != "document_new_signed_tampered.edxml")
    assert report.verdict is not None
    assert report.verdict.result is SIGNATURES.get(name, Result.ABSENT)
    assert report.kind is (Kind.STATUS if name.startswith("status") else Kind.DOCUMENT)
    assert report.remarks
    json.dumps(report.to_json())
    assert report.say("vi").startswith("Đạt" if report.ok else "Không đạt")
    assert report.say("en").startswith("Good" if report.ok else "Not good")


@pytest.mark.parametrize(
    ("name", "business"),
    [
        ("new", BusinessType.NEW),
        ("reply", BusinessType.NEW),
        ("recall", BusinessType.RECALL),
        ("update", BusinessType.UPDATE),
        ("replace", BusinessType.REPLACE),
    ],
)
def test_what_a_document_does_is_read(name: str, business: BusinessType) -> None:
    header = read((FOLDER / f"document_{name}.edxml").read_bytes()).header
    assert isinstance(header, DocumentHeader)
    assert header.business is business
    assert header.paper is (name == "replace")
    assert [reference.agency for reference in header.responds_to] == (["000.00.11.H03"] if name == "reply" else [])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("status_*.edxml")), ids=lambda path: path.stem)
def test_a_status_says_its_code_and_what_it_is_about(path: Path) -> None:
    envelope = read(path.read_bytes())
    assert isinstance(envelope.header, StatusHeader)
    assert envelope.header.code == path.stem.split("_")[1]
    assert envelope.header.subject.document_id == "000.00.00.H03,2020/09/24,5123/UBND-KGVX"
    flipped = envelope.header.code == "13"
    assert envelope.recipients == (("000.00.11.H03",) if flipped else ("000.00.00.H03",))


def test_a_file_that_is_no_envelope_is_told_so_in_both_languages() -> None:
    report = examine_file(b"%PDF-1.4")
    assert not report.ok
    assert report.kind is None
    assert report.to_json()["code"] == "LGSP-1100"
    assert "LGSP-1100" in report.say("vi")


def test_a_file_against_its_schema_is_told_all_its_problems() -> None:
    octets = a_document(subject="x" * 501, priority=9)
    report = examine_file(octets)
    assert not report.ok
    assert report.to_json()["code"] == "LGSP-1200"
    assert [problem["element"].rpartition("/")[2] for problem in report.to_json()["problems"]] == [
        "Subject",
        "Priority",
    ]


def test_a_signer_whose_authority_is_known_needs_no_remark_about_it() -> None:
    octets = (FOLDER / "document_new_signed_sha256.edxml").read_bytes()
    unknown = examine_file(octets)
    known = examine_file(octets, Authorities.load([FOLDER / "test_signer_cert.pem"]))
    assert unknown.verdict is not None
    assert known.verdict is not None
    assert (unknown.verdict.trusted, known.verdict.trusted) == (False, True)
    assert unknown.remarks
    assert not known.remarks


def test_an_attachment_that_nobody_can_open_is_remarked() -> None:
    octets = (FOLDER / "document_new.edxml").read_bytes().replace(b">JVBERi0", b">!JVBERi0")
    report = examine_file(octets)
    assert report.ok
    assert any("5123_UBND-KGVX.signed.pdf" in remark.vi for remark in report.remarks)


def test_a_message_is_examined_too() -> None:
    report = examine_file(a_message())
    assert report.ok
    assert report.facts["payload"] == "{urn:lgsp:dossier:1}Dossier"
