"""What a container says to a stranger: true ones, changed ones, forged ones."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.container.contents import COVER, FIRST, NEWEST, RECEIPT, ROWS, SEAL
from lgsp.container.log import head_files
from lgsp.container.verification import verify_container
from lgsp.container.zipped import pack, unpack
from lgsp.evidence import Head
from lgsp.model.agency import AgencyCode
from lgsp.store.revocations import Word
from signing import (
    MESSAGE_RULES,
    KeyKind,
    cover,
    enclose,
    lengthen,
    seal,
    sign_canonical,
    sign_enveloped,
    stamped_octets,
)
from tests.builders import DEPARTMENT, a_document, a_message, a_status
from tests.containers import NOW, World, a_token, a_world, accepted, authority
from tests.keyring import a_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from typer.testing import Result

    from lgsp.container.words import Report

YEARS = timedelta(days=365 * 30)


@pytest.fixture(scope="module")
def world() -> World:
    return a_world()


def judged(container: bytes, world: World, *, trusting: bool = True, at: datetime | None = None, **kept: Any) -> Report:
    anchors = world.anchors if trusting else ()
    return verify_container(container, anchors=anchors, at=at or datetime.now(UTC), **kept)


def told(report: Report, weight: str) -> str:
    """Return what is said under one heading, a line each."""
    return "\n".join(f"{', '.join(one.files)}: {one.text.en}" for one in report.findings if one.weight == weight)


def forged(world: World, change: Callable[[dict[str, bytes]], None], **more: Any) -> bytes:
    """Return the container changed by one who holds the bus's own key: every checksum and the cover fit again."""
    files = unpack(world.packed(**more))
    del files[COVER]
    change(files)
    return b"".join(pack({**files, COVER: cover(files, world.bus.keys.current(), NOW)}))


def test_a_true_container_proves_sender_seal_receipt_log_and_time_to_a_stranger(world: World) -> None:
    report = judged(world.packed(), world)
    assert report.clean
    proven = told(report, "proven")
    for words in (
        "document.edxml: this is, byte for byte, the document that the receipt speaks of",
        "document.edxml: the whole document is unchanged since it was signed by CN=Đơn vị 000.00.00.H03",
        "META-INF/signatures001.xml: the bus's seal is over exactly the document",
        "receipt.xml: the holder of this certificate signed: accepted 000.00.00.H03,2020/09/24,5123/UBND-KGVX",
        "proofs.txt: 5 rows are in the log of 7 leaves",
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
    assert "5 rows are in the log" in told(report, "proven")
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
    other = replace_text(world.heads[2], size=7)
    assert "nobody signed the head that you kept" in told(judged(world.packed(), world, kept=[other]), "contradicted")


def replace_text(head: Head, size: int) -> Head:
    """Return a head that says that size, over the signature of another."""
    text = head.text.replace(f"root: {head.root.hex()}".encode(), f"root: {'0' * 64}".encode())
    assert head.size == size
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


def _changed(container: bytes, at: int, mask: int) -> bytes:
    return container[:at] + bytes([container[at] ^ mask]) + container[at + 1 :]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_one_changed_byte_anywhere_is_found_and_its_file_named(world: World, data: st.DataObject) -> None:
    container = _once(world)
    at = data.draw(st.integers(0, len(container) - 1))
    report = judged(_changed(container, at, data.draw(st.integers(1, 255))), world, trusting=False)
    assert not report.clean
    contradicted = told(report, "contradicted")
    name = _file_at(container, at)
    assert f"{name}: " in contradicted or (name == "container" and contradicted), (name, contradicted)


@pytest.mark.parametrize("name", sorted({*unpack(a_world().packed())} - {COVER}))
def test_a_changed_file_is_named_even_when_its_checksum_was_made_to_fit(world: World, name: str) -> None:
    files = unpack(_once(world))
    at = random.Random(name).randrange(len(files[name]))
    files[name] = _changed(files[name], at, 1)
    report = judged(b"".join(pack(files)), world, trusting=False)
    assert f"{name}: this file was changed after it was packed" in told(report, "contradicted")


_kept: list[bytes] = []


def _once(world: World) -> bytes:
    if not _kept:
        _kept.append(world.packed())
    return _kept[0]


def _file_at(container: bytes, at: int) -> str:
    """Return the file whose octets stand there, or `container` for what is the zip's own."""
    for name, octets in {"mimetype": b"application/vnd.etsi.asic-e+zip", **unpack(container)}.items():
        start = container.index(name.encode() + octets) + len(name)
        if start <= at < start + len(octets):
            return name
    return "container"


def _drop(name: str) -> Callable[[dict[str, bytes]], None]:
    def drop(files: dict[str, bytes]) -> None:
        del files[name]

    return drop


@pytest.mark.parametrize("name", [RECEIPT, SEAL, ROWS, "proofs.txt", f"{NEWEST}.sig", f"{NEWEST}.pem"])
def test_a_file_that_was_left_out_is_named(world: World, name: str) -> None:
    assert f"{name}: this file is missing" in told(judged(forged(world, _drop(name)), world), "contradicted")


def test_a_file_taken_out_put_in_or_renamed_is_named(world: World) -> None:
    files = unpack(world.packed())
    receipt = files.pop(RECEIPT)
    contradicted = told(judged(b"".join(pack({**files, "quittance.xml": receipt})), world), "contradicted")
    assert "receipt.xml: this file was packed and has been taken out" in contradicted
    assert "quittance.xml: nobody signed for this file" in contradicted


def test_another_order_of_the_files_changes_nothing_that_is_proven(world: World) -> None:
    files = unpack(world.packed())
    again = b"".join(pack(dict(sorted(files.items()))))
    assert told(judged(again, world), "proven") == told(judged(b"".join(pack(files)), world), "proven")


def test_a_container_without_the_signature_over_all_is_not_clean(world: World) -> None:
    files = unpack(world.packed())
    del files[COVER]
    assert f"{COVER}: this file is missing" in told(judged(b"".join(pack(files)), world), "contradicted")


def test_a_row_that_the_bus_changed_afterwards_no_longer_leads_to_the_head(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[ROWS] = files[ROWS].replace(b'"status":"delivered"', b'"status":"refused"')

    assert "is not in the log that the head speaks of" in told(judged(forged(world, change), world), "contradicted")


def test_a_row_with_a_key_twice_is_not_read(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[ROWS] = files[ROWS].replace(b'"attempt":1', b'"attempt":0,"attempt":1', 1)

    assert f"{ROWS}: this file is not as the bus writes it" in told(
        judged(forged(world, change), world), "contradicted"
    )


def test_a_row_about_another_document_is_named(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        alien = orjson.dumps({"dispatch_id": "f" * 32, "row": "history"}, option=orjson.OPT_SORT_KEYS)
        files[ROWS] += alien + b"\n"
        files["proofs.txt"] += b"-\n"

    assert "this row is about another document" in told(judged(forged(world, change), world), "contradicted")


def test_a_receipt_of_another_document_is_named(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["document.edxml"] = world.province.signed(a_document(subject="Khác"), world.held.sender)

    contradicted = told(judged(forged(world, change), world), "contradicted")
    assert "document.edxml: this is not the document that the receipt speaks of" in contradicted
    assert f"{SEAL}: the seal does not fit the document" in contradicted
    assert "no row says" in contradicted


def _said_again(world: World, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    """Return the change to a receipt that says something else, signed by the bus again."""

    def change(files: dict[str, bytes]) -> None:
        unsigned = re.sub(rb"<Signature.*</Signature>", b"", files[RECEIPT])
        assert old in unsigned
        files[RECEIPT] = sign_canonical(unsigned.replace(old, new, 1), world.bus.keys.current())

    return change


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"<Sender>000.00.00.H03<", b"<Sender>000.00.12.H03<", "From: the receipt says '000.00.12.H03', the document"),
        (b"5123/UBND-KGVX<", b"5124/UBND-KGVX<", "DocumentId: the receipt says"),
        (b"<Kind>document<", b"<Kind>message<", "Kind: the receipt says 'message', the document 'document'"),
        (b"<Certificate>", b"<Certificate>f", "the receipt names the certificate f"),
        (b"<Accepted>2", b"<Accepted>1", "no row says that"),
    ],
)
def test_a_receipt_that_the_bus_gave_a_second_time_with_other_words_is_named(
    world: World, old: bytes, new: bytes, words: str
) -> None:
    report = judged(forged(world, _said_again(world, old, new)), world)
    assert words in told(report, "contradicted")


def test_a_seal_that_the_bus_made_a_second_time_is_not_the_one_in_the_log(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[SEAL] = enclose(seal(world.held.octets, world.bus.keys.current(), name="document.edxml", at=NOW))

    assert "no row says that" in told(judged(forged(world, change), world), "contradicted")


def test_a_seal_over_a_file_of_another_name_is_named(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[SEAL] = enclose(seal(world.held.octets, world.bus.keys.current(), name="message.xml", at=NOW))

    assert "the seal is over a file 'message.xml'" in told(judged(forged(world, change), world), "contradicted")


def test_a_stamped_head_from_before_the_acceptance_proves_no_time_for_it(world: World) -> None:
    *_, first = world.bus.views.sent(AgencyCode(DEPARTMENT))
    held = world.bus.views.document(first.dispatch_id)
    assert held is not None
    later = replace(world, held=held)

    def change(files: dict[str, bytes]) -> None:
        files.update(head_files(FIRST, world.heads[0]))

    report = judged(forged(later, change, kept=world.heads[:1]), later, at=datetime.now(UTC) + YEARS)
    assert "first.tst: CN=Cơ quan cấp dấu thời gian stamped this head" in told(report, "proven")
    assert "the sender's certificate has expired" in told(report, "unproven")


def test_a_changed_acceptance_takes_no_time_from_the_stamp(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[ROWS] = files[ROWS].replace(b'"door":"soap"', b'"door":"amqp"')

    report = judged(forged(world, change), world, at=datetime.now(UTC) + YEARS)
    assert "is not in the log that the head speaks of" in told(report, "contradicted")
    assert "the sender's certificate has expired" in told(report, "unproven")


def test_a_first_head_that_the_newest_did_not_grow_out_of_is_named(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        old = Head.made(world.heads[0].size, sha256(b"another past").digest(), world.bus.keys.current(), NOW)
        files.update(head_files(FIRST, old))
        del files["heads/first.tst"]

    assert "did not grow out of this one" in told(judged(forged(world, change), world), "contradicted")


def test_a_time_stamp_over_another_head_is_named(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[f"{NEWEST}.tst"] = files["heads/first.tst"]

    assert "the time stamp is not over this head" in told(judged(forged(world, change), world), "contradicted")


def test_a_container_made_up_by_somebody_else_leads_to_nobody_you_named(world: World) -> None:
    files = unpack(world.packed())
    del files[COVER]
    forger = cover(files, a_key(KeyKind.P_256), NOW)
    report = judged(b"".join(pack({**files, COVER: forger})), world)
    assert f"{COVER}: whose key it is" in told(report, "unproven")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_stands_in_a_file_is_judged_and_raises_nothing(world: World, data: st.DataObject) -> None:
    def change(files: dict[str, bytes]) -> None:
        name = data.draw(st.sampled_from(sorted(files)))
        start = data.draw(st.integers(0, len(files[name])))
        end = data.draw(st.integers(start, len(files[name])))
        files[name] = files[name][:start] + data.draw(st.binary(max_size=40)) + files[name][end:]

    report = judged(forged(world, change), world)
    assert "cannot be judged" not in told(report, "contradicted")


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
    container.write_bytes(_changed(container.read_bytes(), 200, 1))
    assert lgsp("verify", container).exit_code == 1
    assert lgsp("verify", container, "--authority", container).exit_code == 1
    missing = lgsp("export", "không có", "--config", world.province.config)
    assert (missing.exit_code, "No document has the id" in missing.stderr) == (1, True)
