"""Who the sender is: `authenticate`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from xmlsec import constants

from lgsp.model.agency import AgencyCode, Binding
from lgsp.model.envelope import Standing
from lgsp.model.errors import SignatureRejected
from lgsp.stages.envelope import read
from lgsp.stages.signature import Trust, authenticate
from lgsp.stages.signature.words import WORDS
from signing import (
    BOTH,
    EDXML_RULES,
    MESSAGE_RULES,
    SIGNXML,
    XMLSEC,
    Authorities,
    KeyKind,
    Reason,
    Term,
    make_certificate,
    sign_enveloped,
)
from tests.builders import COMMITTEE, DEPARTMENT, a_document, a_message, a_status
from tests.keyring import (
    NOW,
    a_key,
    a_pair,
    a_sample,
    an_authority,
    certificates,
    every_engine,
    signed_elsewhere,
    trust,
)
from tests.services.time_authority import a_root
from tests.xades import with_stamp, xades_signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lgsp.model.envelope import Verified
    from lgsp.model.errors import Problem
    from signing import Engine

OWNERS = {COMMITTEE: a_key(name="UBND tỉnh"), DEPARTMENT: a_key(name="Sở Mẫu")}


def believing(owners: Mapping[str, str] | None = None) -> Trust:
    """Return the trust of a bus on which both agencies are registered, or those given, by fingerprint."""
    prints = {_fingerprint(code): code for code in OWNERS} if owners is None else owners
    return Trust(
        authorities=trust(),
        binding_of=lambda one: Binding(agency=AgencyCode(prints[one])) if one in prints else None,
    )


def signed(octets: bytes, by: str = COMMITTEE) -> bytes:
    rules = MESSAGE_RULES if b"urn:lgsp:message:1" in octets else EDXML_RULES
    return sign_enveloped(octets, OWNERS[by], rules)


def passed(octets: bytes, caller: str = COMMITTEE, owners: Mapping[str, str] | None = None) -> Verified:
    return authenticate(read(octets), AgencyCode(caller), believing(owners), NOW)


def refused(octets: bytes, caller: str = COMMITTEE, owners: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(SignatureRejected) as caught:
        passed(octets, caller, owners)
    assert caught.value.code == "LGSP-1300"
    return caught.value.problems


def _fingerprint(code: str) -> str:
    return OWNERS[code].certificate.fingerprint(hashes.SHA256()).hex()


def test_a_signed_document_of_its_caller_stands_by_its_signature() -> None:
    proof = passed(signed(a_document())).proof
    assert (proof.standing, proof.verdict, proof.signer) == (Standing.SIGNATURE, "valid", "CN=UBND tỉnh")
    assert proof.certificate == _fingerprint(COMMITTEE)
    assert proof.algorithm.endswith("#ecdsa-sha256")


@every_engine
def test_the_operator_chooses_what_computes(engine: Engine) -> None:
    chosen = replace(believing(), engine=engine)
    proof = authenticate(read(signed(a_document())), AgencyCode(COMMITTEE), chosen, NOW).proof
    assert (proof.standing, proof.verdict) == (Standing.SIGNATURE, "valid")


@pytest.mark.parametrize(("engine", "taken"), [(XMLSEC, True), (SIGNXML, False), (BOTH, True)])
def test_what_the_chosen_engine_cannot_check_is_refused_for_that(engine: Engine, taken: bool) -> None:  # noqa: FBT001
    pair = a_pair(KeyKind.P_256, "UBND tỉnh")
    envelope = read(signed_elsewhere(a_document(), pair, form=constants.TransformInclC14N))
    chosen = replace(believing(), engine=engine)
    if taken:
        assert authenticate(envelope, AgencyCode(COMMITTEE), chosen, NOW).proof.verdict == "valid"
        return
    with pytest.raises(SignatureRejected) as caught:
        authenticate(envelope, AgencyCode(COMMITTEE), chosen, NOW)
    (problem,) = caught.value.problems
    assert problem.expected == WORDS[Reason.ENGINE_UNABLE].expected
    assert problem.found.startswith("unverifiable: signxml cannot check")


def test_engines_that_disagree_refuse_the_document_and_name_it_so() -> None:
    envelope = read(signed(a_document()))
    other = replace(envelope, octets=signed(a_document(number="9")))  # as if two parsers had read two documents
    with pytest.raises(SignatureRejected) as caught:
        authenticate(other, AgencyCode(COMMITTEE), replace(believing(), engine=BOTH), NOW)
    assert caught.value.problems[0].expected == WORDS[Reason.ENGINES_DISAGREE].expected
    assert caught.value.disputed.startswith("xmlsec: right, signxml: wrong (")


def test_a_signed_message_stands_by_its_signature() -> None:
    assert passed(signed(a_message(), DEPARTMENT), DEPARTMENT).proof.standing is Standing.SIGNATURE


def test_an_unsigned_status_stands_by_its_caller() -> None:
    proof = passed(a_status(), DEPARTMENT).proof
    assert (proof.standing, proof.verdict, proof.signer, proof.certificate) == (Standing.CALLER, "absent", "", "")


def test_a_signed_status_stands_by_its_signature() -> None:
    assert passed(signed(a_status(), DEPARTMENT), DEPARTMENT).proof.standing is Standing.SIGNATURE


def test_a_status_that_carries_a_wrong_signature_is_refused() -> None:
    octets = signed(a_status(), DEPARTMENT).replace(b"StatusCode>03<", b"StatusCode>02<")
    assert "invalid" in refused(octets, DEPARTMENT)[0].found


@pytest.mark.parametrize("octets", [a_document(), a_message(sender=COMMITTEE)], ids=["document", "message"])
def test_an_unsigned_document_or_message_is_refused(octets: bytes) -> None:
    (problem,) = refused(octets)
    assert problem.expected == WORDS[Reason.MISSING].expected
    assert problem.found == "absent"


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (a_sample("document_new.edxml"), "absent"),
        (a_sample("document_new_dotnet_flavour.edxml"), "absent"),
        (a_sample("document_new_signed_legacy_sha1.edxml"), "weak"),
        (a_sample("document_new_signed_sha256.edxml"), "untrusted"),
        (a_sample("document_new_signed_tampered.edxml"), "invalid"),
    ],
)
def test_each_sample_is_refused_for_what_it_is(octets: bytes, found: str) -> None:
    (problem,) = refused(octets)
    assert problem.found.startswith(found)
    assert problem.cure is not None


def test_a_weak_signature_is_refused_though_its_certificate_is_trusted() -> None:
    octets = signed_elsewhere(
        a_document(), a_pair(KeyKind.RSA_2048), method=constants.TransformRsaSha1, digest=constants.TransformSha1
    )
    assert refused(octets)[0].expected == WORDS[Reason.WEAK_ALGORITHM].expected


def test_the_signature_that_is_refused_is_pointed_at() -> None:
    octets = signed(a_document()).replace(b"5123", b"5124")
    (problem,) = refused(octets)
    assert problem.element == "edXML/edXMLEnvelope/edXMLHeader/Signature"
    assert problem.line == octets[: octets.index(b"<Signature")].count(b"\n") + 1


def test_a_certificate_that_nobody_registered_is_refused_and_named() -> None:
    (problem,) = refused(signed(a_document()), owners={})
    assert COMMITTEE in problem.expected.en
    assert _fingerprint(COMMITTEE) in problem.found


def test_another_agencys_certificate_is_refused_and_both_are_named() -> None:
    (problem,) = refused(signed(a_document(), DEPARTMENT))
    assert COMMITTEE in problem.expected.vi
    assert problem.found == DEPARTMENT


def test_a_caller_may_not_hand_in_what_another_sends() -> None:
    (problem,) = refused(signed(a_document()), DEPARTMENT)
    assert problem.element.endswith("From/OrganId")
    assert DEPARTMENT in problem.expected.en
    assert problem.found == COMMITTEE


def test_a_caller_may_not_hand_in_an_unsigned_status_of_another() -> None:
    (problem,) = refused(a_status(sender=DEPARTMENT), COMMITTEE)
    assert problem.found == DEPARTMENT


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(refused(a_document(), DEPARTMENT)) == 2


def test_every_reason_has_its_sentences_in_both_languages() -> None:
    assert set(WORDS) == set(Reason)
    for words in WORDS.values():
        for text in words:
            assert text.en
            assert text.vi
            assert text.en != text.vi
            assert not text.en.isspace()
            assert any(ord(letter) > 127 for letter in text.vi)


def test_a_stamp_in_the_signature_lets_an_ended_certificate_speak_and_the_proof_says_so() -> None:
    signer = make_certificate(an_authority(), "UBND tỉnh", term=Term(start=NOW - timedelta(days=40), days=30))
    moment = NOW - timedelta(days=20)
    octets = with_stamp(xades_signed(a_document(), signer), moment)
    believed = replace(
        believing(),
        binding_of=lambda _: Binding(agency=AgencyCode(COMMITTEE), until=moment + timedelta(days=1)),
        time_authorities=Authorities(certificates(a_root())),
    )
    proof = authenticate(read(octets), AgencyCode(COMMITTEE), believed, NOW).proof
    assert proof.verdict == "valid"
    assert proof.revocation.endswith(f"a time stamp proves the signature by {moment:%Y-%m-%dT%H:%M:%SZ}")
    with pytest.raises(SignatureRejected, match="expired"):
        authenticate(read(octets), AgencyCode(COMMITTEE), replace(believed, time_authorities=Authorities()), NOW)
