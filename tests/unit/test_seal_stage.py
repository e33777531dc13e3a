"""The bus's own word: identity, seal and receipt."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import schemas
from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import Arrival, Proof, Standing, Verified
from lgsp.stages.envelope import read
from lgsp.stages.seal import Identifiers, seal
from signing import EDXML_RULES, RECEIPT_RULES, KeyKind, Reason, Result, sign_enveloped, verify, verify_seal
from tests.builders import COMMITTEE, COMMUNE, DEPARTMENT, a_document, a_message, a_status
from tests.dispatches import a_route
from tests.keyring import NOW, a_key, parsed, trust

if TYPE_CHECKING:
    from lgsp.model.delivery import Dispatch
    from lgsp.model.envelope import Envelope
    from signing import SigningKey

_R = "{urn:lgsp:receipt:1}"
_PROOF = Proof(
    standing=Standing.SIGNATURE, verdict="valid", signer="CN=UBND tỉnh", certificate="ab" * 32, algorithm="urn:x"
)
#: Anything that an envelope's texts can hold, and what they cannot.
_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


class Keys:
    def __init__(self, kind: KeyKind) -> None:
        self.kind = kind

    def current(self) -> SigningKey:
        return a_key(self.kind)


@cache
def receipt_schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(Path(schemas.__file__).parent / "receipt-1.0" / "receipt.xsd"))


@cache
def an_envelope() -> Envelope:
    return read(sign_enveloped(a_document(), a_key(), EDXML_RULES))


def sealed(envelope: Envelope | None = None, proof: Proof = _PROOF, kind: KeyKind = KeyKind.P_256) -> Dispatch:
    envelope = envelope or an_envelope()
    arrival = Arrival(octets=envelope.octets, caller=envelope.sender, door="soap", correlation="c-1", arrived=NOW)
    to = (AgencyCode(DEPARTMENT), AgencyCode(COMMUNE))
    verified = Verified(envelope=envelope, proof=proof, sender=envelope.sender)
    return seal(verified, a_route(envelope.sender, to), keys=Keys(kind), arrival=arrival, at=NOW)


@pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.RSA_3072])
def test_the_seal_is_valid_over_the_octets_as_received(kind: KeyKind) -> None:
    verdict = verify_seal(sealed(kind=kind).seal, an_envelope().octets, trust(), NOW)
    assert (verdict.result, verdict.trusted, verdict.covers) == (Result.VALID, True, "document.edxml")


def test_the_dispatch_says_who_gets_what_and_since_when() -> None:
    dispatch = sealed()
    assert dispatch.recipients == (DEPARTMENT, COMMUNE)
    assert (dispatch.door, dispatch.correlation, dispatch.accepted) == ("soap", "c-1", NOW)
    assert dispatch.receipt.dispatch_id == dispatch.id
    assert dispatch.receipt.document_id == an_envelope().document_id


@pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.RSA_3072])
def test_the_receipt_follows_its_schema_and_is_signed_by_the_bus(kind: KeyKind) -> None:
    root = parsed(sealed(kind=kind).receipt.octets)
    receipt_schema().assertValid(root)
    verdict = verify(root, RECEIPT_RULES, trust(), NOW)
    assert (verdict.result, verdict.reason, verdict.trusted) == (Result.VALID, None, True)


def test_the_receipt_says_what_was_accepted() -> None:
    dispatch = sealed()
    root = parsed(dispatch.receipt.octets)
    said = {str(element.tag).removeprefix(_R): element.text for element in root.iterchildren(f"{_R}*")}
    assert said["DispatchId"] == dispatch.id
    assert said["DocumentId"] == an_envelope().document_id
    assert said["Kind"] == "document"
    assert said["Digest"] == hashlib.sha256(an_envelope().octets).hexdigest()
    assert said["Sender"] == COMMITTEE
    assert said["Accepted"] == "2025-06-01T03:04:05.000Z"
    assert (said["Standing"], said["Verdict"], said["Signer"]) == ("signature", "valid", "CN=UBND tỉnh")
    assert [element.text for element in root.iter(f"{_R}Recipient")] == [DEPARTMENT, COMMUNE]


@pytest.mark.parametrize("octets", [a_status(), a_message()], ids=["status", "message"])
def test_statuses_and_messages_get_receipts_too(octets: bytes) -> None:
    dispatch = sealed(read(octets), Proof(standing=Standing.CALLER, verdict="absent"))
    receipt_schema().assertValid(parsed(dispatch.receipt.octets))
    assert verify_seal(dispatch.seal, octets, trust(), NOW).result is Result.VALID


def test_a_message_is_sealed_under_its_own_name() -> None:
    octets = a_message()
    assert verify_seal(sealed(read(octets)).seal, octets, trust(), NOW).covers == "message.xml"


def test_a_changed_receipt_is_seen() -> None:
    octets = sealed().receipt.octets.replace(DEPARTMENT.encode(), b"000.00.12.H03")
    assert verify(parsed(octets), RECEIPT_RULES, trust(), NOW).reason is Reason.ALTERED


@given(_ANY_TEXT, _ANY_TEXT)
def test_no_text_breaks_the_receipt(document_id: str, signer: str) -> None:
    dispatch = sealed(replace(an_envelope(), document_id=document_id), replace(_PROOF, signer=signer))
    root = parsed(dispatch.receipt.octets)
    receipt_schema().assertValid(root)
    assert verify(root, RECEIPT_RULES, trust(), NOW).result is Result.VALID
    found = root.findtext(f"{_R}DocumentId") or ""
    holds = [c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") for c in document_id]
    assert found == "".join(c if held else "\ufffd" for c, held in zip(document_id, holds, strict=True))


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1971, 1, 1), max_value=datetime(9000, 1, 1)))  # noqa: DTZ001
def test_an_identifier_is_a_uuid_of_version_7_that_tells_its_time(at: datetime) -> None:
    number = UUID(hex=Identifiers().take(at))
    assert (number.version, number.variant) == (7, "specified in RFC 4122")
    assert abs((number.int >> 80) - at.timestamp() * 1000) <= 1


@given(st.lists(st.timedeltas(min_value=timedelta(seconds=-2), max_value=timedelta(seconds=2)), max_size=50))
def test_identifiers_grow_even_when_the_clock_goes_back(steps: list[timedelta]) -> None:
    identifiers = Identifiers()
    given_out = [identifiers.take(NOW + step) for step in steps]
    assert all(one < two for one, two in pairwise(given_out))


def test_ten_thousand_identifiers_of_one_moment_from_four_threads_are_different_and_ordered_in_each() -> None:
    identifiers = Identifiers()
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: [identifiers.take(NOW) for _ in range(2_500)], range(4)))
    assert all(run == sorted(run) for run in runs)
    assert len({identifier for run in runs for identifier in run}) == 10_000
