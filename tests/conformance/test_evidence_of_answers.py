"""What the container says of those who answered, of what was refused, of what was erased, and of its own format."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.container.contents import COVER, MANIFEST, RECEIPT, ROWS, STATUS_SEAL
from lgsp.container.export import export_refusal
from lgsp.container.zipped import pack, unpack
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Refusal
from lgsp.model.envelope import Arrival
from lgsp.upkeep.notary import Notary
from signing import cover
from tests.builders import COMMITTEE, DEPARTMENT, a_document
from tests.containers import NOW, World, a_world, forged, judged, told
from tests.evidence import audited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def world() -> World:
    return a_world.__wrapped__()  # a world of its own: more happens in it


def _folder(world: World, number: int) -> str:
    return f"status-{world.statuses[number].dispatch_id}"


def test_a_recipient_that_signed_its_status_is_held_to_it(world: World) -> None:
    container = world.packed()
    folder = _folder(world, 1)
    assert {f"{folder}/{name}" for name in ("document.edxml", STATUS_SEAL, RECEIPT)} <= unpack(container).keys()
    assert unpack(container)[f"{folder}/document.edxml"] == world.statuses[1].octets
    report = judged(container, world)
    assert report.clean
    words = (
        f"{folder}/document.edxml: {DEPARTMENT} itself signed that it accepted it (03), by its own clock at 2020/09/24"
    )
    assert words in told(report, "proven")
    assert f"chính {DEPARTMENT} đã ký xác nhận đã tiếp nhận (03)" in report.say("vi")


def test_a_status_that_nobody_signed_is_the_bus_s_word_and_so_is_one_of_a_key_that_you_do_not_know(
    world: World,
) -> None:
    container = world.packed()
    words = f"{_folder(world, 0)}/document.edxml: that {DEPARTMENT} itself said that it arrived (01)"
    assert words in told(judged(container, world), "unproven")
    stranger = judged(container, world, trusting=False)
    assert stranger.clean
    assert "whose key it is, is not proven (CN=Đơn vị 000.00.11.H03" in told(stranger, "unproven")
    assert "itself signed" not in told(stranger, "proven")


def _swapped(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("number", "name", "old", "new", "named"),
    [
        (0, "document.edxml", b">01<", b">03<", "document.edxml: this is not the document that the receipt speaks of"),
        (0, "document.edxml", b">01<", b">03<", "seal.xml: the seal does not fit the document"),
        (1, "document.edxml", b">03<", b">02<", "document.edxml"),
        (1, RECEIPT, b"<Kind>status<", b"<Kind>document<", "receipt.xml: the receipt was changed after it was signed"),
        (1, STATUS_SEAL, b"SignatureValue>", b"SignatureValue> ", "receipt.xml: no row says that"),
    ],
)
def test_a_status_changed_by_one_who_holds_the_bus_s_key_is_named(  # a table of cases
    world: World, number: int, name: str, old: bytes, new: bytes, named: str
) -> None:
    folder = _folder(world, number)
    report = judged(forged(world, _swapped(f"{folder}/{name}", old, new)), world)
    assert f"{folder}/{named}" in told(report, "contradicted")


def test_a_status_of_another_document_is_named(world: World) -> None:
    mine, other = _folder(world, 0), _folder(world, 1)

    def change(files: dict[str, bytes]) -> None:
        for name in ("document.edxml", STATUS_SEAL, RECEIPT):
            files[f"{mine}/{name}"] = files[f"{other}/{name}"]

    assert f"{mine}/receipt.xml: no row says that" in told(judged(forged(world, change), world), "contradicted")


def test_a_status_that_names_another_document_says_so(world: World) -> None:
    """The bus found the document by what the status says; the reader is told where it says less."""

    def change(files: dict[str, bytes]) -> None:
        files[RECEIPT] = files[RECEIPT].replace(b"<DocumentId>", b"<DocumentId>x")
        files[ROWS] = files[ROWS].replace(b'"number":"5123"', b'"number":"5124"')

    unproven = told(judged(forged(world, change), world), "unproven")
    assert f"that it speaks of this document: it names {world.held.document_id}" in unproven


@pytest.mark.parametrize("name", ["document.edxml", STATUS_SEAL, RECEIPT])
def test_a_status_with_a_file_missing_or_a_strange_one_is_no_proof_and_nothing_breaks(world: World, name: str) -> None:
    folder = _folder(world, 1)

    def drop(files: dict[str, bytes]) -> None:
        del files[f"{folder}/{name}"]

    def add(files: dict[str, bytes]) -> None:
        files[f"{folder}/more.txt"] = b""

    without = judged(forged(world, drop), world)
    assert f"{DEPARTMENT} itself signed" not in told(without, "proven")
    assert without.clean == (name == "document.edxml")  # erased by retention: known by its digest
    assert f"{folder}/more.txt: this file does not belong here" in told(
        judged(forged(world, add), world), "contradicted"
    )


def test_every_status_is_in_the_container_that_the_command_writes(world: World, tmp_path: Path) -> None:
    out = tmp_path / "e.asice"
    command = ["evidence", "export", world.held.dispatch_id, "--config", str(world.province.config), "--out", str(out)]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert {_folder(world, 0), _folder(world, 1)} <= {name.partition("/")[0] for name in unpack(out.read_bytes())}


def _refused(world: World, correlation: str, octets: bytes = b"<x/>") -> Refusal:
    arrival = Arrival(
        octets=octets, caller=AgencyCode(COMMITTEE), door="soap", correlation=correlation, arrived=datetime.now(UTC)
    )
    (answer,) = world.bus.intake.accept([arrival])
    assert isinstance(answer, Refusal)
    Notary(world.bus.leaves, world.bus.keys, head_every_seconds=0).sweep()
    return answer


def test_a_refusal_has_a_container_that_proves_what_the_bus_said(world: World, tmp_path: Path) -> None:
    refusal = _refused(world, "refused-1")
    out = tmp_path / "refused.asice"
    command = ["evidence", "export", "refused-1", "--config", str(world.province.config), "--out", str(out)]
    assert CliRunner().invoke(app, command).exit_code == 0
    files = unpack(out.read_bytes())
    assert {"document.edxml", "message.xml", RECEIPT}.isdisjoint(files)
    report = judged(out.read_bytes(), world)
    assert report.clean
    proven = told(report, "proven")
    assert f"refused what {COMMITTEE} had handed in by soap, SHA-256 {refusal.digest}" in proven
    assert refusal.error.say("en").splitlines()[0] in proven
    assert refusal.error.say("vi").splitlines()[0] in report.say("vi")
    assert "1 rows are in the log" in proven
    assert "A copy is what was refused if its SHA-256 is" in told(report, "unproven")
    answer = CliRunner().invoke(app, ["evidence", "verify", str(out)])
    assert (answer.exit_code, json.loads(answer.stdout)["clean"]) == (0, True)


def test_a_refusal_in_other_words_is_not_in_the_log(world: World) -> None:
    _refused(world, "refused-2")
    key = world.bus.keys.current()
    files = unpack(b"".join(export_refusal("refused-2", world.bus.log, key, NOW)))
    del files[COVER]
    for old, new, named in (
        (b"LGSP-1100", b"LGSP-1200", "is not in the log that the head speaks of"),
        (b'"row":"refusal"', b'"row":"history"', "are not about refusals under one correlation id"),
    ):
        assert old in files[ROWS]
        changed = {**files, ROWS: files[ROWS].replace(old, new)}
        assert named in told(judged(_covered(world, changed), world), "contradicted")
    with pytest.raises(LookupError):
        export_refusal("unknown", world.bus.log, key, NOW)


def _covered(world: World, files: dict[str, bytes]) -> bytes:
    return b"".join(pack({**files, COVER: cover(files, world.bus.keys.current(), NOW)}))


def test_a_container_is_of_a_version(world: World) -> None:
    assert unpack(world.packed())[MANIFEST] == b"lgsp evidence container 1\nabout: document\n"
    assert next(iter(unpack(world.packed()))) == MANIFEST


def test_a_later_version_is_said_to_be_one_and_nothing_is_said_about_it(world: World) -> None:
    report = judged(forged(world, _swapped(MANIFEST, b"container 1\n", b"container 2\nmore\n")), world)
    assert not report.clean
    (finding,) = report.findings
    assert (finding.weight, finding.files) == ("unknown", (MANIFEST,))
    assert "of version 2; this program knows version 1" in finding.text.en
    assert report.say("en").startswith("This container cannot be judged here")
    assert report.say("vi").startswith("Không thể kết luận")


def test_a_version_put_up_afterwards_hides_no_change(world: World) -> None:
    files = unpack(world.packed())
    files[MANIFEST] = files[MANIFEST].replace(b"container 1", b"container 2")
    report = judged(b"".join(pack(files)), world)
    assert f"{MANIFEST}: this file was changed after it was packed" in told(report, "contradicted")


@pytest.mark.parametrize("octets", [b"", b"lgsp evidence container 0\n", b"lgsp evidence container 1\nabout: all\n"])
def test_a_manifest_of_no_version_is_named(world: World, octets: bytes) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = octets

    def drop(files: dict[str, bytes]) -> None:
        del files[MANIFEST]

    assert f"{MANIFEST}: this file is not as" in told(judged(forged(world, change), world), "contradicted")
    assert f"{MANIFEST}: this file is missing" in told(judged(forged(world, drop), world), "contradicted")


def test_a_document_called_a_refusal_is_none(world: World) -> None:
    report = judged(forged(world, _swapped(MANIFEST, b"about: document", b"about: refusal")), world)
    assert "are not about refusals" in told(report, "contradicted")


def test_after_an_erasure_the_container_says_who_when_why_and_what_is_known_by_digest(world: World) -> None:
    octets = world.province.signed(a_document(number="77"), AgencyCode(COMMITTEE))
    arrival = Arrival(
        octets=octets, caller=AgencyCode(COMMITTEE), door="soap", correlation="c", arrived=datetime.now(UTC)
    )
    (receipt,) = world.bus.intake.accept([arrival])
    assert not isinstance(receipt, Refusal)
    assert not world.bus.ledger.erase(receipt.dispatch_id, "chưa giao xong")
    world.bus.relay.forward()
    assert world.bus.ledger.erase(receipt.dispatch_id, "hết thời hạn lưu trữ")
    Notary(world.bus.leaves, world.bus.keys, head_every_seconds=0).sweep()
    held = world.bus.views.document(receipt.dispatch_id)
    assert held is not None
    assert (held.octets, held.digest) == (b"", sha256(octets).hexdigest())
    report = judged(replace(world, held=held, statuses=()).packed(), world)
    assert report.clean
    assert "the bus recorded that it erased the document at" in told(report, "proven")
    assert "hết thời hạn lưu trữ" in told(report, "proven")
    assert f"seal is over exactly the document with SHA-256 {held.digest}" in told(report, "proven")
    assert "is known by its digest" in told(report, "unproven")
    # Whoever sends the same again gets the receipt that was given first.
    (again,) = world.bus.intake.accept([arrival])
    assert again == receipt


def test_the_world_of_these_tests_passes_the_audit(world: World) -> None:
    certificate = world.bus.keys.current().certificate
    findings = audited(world.bus.engine, lambda one, _: one == certificate, times=world.times)
    assert findings == []
