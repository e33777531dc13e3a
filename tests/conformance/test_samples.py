from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from xmlsec import constants

from lgsp.model.envelope import BusinessType, DocumentHeader, Kind, StatusHeader
from lgsp.stages.envelope import read
from lgsp.stages.schema import Schemas
from lgsp.stages.schema.opinion import second_opinion
from lgsp.stages.schema.xsd import schema_at
from lgsp.validation import examine_file
from signing import EDXML_RULES, XMLSEC, Authorities, Result, sign_enveloped
from signing.engine import Both, Finding, Mathematics
from tests.builders import a_document, a_message
from tests.keyring import a_key, a_pair, signed_elsewhere

if TYPE_CHECKING:
    from lgsp.model.text import Text
    from signing.certificates import Holder
    from signing.gate import Claim

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
    assert report.remarks or report.problems
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


def test_an_attachment_that_nobody_can_open_is_refused() -> None:
    octets = (FOLDER / "document_new.edxml").read_bytes().replace(b">JVBERi0", b">!JVBERi0")
    report = examine_file(octets)
    assert report.rules == ("attachment.base64",)
    assert "base64" in report.problems[0].expected.vi


@pytest.mark.parametrize("name", SAMPLES)
def test_two_validators_agree_on_every_sample(name: str) -> None:
    assert second_opinion(read((FOLDER / name).read_bytes())) == ()


def disagreements(octets: bytes) -> tuple[bool, list[Text]]:
    """Return whether the bus takes the octets, and the remarks that name xmlschema."""
    report = examine_file(octets)
    return report.ok, [remark for remark in report.remarks if "xmlschema" in remark.en and "xmlschema" in remark.vi]


def test_where_validators_agree_nothing_is_remarked() -> None:
    assert disagreements(a_document()) == (True, [])
    assert disagreements(a_document(priority=9)) == (False, [])
    assert disagreements(a_message()) == (True, [])


def test_what_only_the_bus_refuses_is_remarked_and_stays_refused() -> None:
    # A no-break space, as it comes along from a word processor: xmlschema takes it for white space, XSD does not.
    octets = a_document().replace(b"<edXML:Priority>1", "<edXML:Priority>1\u00a0".encode())
    ok, (remark,) = disagreements(octets)
    assert not ok
    for said in remark:
        assert "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/OtherInfo/Priority" in said


def test_what_only_another_validator_refuses_is_remarked_and_stays_good() -> None:
    octets = re.sub(rb"(?<=<edXML:Subject>)[^<]+", "\u00a0".encode(), a_document())
    ok, (remark,) = disagreements(octets)
    assert ok
    for said in remark:
        assert "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/Subject" in said
        assert "value length" in said


def test_a_disagreement_about_a_payload_names_its_place_in_the_message() -> None:
    ok, (remark,) = disagreements(a_message().replace(b"1.001234", "\u00a0".encode()))
    assert ok
    assert "Message/Payload/Dossier/Procedure/Code" in remark.vi


def test_the_place_of_one_among_several_is_counted() -> None:
    recipients = "".join(f"<edXML:To><edXML:OrganId>{code}</edXML:OrganId></edXML:To>" for code in ("H01", "\u00a0"))
    (objection,) = (
        second_opinion(read(a_document().replace(b"<edXML:To>", recipients.encode() + b"<edXML:To>", 1))) or ()
    )
    assert objection.element == "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To[2]/OrganId"


def test_a_file_that_another_parser_cannot_read_is_remarked() -> None:
    ok, (remark,) = disagreements(a_document().replace(b"UTF-8", b"utf8", 1))  # a name that XML does not know
    assert ok
    assert "not well-formed" in remark.en


def test_a_document_far_larger_than_any_real_one_gets_no_second_opinion() -> None:
    crowd = b"<edXML:To><edXML:OrganId>H01</edXML:OrganId></edXML:To>" * 3_000
    octets = a_document().replace(b"<edXML:To>", crowd + b"<edXML:To>", 1)
    assert second_opinion(read(octets)) is None
    assert disagreements(octets) == (False, [])


def test_a_second_opinion_fetches_nothing_whatever_the_envelope_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError

    hint = (
        b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:1/x.xsd'
        b' http://www.mic.gov.vn/TBT/QCVN_102_2016 file:///etc/passwd">'
    )
    schema_at.cache_clear()
    monkeypatch.setattr(socket, "socket", refuse)
    assert second_opinion(read(a_document().replace(b"<edXML:Subject>", b"<edXML:Subject" + hint))) == ()


def test_no_process_that_moves_documents_loads_the_second_validator() -> None:
    code = "import lgsp.assembly, lgsp.validation, sys; sys.exit('xmlschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_message_is_examined_too() -> None:
    report = examine_file(a_message())
    assert report.ok
    assert report.facts["payload"] == "{urn:lgsp:dossier:1}Dossier"


def test_an_invalid_signature_is_told_where_every_other_reason_stands() -> None:
    report = examine_file((FOLDER / "document_new_signed_tampered.edxml").read_bytes())

    said = report.to_json()

    assert said["code"] == "LGSP-1300"
    assert said["problems"][0]["element"].endswith("edXMLHeader/Signature")
    assert said["problems"][0]["line"] == 102


def test_the_report_tells_what_two_engines_said_of_the_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = (FOLDER / "document_new_signed_sha256.edxml").read_bytes()
    signed = sign_enveloped(a_document(), a_key(), EDXML_RULES)
    inclusive = signed_elsewhere(a_document(), a_pair(), form=constants.TransformInclC14N)
    said = {name: examine_file(one) for name, one in (("ours", signed), ("sample", octets), ("inclusive", inclusive))}
    engines = {name: report.to_json()["signature"]["engines"] for name, report in said.items()}
    assert engines["ours"] == "agree"
    assert engines["inclusive"] == "one"
    assert "checked by xmlsec alone" in said["inclusive"].say("en")
    monkeypatch.setattr("lgsp.validation.examining.BOTH", Both(XMLSEC, Liar()))
    report = examine_file(signed)
    assert not report.ok
    assert report.to_json()["signature"]["engines"] == "disagree"
    assert "xmlsec: right, liar: wrong (a fault)" in report.say("en")


class Liar:
    """An engine with a fault."""

    name = "liar"

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:
        """Find everything wrong."""
        del claim, holder, octets
        return Finding(Mathematics.WRONG, "a fault")
