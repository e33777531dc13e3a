"""What verdicts lead to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives import hashes
from lxml import etree
from xmlsec import constants

from lgsp.model.agency import AgencyCode, Binding
from lgsp.model.envelope import Admission, Arrival, Kind, Standing
from lgsp.model.errors import Misconfigured, SignatureRejected
from lgsp.settings import load
from lgsp.stages.envelope import read
from lgsp.stages.seal import seal
from lgsp.stages.signature import Trust, authenticate
from lgsp.stages.signature.admission import Finding, Rule, admitted
from signing import EDXML_RULES, Anchor, Authorities, Freshness, KeyKind, PemKey, sign_enveloped, write_private
from tests.builders import COMMITTEE, a_document, a_status
from tests.dispatches import a_route
from tests.keyring import NOW, a_key, a_pair, a_sample, an_authority, certificates, signed_elsewhere, trust

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lgsp.model.envelope import Proof

SENDER: Final = AgencyCode(COMMITTEE)
KEY: Final = a_key(name="UBND tỉnh")
HARD: Final = Authorities(
    anchors=[Anchor(name="Gốc", certificates=tuple(certificates(an_authority())), freshness=Freshness.HARD)]
)
WEAK: Final = signed_elsewhere(
    a_document(), a_pair(KeyKind.RSA_2048), method=constants.TransformRsaSha1, digest=constants.TransformSha1
)


def a_rule(finding: Finding, admission: Admission, kind: Kind | None = None) -> Rule:
    return Rule(finding=finding, admission=admission, kind=kind)


def a_trust(*rules: Rule, authorities: Authorities | None = None, binding: Binding | None = None) -> Trust:
    return Trust(
        authorities=authorities or trust(),
        binding_of=lambda _: binding or Binding(agency=SENDER),
        admission=rules,
    )


def signed(octets: bytes | None = None) -> bytes:
    return sign_enveloped(octets or a_document(), KEY, EDXML_RULES)


def proof(octets: bytes, trusted: Trust) -> Proof:
    return authenticate(read(octets), SENDER, trusted, NOW).proof


def refusal(octets: bytes, trusted: Trust) -> str:
    with pytest.raises(SignatureRejected) as caught:
        proof(octets, trusted)
    return caught.value.say("en")


def test_without_rules_the_valid_is_accepted_and_all_else_refused() -> None:
    for kind in Kind:
        for finding in Finding:
            wanted = finding is Finding.VALID or (finding is Finding.ABSENT and kind is Kind.STATUS)
            found = admitted((finding,), kind, SENDER, ())
            assert found is (Admission.ACCEPT if wanted else Admission.REFUSE)


@pytest.mark.parametrize(
    ("rules", "admission"),
    [
        ([("*.G??", "accept"), ("*", "hold")], Admission.HOLD),
        ([("*.H03", "for-information"), ("*", "hold")], Admission.FOR_INFORMATION),
        ([("000.00.??.H03", "accept")], Admission.ACCEPT),
        ([], Admission.REFUSE),
    ],
)
def test_the_first_rule_that_fits_decides(rules: Sequence[tuple[str, str]], admission: Admission) -> None:
    frozen = [Rule(finding=Finding.INDETERMINATE, admission=Admission(o), agency=a) for a, o in rules]
    assert admitted((Finding.INDETERMINATE,), Kind.DOCUMENT, SENDER, frozen) is admission


def test_of_two_findings_the_strictest_counts() -> None:
    rules = [a_rule(Finding.WEAK, Admission.FOR_INFORMATION), a_rule(Finding.INDETERMINATE, Admission.HOLD)]
    both = (Finding.WEAK, Finding.INDETERMINATE)
    assert admitted(both, Kind.DOCUMENT, SENDER, rules) is Admission.HOLD
    assert admitted((Finding.WEAK, Finding.UNTRUSTED), Kind.DOCUMENT, SENDER, rules) is Admission.REFUSE


def test_what_is_accepted_for_information_is_marked_in_proof_and_receipt(tmp_path: Path) -> None:
    rule = a_rule(Finding.WEAK, Admission.FOR_INFORMATION)
    verified = authenticate(read(WEAK), SENDER, a_trust(rule), NOW)
    assert verified.proof.admission is Admission.FOR_INFORMATION
    assert verified.proof.verdict == "weak"
    assert verified.proof.doubt.startswith("weak-algorithm: ")
    write_private(tmp_path / "bus.key", a_pair().key)
    (tmp_path / "bus.crt").write_bytes(a_pair().certificate)
    arrival = Arrival(octets=WEAK, caller=SENDER, door="soap", correlation="c", arrived=NOW)
    keys = PemKey(tmp_path / "bus.key", tmp_path / "bus.crt")
    dispatch = seal(verified, a_route(SENDER, [SENDER]), keys=keys, arrival=arrival, at=NOW)
    receipt = etree.fromstring(dispatch.receipt.octets)
    assert receipt.findtext("{*}Admission") == "for-information"
    assert dispatch.receipt.admission is Admission.FOR_INFORMATION
    etree.XMLSchema(etree.parse("schemas/receipt-1.0/receipt.xsd")).assertValid(receipt)


def test_a_document_without_a_signature_may_be_taken_for_information_and_stands_by_its_caller() -> None:
    rule = a_rule(Finding.ABSENT, Admission.FOR_INFORMATION, kind=Kind.DOCUMENT)
    found = proof(a_document(), a_trust(rule))
    assert (found.standing, found.admission, found.certificate) == (
        Standing.CALLER,
        Admission.FOR_INFORMATION,
        "",
    )


def test_a_signature_that_nobody_can_check_proves_no_signer() -> None:
    rule = a_rule(Finding.UNVERIFIABLE, Admission.FOR_INFORMATION)
    octets = a_document().replace(b"</edXML:edXMLHeader>", b"<Signature>mau</Signature></edXML:edXMLHeader>")
    found = proof(octets, a_trust(rule))
    assert (found.standing, found.signer, found.verdict) == (Standing.CALLER, "", "unverifiable")


def test_no_rule_helps_a_signature_whose_certificate_is_another_s_or_nobody_s() -> None:
    rules = [a_rule(finding, Admission.ACCEPT) for finding in Finding]
    foreign = a_trust(*rules, binding=Binding(agency=AgencyCode("H03.99")))
    assert "H03.99" in refusal(signed(), foreign)
    nobody = replace(a_trust(*rules), binding_of=lambda _: None)
    assert KEY.certificate.fingerprint(hashes.SHA256()).hex() in refusal(signed(), nobody)


def test_a_valid_one_can_be_refused_by_a_rule_and_hears_so() -> None:
    rule = a_rule(Finding.VALID, Admission.REFUSE, kind=Kind.STATUS)
    assert "the rules of admission" in refusal(signed(a_status(sender=COMMITTEE)), a_trust(rule))


@pytest.mark.parametrize(
    ("admission", "kept"),
    [(Admission.ACCEPT, True), (Admission.FOR_INFORMATION, True), (Admission.HOLD, True), (Admission.REFUSE, False)],
)
def test_an_indeterminate_one_goes_the_way_the_rule_says(admission: Admission, kept: bool) -> None:  # noqa: FBT001
    trusted = a_trust(a_rule(Finding.INDETERMINATE, admission), authorities=HARD)
    if kept:
        found = proof(signed(), trusted)
        assert (found.admission, found.verdict, found.anchor) == (admission, "indeterminate", "Gốc")
        assert found.doubt.startswith("revocation-unknown: ")
    else:
        assert "none has come yet" in refusal(signed(), trusted)


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (None, None, True),
        (timedelta(0), None, True),
        (timedelta(seconds=1), None, False),
        (None, timedelta(seconds=1), True),
        (None, timedelta(0), False),
        (timedelta(days=-9), timedelta(days=9), True),
    ],
)
def test_a_certificate_speaks_for_its_agency_only_within_its_window(
    since: timedelta | None,
    until: timedelta | None,
    holds: bool,  # noqa: FBT001 - a case
) -> None:
    binding = Binding(
        agency=SENDER,
        since=None if since is None else NOW + since,
        until=None if until is None else NOW + until,
    )
    if holds:
        assert proof(signed(), a_trust(binding=binding)).verdict == "valid"
    else:
        assert "whose registration is in force" in refusal(signed(), a_trust(binding=binding))


def test_the_legacy_sample_is_weak_and_untrusted_and_needs_both_rules() -> None:
    octets = a_sample("document_new_signed_legacy_sha1.edxml")
    one = a_trust(a_rule(Finding.WEAK, Admission.FOR_INFORMATION))
    sender = read(octets).sender
    with pytest.raises(SignatureRejected, match="weak and untrusted"):
        authenticate(read(octets), sender, one, NOW)


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [("invalid", "accept"), ("invalid", "for-information"), ("revoked", "accept"), ("valid", "hold"), ("weak", "hold")],
)
def test_what_no_rule_may_say_is_refused_when_the_settings_are_read(tmp_path: Path, verdict: str, outcome: str) -> None:
    file = tmp_path / "lgsp.toml"
    file.write_text(f'[[trust.admission]]\nverdict = "{verdict}"\noutcome = "{outcome}"\n')
    with pytest.raises(Misconfigured, match=f"verdict {verdict} can lead to"):
        load(file)
