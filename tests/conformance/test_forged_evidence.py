"""Containers that were changed, or forged by one who holds the bus's own key: what is wrong is named."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lgsp.container.contents import CONSISTENCY, COVER, FIRST, NEWEST, PROOFS, RECEIPT, ROWS, SEAL
from lgsp.container.lines import LINES_LIMIT
from lgsp.container.log import head_files
from lgsp.container.zipped import pack, unpack
from lgsp.evidence import Head
from signing import (
    KeyKind,
    cover,
    enclose,
    seal,
    sign_canonical,
)
from tests.builders import a_document
from tests.containers import NOW, YEARS, World, a_world, changed, forged, judged, told
from tests.keyring import a_key

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def world() -> World:
    return a_world()


@pytest.fixture(scope="module")
def container(world: World) -> bytes:
    return world.packed()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_one_changed_byte_anywhere_is_found_and_its_file_named(
    world: World, container: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(container) - 1))
    report = judged(changed(container, at, data.draw(st.integers(1, 255))), world, trusting=False)
    assert not report.clean
    contradicted = told(report, "contradicted")
    name = _file_at(container, at)
    assert f"{name}: " in contradicted or (name == "container" and contradicted), (name, contradicted)


def test_a_changed_file_is_named_even_when_its_checksum_was_made_to_fit(world: World, container: bytes) -> None:
    files = unpack(container)
    for name in files.keys() - {COVER}:
        at = random.Random(name).randrange(len(files[name]))
        other = b"".join(pack({**files, name: changed(files[name], at, 1)}))
        report = judged(other, world, trusting=False)
        assert f"{name}: this file was changed after it was packed" in told(report, "contradicted")


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


@pytest.mark.parametrize("name", [ROWS, PROOFS, CONSISTENCY])
def test_more_lines_than_any_document_has_are_not_read(world: World, name: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[name] = b"\n" * (LINES_LIMIT + 1)

    assert f"{name}: there are more than" in told(judged(forged(world, change), world), "contradicted")


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
        files[SEAL] = enclose(seal(world.held.octets, world.bus.keys.current(), name="document.edxml", at=NOW + DAY))

    assert "no row says that" in told(judged(forged(world, change), world), "contradicted")


def test_a_seal_over_a_file_of_another_name_is_named(world: World) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[SEAL] = enclose(seal(world.held.octets, world.bus.keys.current(), name="message.xml", at=NOW))

    assert "the seal is over a file 'message.xml'" in told(judged(forged(world, change), world), "contradicted")


def test_a_stamped_head_from_before_the_acceptance_proves_no_time_for_it(world: World) -> None:
    later = replace(world, held=world.statuses[-1], statuses=())

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
