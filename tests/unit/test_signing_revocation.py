"""What is believed of lists and answers, and what a chain is worth once they are known."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing import (
    Anchor,
    Authorities,
    Belief,
    Freshness,
    Made,
    Reason,
    RevocationUnusable,
    make_authority,
    make_certificate,
)
from signing.revocation import Answer, Crl, Snapshot, State, distribution_points, question, read_answer, read_crl
from tests.keyring import DECADE, NOW, START, a_binary, an_authority, certificates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROOT: Final = an_authority()
BETWEEN: Final = make_authority("Trung gian", issuer=ROOT, term=DECADE)
AGENCY: Final = make_certificate(BETWEEN, "Sở Mẫu", term=DECADE)
DAY: Final = timedelta(days=1)
LIST: Final = "http://ca.test/{}.crl"


def one(made: Made) -> x509.Certificate:
    return certificates(made)[0]


def key(made: Made) -> Any:
    return load_pem_private_key(made.key, password=None)


def a_list(
    issuer: Made = BETWEEN,
    *revoked: x509.Certificate,
    at: datetime = NOW,
    days: int = 7,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signer: Made | None = None,
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(one(issuer).subject)
        .last_update(at)
        .next_update(at + days * DAY)
    )
    for certificate in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
        entry = entry.revocation_date(NOW - DAY).add_extension(
            x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False
        )
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key(signer or issuer), hashes.SHA256()).public_bytes(Encoding.DER)


def scope(**changes: Any) -> tuple[x509.ExtensionType, bool]:
    plain: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**plain, **changes}), True


def read(octets: bytes, issuer: Made = BETWEEN) -> Crl:
    return read_crl(octets, one(issuer), NOW)


def judged(
    *known: Crl | Answer,
    made: Made = AGENCY,
    at: datetime = NOW,
    proven_at: datetime | None = None,
    **anchor: Any,
) -> tuple[Belief, Reason | None]:
    wanted: dict[str, Any] = {"name": "Gốc", "certificates": tuple(certificates(ROOT)), "freshness": Freshness.HARD}
    authorities = Authorities(anchors=[Anchor(**{**wanted, **anchor})])
    crls = [one for one in known if isinstance(one, Crl)]
    authorities.learn(Snapshot(crls, [one for one in known if isinstance(one, Answer)]))
    chain = certificates(made)
    judgement = authorities.judge(chain[0], chain[1:], at, proven_at=proven_at)
    assert authorities.judge(chain[0], chain[1:], at, proven_at=proven_at) == judgement
    return judgement.belief, judgement.reason


GOOD: Final = (read(a_list()), read(a_list(ROOT), ROOT))


def test_what_is_good_by_every_issuer_s_list_is_believed() -> None:
    assert judged(*GOOD) == (Belief.YES, None)


def test_unknown_is_not_revoked() -> None:
    assert judged() == (Belief.INDETERMINATE, Reason.REVOCATION_UNKNOWN)
    assert judged(freshness=Freshness.SOFT) == (Belief.YES, None)


@pytest.mark.parametrize("missing", [0, 1], ids=["of the signer", "of the intermediate"])
def test_what_is_unknown_of_one_link_is_unknown_of_the_chain(missing: int) -> None:
    assert judged(GOOD[1 - missing]) == (Belief.INDETERMINATE, Reason.REVOCATION_UNKNOWN)


@pytest.mark.parametrize("freshness", Freshness)
@pytest.mark.parametrize(
    "revoked", [read(a_list(BETWEEN, one(AGENCY))), read(a_list(ROOT, one(BETWEEN)), ROOT)], ids=["signer", "between"]
)
def test_the_revoked_and_who_rests_on_it_is_not_believed(freshness: Freshness, revoked: Crl) -> None:
    assert judged(*GOOD, revoked, freshness=freshness) == (Belief.NO, Reason.CERTIFICATE_REVOKED)


def test_an_anchor_that_took_itself_back_is_not_believed() -> None:
    own = read(a_list(ROOT, one(ROOT)), ROOT)
    assert judged(*GOOD, own) == (Belief.NO, Reason.CERTIFICATE_REVOKED)


def test_an_anchor_under_another_anchor_is_revoked_by_it() -> None:
    both = (*certificates(ROOT), one(BETWEEN))
    revoked = read(a_list(ROOT, one(BETWEEN)), ROOT)
    assert judged(revoked, GOOD[0], certificates=both)[1] is Reason.CERTIFICATE_REVOKED


def test_what_was_revoked_stays_revoked_when_its_list_is_old() -> None:
    old = read(a_list(BETWEEN, one(AGENCY), at=NOW - 300 * DAY))
    assert judged(*GOOD, old) == (Belief.NO, Reason.CERTIFICATE_REVOKED)


@pytest.mark.parametrize(
    ("at", "belief"),
    [(NOW + 6 * DAY, Belief.YES), (NOW + 7 * DAY + timedelta(seconds=1), Belief.INDETERMINATE)],
)
def test_news_counts_until_the_next_is_due(at: datetime, belief: Belief) -> None:
    assert judged(*GOOD, at=at)[0] is belief


def test_news_older_than_the_anchor_wants_is_stale_whatever_the_list_says() -> None:
    assert judged(*GOOD, at=NOW + 2 * DAY, max_age=DAY) == (Belief.INDETERMINATE, Reason.REVOCATION_STALE)


def test_a_decision_is_remembered_no_longer_than_the_news_it_rests_on() -> None:
    authorities = Authorities(
        anchors=[Anchor(name="Gốc", certificates=tuple(certificates(ROOT)), freshness=Freshness.HARD)]
    )
    authorities.learn(Snapshot(GOOD))
    chain = certificates(AGENCY)
    assert authorities.judge(chain[0], chain[1:], NOW).trusted
    assert not authorities.judge(chain[0], chain[1:], NOW + 8 * DAY).trusted
    authorities.learn(Snapshot([*GOOD, read(a_list(BETWEEN, one(AGENCY)))]))
    assert authorities.judge(chain[0], chain[1:], NOW).reason is Reason.CERTIFICATE_REVOKED


def test_a_later_revocation_counts_unless_a_time_stamp_proves_the_signature_older() -> None:
    revoked = read(a_list(BETWEEN, one(AGENCY)))  # since yesterday
    assert judged(*GOOD, revoked, at=NOW - 2 * DAY)[0] is Belief.NO
    assert judged(*GOOD, revoked, proven_at=NOW - 2 * DAY) == (Belief.YES, None)
    assert judged(*GOOD, revoked, proven_at=NOW - timedelta(hours=23))[0] is Belief.NO


def test_a_signature_proven_older_is_judged_by_the_dates_of_then() -> None:
    after = START + 4000 * DAY
    assert judged(*GOOD, at=after)[1] is Reason.CERTIFICATE_EXPIRED
    assert judged(*GOOD, at=after, proven_at=NOW, freshness=Freshness.SOFT) == (Belief.YES, None)


def test_a_list_in_pem_is_read_too() -> None:
    pem = x509.load_der_x509_crl(a_list(BETWEEN, one(AGENCY))).public_bytes(Encoding.PEM)
    said = read(pem).about(one(AGENCY))
    assert said is not None
    assert (said.state, said.why, said.revoked_at) == (State.REVOKED, "keyCompromise", NOW - DAY)


def test_a_list_of_users_says_nothing_of_authorities_and_the_other_way_round() -> None:
    users = read(a_list(extensions=[scope(only_contains_user_certs=True)]))
    authorities = read(a_list(extensions=[scope(only_contains_ca_certs=True)]))
    assert users.about(one(AGENCY)) is not None
    assert users.about(one(BETWEEN)) is None
    assert authorities.about(one(AGENCY)) is None


def test_a_list_of_one_distribution_point_says_nothing_of_certificates_of_another() -> None:
    part = read(a_list(extensions=[scope(full_name=[x509.UniformResourceIdentifier(LIST.format("khac"))])]))
    assert distribution_points(one(AGENCY)) == ()
    assert part.about(one(AGENCY)) is None


UNUSABLE: Final = {
    "delta": a_list(extensions=[(x509.DeltaCRLIndicator(1), True)]),
    "indirect": a_list(extensions=[scope(indirect_crl=True)]),
    "part": a_list(extensions=[scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}))]),
    "future": a_list(at=NOW + DAY),
    "signature": a_list(signer=ROOT),
    "issued by": a_list(ROOT),
    "not understood": a_list(extensions=[(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0"), True)]),
    "not a CRL": b"\x30\x03\x02\x01\x01",
}


@pytest.mark.parametrize("said", UNUSABLE)
def test_a_list_that_proves_nothing_is_refused_with_the_reason(said: str) -> None:
    with pytest.raises(RevocationUnusable, match=said):
        read(UNUSABLE[said])


def test_an_issuer_that_may_not_sign_lists_signs_none() -> None:
    with pytest.raises(RevocationUnusable, match="may not sign lists"):
        read(a_list(AGENCY), AGENCY)


def an_answer(
    *,
    about: Made = AGENCY,
    issuer: Made = BETWEEN,
    by: Made = BETWEEN,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    at: datetime = NOW,
    nonce: bytes = b"",
    naming: Made | None = None,
) -> bytes:
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=one(about),
        issuer=one(naming or issuer),
        algorithm=hashes.SHA256(),
        cert_status=status,
        this_update=at,
        next_update=at + DAY,
        revocation_time=at - DAY if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, one(by))
    if by is not issuer:
        builder = builder.certificates([one(by)])
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(key(by), hashes.SHA256()).public_bytes(Encoding.DER)


def a_responder(issuer: Made = BETWEEN, purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.OCSP_SIGNING) -> Made:
    plain = one(make_certificate(issuer, "Trả lời", term=DECADE))
    made = make_certificate(issuer, "Trả lời", term=DECADE)
    builder = (
        x509.CertificateBuilder()
        .subject_name(plain.subject)
        .issuer_name(plain.issuer)
        .public_key(one(made).public_key())
        .serial_number(4711)
        .not_valid_before(START)
        .not_valid_after(START + 3000 * DAY)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    )
    return Made(key=made.key, certificate=builder.sign(key(issuer), hashes.SHA256()).public_bytes(Encoding.PEM))


def answered(octets: bytes, nonce: bytes = b"") -> Answer:
    return read_answer(octets, one(AGENCY), one(BETWEEN), NOW, nonce)


@pytest.mark.parametrize("by", [BETWEEN, a_responder()], ids=["the issuer", "its responder"])
def test_an_answer_of_the_issuer_or_its_responder_counts(by: Made) -> None:
    good = answered(an_answer(by=by))
    assert judged(good, GOOD[1]) == (Belief.YES, None)
    revoked = answered(an_answer(by=by, status=ocsp.OCSPCertStatus.REVOKED))
    assert judged(revoked, *GOOD) == (Belief.NO, Reason.CERTIFICATE_REVOKED)


def test_an_answer_of_unknown_is_unknown() -> None:
    unknown = answered(an_answer(status=ocsp.OCSPCertStatus.UNKNOWN))
    assert judged(unknown, GOOD[1]) == (Belief.INDETERMINATE, Reason.REVOCATION_UNKNOWN)
    assert judged(unknown, *GOOD) == (Belief.YES, None)


def test_a_responder_that_was_taken_back_has_nothing_to_say() -> None:
    responder = a_responder()
    good = answered(an_answer(by=responder, at=NOW + timedelta(minutes=1)))
    taken = read(a_list(BETWEEN, one(responder), extensions=[scope(only_contains_user_certs=True)]))
    assert Snapshot([GOOD[0]], [good]).status(one(AGENCY), one(BETWEEN)).source == "ocsp"
    assert Snapshot([taken], [good]).status(one(AGENCY), one(BETWEEN)).source == "crl"


LIES: Final = {
    "another certificate": an_answer(about=make_certificate(BETWEEN, "Sở Khác", term=DECADE)),
    "not from the issuer": an_answer(by=a_responder(ROOT)),
    "not meant for OCSP": an_answer(by=a_responder(purpose=ExtendedKeyUsageOID.TIME_STAMPING)),
    "future": an_answer(at=NOW + DAY),
    "nonce": an_answer(nonce=b"another"),
    "try_later": ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
        Encoding.DER
    ),
    "not an OCSP answer": b"<html/>",
}


@pytest.mark.parametrize("said", LIES)
def test_an_answer_that_proves_nothing_is_refused_with_the_reason(said: str) -> None:
    with pytest.raises(RevocationUnusable, match=said):
        answered(LIES[said], b"ours")


def test_a_nonce_may_be_left_out() -> None:
    assert answered(an_answer(), b"ours").said.state is State.GOOD


def test_an_answer_about_the_same_number_of_another_issuer_is_none() -> None:
    with pytest.raises(RevocationUnusable, match="another certificate"):
        answered(an_answer(naming=ROOT))


def test_an_anchor_vouches_only_for_whom_it_may() -> None:
    held = tuple(certificates(ROOT))
    provincial = Anchor(name="Tỉnh", certificates=held, vouches_for=("*.H03", "H03.*"))
    authorities = Authorities(anchors=[provincial])
    chain = certificates(AGENCY)

    def reason(authorities: Authorities, speaker: str) -> Reason | None:
        return authorities.judge(chain[0], chain[1:], NOW, speaker=speaker).reason

    assert reason(authorities, "000.00.11.H03") is None
    assert reason(authorities, "H03.11") is None
    assert reason(authorities, "000.00.00.G22") is Reason.AUTHORITY_NOT_FOR_SPEAKER
    both = Authorities(anchors=[provincial, Anchor(name="Nhà nước", certificates=held)])
    assert both.judge(chain[0], chain[1:], NOW, speaker="000.00.00.G22").anchor == "Nhà nước"


def test_the_short_form_vouches_for_everybody_and_asks_for_no_news() -> None:
    chain = certificates(AGENCY)
    judgement = Authorities(certificates(ROOT)).judge(chain[0], chain[1:], NOW, speaker="ai đó")
    assert (judgement.belief, judgement.anchor) == (Belief.YES, one(ROOT).subject.rfc4514_string())
    assert judgement.revocation is not None
    assert judgement.revocation.state is State.UNKNOWN


@pytest.mark.parametrize("revoked", [False, True])
def test_what_openssl_answers_is_read(tmp_path: Path, revoked: bool) -> None:  # noqa: FBT001 - a case
    openssl, serial = a_binary("openssl"), f"{one(AGENCY).serial_number:X}"
    serial = serial.zfill(len(serial) + len(serial) % 2)
    state = f"R\t340101000000Z\t250101000000Z,keyCompromise\t{serial}\tunknown\t/CN=x\n" if revoked else ""
    state = state or f"V\t340101000000Z\t\t{serial}\tunknown\t/CN=x\n"
    responder = a_responder()
    for name, octets in (
        ("index", state.encode()),
        ("ca.pem", one(BETWEEN).public_bytes(Encoding.PEM)),
        ("responder.pem", responder.certificate),
        ("responder.key", responder.key),
        ("question", question(one(AGENCY), one(BETWEEN), b"sixteen octets..")),
    ):
        (tmp_path / name).write_bytes(octets)
    command = "ocsp -index index -CA ca.pem -rsigner responder.pem -rkey responder.key -reqin question -respout answer"
    subprocess.run(
        [openssl, *command.split(), "-ndays", "1"], cwd=tmp_path, check=True, capture_output=True, timeout=30
    )
    octets = (tmp_path / "answer").read_bytes()
    answer = read_answer(octets, one(AGENCY), one(BETWEEN), datetime.now(UTC), b"sixteen octets..")
    assert answer.said.state is (State.REVOKED if revoked else State.GOOD)
    assert answer.said.why == ("keyCompromise" if revoked else "")
