"""What a container says to a stranger, by what the stranger brings along."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.container.contents import COVER, SEAL
from lgsp.container.verification import verify_container
from lgsp.container.zipped import unpack
from lgsp.evidence import Head
from lgsp.model.agency import AgencyCode
from lgsp.store.revocations import Word
from signing import (
    MESSAGE_RULES,
    disclose,
    enclose,
    lengthen,
    sign_enveloped,
    stamped_octets,
)
from tests.builders import DEPARTMENT, a_message, a_status
from tests.containers import NOW, YEARS, World, a_token, a_world, accepted, authority, changed, forged, judged, told

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from typer.testing import Result


@pytest.fixture(scope="module")
def world() -> World:
    return a_world()


def test_a_true_container_proves_sender_seal_receipt_log_and_time_to_a_stranger(world: World) -> None:
    report = judged(world.packed(), world)
    assert report.clean
    proven = told(report, "proven")
    for words in (
        "document.edxml: this is, byte for byte, the document that the receipt speaks of",
        "document.edxml: the whole document is unchanged since it was signed by CN=Đơn vị 000.00.00.H03",
        "META-INF/signatures001.xml: the bus's seal is over exactly the document",
        "receipt.xml: the holder of this certificate signed: accepted 000.00.00.H03,2020/09/24,5123/UBND-KGVX",
        "rows are in the log of",
        "heads/first.tst: CN=Cơ quan cấp dấu thời gian stamped this head",
        "rows.jsonl: the bus recorded history",
        "status delivered",
        "rows.jsonl: the bus recorded report, reported 2020/09/24 09:15:30, reporter 000.00.11.H03, code 03",
    ):
        assert words in proven


def test_to_one_who_trusts_nobody_it_says_that_no_key_is_known_and_contradicts_nothing(world: World) -> None:
    report = judged(world.packed(), world, trusting=False)
    assert report.clean
    unproven = told(report, "unproven")
    assert "the bus's certificate does not lead to an authority that you named" in unproven
    assert "the sender's certificate does not lead to an authority that you named" in unproven
    assert "when: the time stamp does not lead to an authority that you named" in unproven
    assert "leads to an authority" not in told(report, "proven")


def test_without_the_body_what_was_sent_by_whom_and_when_is_still_proven_by_its_digest(world: World) -> None:
    container = world.packed(erased=True)
    assert "document.edxml" not in unpack(container)
    report = judged(container, world)
    assert report.clean
    assert f"seal is over exactly the document with SHA-256 {world.held.digest}" in told(report, "proven")
    assert "rows are in the log of" in told(report, "proven")
    unproven = told(report, "unproven")
    assert "what the document says: it is not in the container" in unproven
    assert "that the sender signed it: the document is not here. The bus's word is 'valid'" in unproven


@pytest.mark.parametrize("octets", [a_status(about="không có"), a_message()], ids=["unsigned status", "message"])
def test_a_status_and_a_message_have_evidence_too(world: World, octets: bytes) -> None:
    key, sender = world.province.key(AgencyCode(DEPARTMENT)), AgencyCode(DEPARTMENT)
    signed = sign_enveloped(octets, key, MESSAGE_RULES) if b"lgsp:message" in octets else octets
    held = world.bus.views.document(accepted(world.bus, signed, sender))
    assert held is not None
    container = replace(world, held=held).packed()
    report = judged(container, world)
    assert report.clean, told(report, "contradicted")
    if signed is octets:
        assert "that the sender signed it: the signature proves nothing (missing" in told(report, "unproven")
    else:
        assert "message.xml: the whole document is unchanged since it was signed by" in told(report, "proven")


def test_the_same_document_exported_twice_is_the_same_but_for_the_signature_over_all(world: World) -> None:
    one, two = unpack(world.packed()), unpack(world.packed())
    one.pop(COVER)
    two.pop(COVER)
    assert list(one.items()) == list(two.items())


def test_after_the_certificates_have_ended_the_time_stamp_still_proves_what_it_covers(world: World) -> None:
    report = judged(world.packed(), world, at=datetime.now(UTC) + YEARS)
    assert report.clean
    proven, unproven = told(report, "proven"), told(report, "unproven")
    assert "document.edxml: the sender's certificate leads to an authority that you named, people, as of" in proven
    assert "signatures001.xml, receipt.xml, heads/first.pem: the bus's certificate leads to" in proven
    # What was signed later than the stamp gains nothing from it.
    assert "signatures002.xml, heads/newest.pem: whose key it is: the bus's certificate has expired" in unproven


def test_without_a_believed_stamp_ended_certificates_prove_nothing(world: World) -> None:
    people = world.anchors[:1]
    report = verify_container(world.packed(), anchors=people, at=datetime.now(UTC) + YEARS)
    assert "the sender's certificate has expired, and no time stamp proves" in told(report, "unproven")


def test_no_certificate_says_that_its_holder_is_the_bus(world: World) -> None:
    assert "that the holder of this certificate is the bus" in told(judged(world.packed(), world), "unproven")
    itself = replace(world.anchors[0], certificates=(world.bus.keys.current().certificate,))
    report = verify_container(world.packed(), anchors=[itself], at=datetime.now(UTC))
    assert "of this certificate is the bus" not in told(report, "unproven")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_witness_sees_that_the_log_has_only_grown_since(world: World, which: int) -> None:
    kept = world.heads[which : which + 1]
    report = judged(world.packed(kept=kept), world, kept=kept)
    assert f"and the one of {kept[0].size} leaves that you kept are one log, only grown" in told(report, "proven")


def test_without_a_proof_of_growth_the_witness_is_told_how_to_get_one(world: World) -> None:
    report = judged(world.packed(), world, kept=world.heads[1:2])
    assert report.clean
    assert "Export it again with that head" in told(report, "unproven")


@pytest.mark.parametrize("which", [0, 2])
def test_a_log_that_forked_is_found_by_the_head_that_a_witness_kept(world: World, which: int) -> None:
    true = world.heads[which]
    other = Head.made(true.size, sha256(b"another past").digest(), world.bus.keys.current(), NOW)
    report = judged(world.packed(kept=[true]), world, kept=[other])
    assert not report.clean
    assert "the bus shows two logs" in told(report, "contradicted")


def test_a_head_that_nobody_signed_is_no_witness(world: World) -> None:
    other = over_another_root(world.heads[2])
    assert "nobody signed the head that you kept" in told(judged(world.packed(), world, kept=[other]), "contradicted")


def over_another_root(head: Head) -> Head:
    """Return a head that says another root, over the signature of this one."""
    text = head.text.replace(f"root: {head.root.hex()}".encode(), f"root: {'0' * 64}".encode())
    return Head(text=text, signature=head.signature, certificate=head.certificate)


def news(world: World, revoked_at: datetime | None, as_of: datetime) -> dict[str, Any]:
    """Return the issuer and its list, on which the sender's certificate stands when `revoked_at` is told."""
    private, issuer = authority()
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(as_of).next_update(as_of + timedelta(days=7))
    if revoked_at:
        serial = world.province.key(world.held.sender).certificate.serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at).build()
        builder = builder.add_revoked_certificate(entry)
    octets = builder.sign(private, SHA256()).public_bytes(Encoding.DER)
    word = Word(source="crl", about="http://127.0.0.1/crl", issuer=issuer, octets=octets, as_of=as_of, until=None)
    return {"issuers": [issuer], "words": [word]}


def test_what_was_known_about_revocation_travels_along_and_is_believed_of_its_issuer_alone(world: World) -> None:
    container = world.packed(**news(world, None, NOW))
    proven = told(judged(container, world), "proven")
    assert "the sender's certificate was not revoked, by what was known at" in proven
    assert "the bus's certificate was not revoked, by what was known at" in proven
    assert "was not revoked, by" not in told(judged(container, world, trusting=False), "proven")


def test_a_certificate_revoked_later_than_the_time_stamp_still_proves_what_it_signed_before(world: World) -> None:
    later = NOW + timedelta(days=1)
    container, at = world.packed(**news(world, later, later)), later + timedelta(days=1)
    assert "the sender's certificate leads to an authority" in told(judged(container, world, at=at), "proven")
    untimed = verify_container(container, anchors=world.anchors[:1], at=at)
    assert "the sender's certificate was revoked" in told(untimed, "unproven")
    assert untimed.clean


def test_a_certificate_revoked_before_the_time_stamp_proves_nothing(world: World) -> None:
    report = judged(world.packed(**news(world, NOW - timedelta(hours=1), NOW)), world)
    assert "the sender's certificate was revoked" in told(report, "unproven")


def test_a_seal_with_a_time_stamp_of_its_own_proves_its_time_without_the_log(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[SEAL] = enclose(lengthen(world.held.seal, stamp=a_token(stamped_octets(world.held.seal))))
        del files["heads/first.tst"]

    report = judged(forged(world, change), world, at=datetime.now(UTC) + YEARS)
    assert report.clean
    assert f"{SEAL}: the document and the seal existed by" in told(report, "proven")
    assert f"{SEAL}: the bus's certificate leads to an authority" in told(report, "proven")


@pytest.mark.parametrize("name", [SEAL, COVER])
def test_signxml_verifies_both_signatures_of_the_container_as_xades(world: World, name: str) -> None:
    files = unpack(world.packed())
    signature = disclose(files[name])
    assert signature is not None
    references = 2 if name == SEAL else len(files)  # every other file, and the signed properties
    results = XAdESVerifier().verify(
        signature,
        x509_cert=world.bus.keys.current().certificate,
        uri_resolver=files.get,
        expect_config=XAdESSignatureConfiguration(expect_references=references),
    )
    assert len(results) == references


def test_every_finding_is_said_in_both_languages(world: World) -> None:
    for report in (judged(world.packed(), world), judged(world.packed()[:-1], world)):
        said = [report.say("en"), report.say("vi")]
        assert all(one.text.en in said[0] and one.text.vi in said[1] for one in report.findings)
        assert all(one.text.en != one.text.vi for one in report.findings)


def test_the_commands_write_and_judge_with_the_right_exit_status(world: World, tmp_path: Path) -> None:
    def lgsp(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["evidence", *map(str, arguments)])

    heads, container = tmp_path / "kept.jsonl", tmp_path / "e.asice"
    heads.write_bytes(b"".join(orjson.dumps(head.facts()) + b"\n" for head in world.heads))
    for identifier in (world.held.dispatch_id, world.held.document_id):
        written = lgsp("export", identifier, "--config", world.province.config, "--head", heads, "--out", container)
        assert (written.exit_code, written.stderr) == (0, "")
    authority = world.province.keys / "authority.crt"
    answer = lgsp("verify", container, "--authority", authority, "--head", heads)
    assert answer.exit_code == 0, answer.stderr
    assert json.loads(answer.stdout)["clean"] is True
    container.write_bytes(changed(container.read_bytes(), 200, 1))
    assert lgsp("verify", container).exit_code == 1
    assert lgsp("verify", container, "--authority", container).exit_code == 1
    missing = lgsp("export", "không có", "--config", world.province.config)
    assert (missing.exit_code, "No document and no refusal has the id" in missing.stderr) == (1, True)
