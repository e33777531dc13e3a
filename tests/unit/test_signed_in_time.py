"""A signature is judged as of when it was made, where a trusted time stamp proves when that was."""

from __future__ import annotations

import base64
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from signing import (
    EDXML_RULES,
    XMLSEC,
    Anchor,
    Authorities,
    Belief,
    Freshness,
    Reason,
    Result,
    Term,
    Verdict,
    make_certificate,
    names,
    verify,
)
from signing.revocation import Snapshot, read_crl
from signing.stamped import canonical_leaf
from tests.keyring import a_binary, a_sample, an_authority, certificates, every_engine, parsed, trust
from tests.services.time_authority import TimeAuthority, a_root, by_certomancer, by_openssl
from tests.xades import stamped, token_of, value_of, with_stamp, xades_signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from signing import Engine

_DAY: Final = timedelta(days=1)
_NOW: Final = datetime.now(UTC).replace(microsecond=0)
_ENDED: Final = _NOW - 10 * _DAY
#: A certificate that was good for thirty days and ended ten days ago.
_OLD: Final = make_certificate(an_authority(), "UBND tỉnh Mẫu", term=Term(start=_ENDED - 30 * _DAY, days=30))
_BELIEVED: Final = Authorities(certificates(a_root()))


def as_t(at: datetime | None, form: str = "") -> bytes:
    """Return a document signed with the old certificate and stamped at `at`."""
    return with_stamp(_signed(), at, form=form)


def judged(
    octets: bytes,
    engine: Engine = XMLSEC,
    *,
    believed: Authorities | None = _BELIEVED,
    authorities: Authorities | None = None,
    proven_at: datetime | None = None,
) -> Verdict:
    return verify(
        parsed(octets),
        EDXML_RULES,
        authorities or trust(),
        _NOW,
        engine=engine,
        octets=octets,
        proven_at=proven_at,
        time_authorities=believed,
    )


@every_engine
@pytest.mark.parametrize("form", ["", names.INCLUSIVE, names.EXCLUSIVE])
def test_a_certificate_that_ended_after_the_stamp_is_good(engine: Engine, form: str) -> None:
    verdict = judged(as_t(_ENDED - _DAY, form=form), engine)
    assert (verdict.result, verdict.belief, verdict.reason) == (Result.VALID, Belief.YES, None), verdict.detail
    assert verdict.proven_at == _ENDED - _DAY


def test_without_a_stamp_it_has_ended() -> None:
    verdict = judged(xades_signed(a_sample(), _OLD))
    assert (verdict.belief, verdict.reason, verdict.proven_at) == (Belief.NO, Reason.CERTIFICATE_EXPIRED, None)


def test_a_stamp_of_openssl_over_a_signature_of_today_is_believed_too() -> None:
    good = make_certificate(an_authority(), "UBND tỉnh Mẫu", term=Term(start=_NOW - _DAY, days=30))
    octets = xades_signed(a_sample(), good)
    with TimeAuthority(by_openssl()) as authority:
        octets = stamped(octets, lambda data: token_of(authority, data), value_of(octets))
    revoked = _revoking(good.certificate, datetime.now(UTC) + timedelta(seconds=30))  # the stamp is of this moment
    verdict = judged(octets, authorities=revoked)
    assert verdict.trusted, verdict.detail
    assert verdict.proven_at is not None


@pytest.mark.parametrize(("after", "trusted"), [(_DAY, True), (-_DAY, False)], ids=["after", "before"])
def test_a_revocation_counts_when_it_was_before_the_stamp(after: timedelta, trusted: bool) -> None:  # noqa: FBT001
    good = make_certificate(an_authority(), "UBND tỉnh Mẫu", term=Term(start=_NOW - 30 * _DAY, days=60))
    octets = xades_signed(a_sample(), good)
    moment = _NOW - 5 * _DAY
    octets = with_stamp(octets, moment)
    verdict = judged(octets, authorities=_revoking(good.certificate, moment + after))
    assert verdict.trusted is trusted
    assert verdict.reason is (None if trusted else Reason.CERTIFICATE_REVOKED)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (lambda: as_t(_ENDED + _DAY), ""),
        (lambda: over(b"something else"), "time stamp other-data"),
        (lambda: stamped(_signed(), lambda _: b"no token", b""), "time stamp malformed"),
        (lambda: as_t(_ENDED - _DAY, form=names.EXCLUSIVE + "WithComments"), "time stamp malformed"),
        (lambda: as_t(_ENDED - _DAY).replace(b"EncapsulatedTimeStamp>", b"EncapsulatedTimeStamp>!", 1), "malformed"),
    ],
    ids=["made too late", "over other data", "no token", "another form", "no base64"],
)
def test_a_stamp_that_proves_nothing_helps_nobody(octets: Callable[[], bytes], why: str) -> None:
    verdict = judged(octets())
    assert (verdict.belief, verdict.reason) == (Belief.NO, Reason.CERTIFICATE_EXPIRED)
    assert why in verdict.detail


def test_a_stamp_of_a_stranger_helps_nobody() -> None:
    octets = as_t(_ENDED - _DAY)
    for believed in (None, Authorities(), Authorities(certificates(a_root("Gốc khác")))):
        assert judged(octets, believed=believed).reason is Reason.CERTIFICATE_EXPIRED


def test_a_stamp_moved_from_another_signature_helps_nobody() -> None:
    theirs = xades_signed(a_sample("document_new_dotnet_flavour.edxml"), _OLD)
    verdict = judged(over(value_of(theirs)))
    assert (verdict.reason, verdict.proven_at) == (Reason.CERTIFICATE_EXPIRED, None)


def test_a_stamp_makes_no_changed_document_valid() -> None:
    changed = as_t(_ENDED - _DAY).replace(b"000.00.00.H03", b"000.00.00.H04", 1)
    assert (judged(changed).result, judged(changed).reason) == (Result.INVALID, Reason.ALTERED)


def test_where_news_must_be_fresh_silence_about_an_ended_certificate_means_nothing() -> None:
    hard = Authorities(
        anchors=[
            Anchor(
                name="Gốc",
                certificates=tuple(certificates(an_authority())),
                freshness=Freshness.HARD,
                max_age=timedelta(days=365),
            )
        ]
    )
    issuer = certificates(an_authority())[0]
    octets = as_t(_ENDED - _DAY)
    hard.learn(Snapshot([read_crl(a_list(at=_ENDED - _DAY), issuer, _NOW)]))
    assert judged(octets, authorities=hard).belief is Belief.YES  # it was on no list while it would have stood there
    hard.learn(Snapshot([read_crl(a_list(at=_NOW), issuer, _NOW)]))
    assert judged(octets, authorities=hard).reason is Reason.REVOCATION_UNKNOWN
    kept = a_list(at=_NOW, keeps_since=_ENDED - 90 * _DAY)
    hard.learn(Snapshot([read_crl(kept, issuer, _NOW)]))
    assert judged(octets, authorities=hard).belief is Belief.YES


def test_the_inclusive_form_of_the_signature_value_is_that_of_an_independent_program(tmp_path: Path) -> None:
    """Sign the value itself with xmlsec1 in inclusive form: its digest is then over what we must have written."""
    octets = _signed().replace(b"<ds:SignatureValue", b'<ds:SignatureValue Id="v1"', 1)
    octets = octets.replace(b"<edXML ", b'<edXML xml:lang="vi" ', 1)
    template = _REFERENCE.replace("FORM", names.INCLUSIVE)
    end = b"</edXML>"
    (tmp_path / "in.xml").write_bytes(octets.replace(end, template.encode() + end, 1))
    (tmp_path / "key.pem").write_bytes(_OLD.key)
    command = [a_binary("xmlsec1"), "--sign", "--privkey-pem", "key.pem", "--id-attr:Id", "SignatureValue"]
    command += ["--node-xpath", "/*/*[local-name()='Signature']", "--output", "out.xml", "in.xml"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=30)
    signed = etree.parse(tmp_path / "out.xml").getroot()
    value = signed.find(f".//{{{names.DSIG}}}SignatureValue[@Id='v1']")
    digest = signed.findtext(f"{{{names.DSIG}}}Signature/{{*}}SignedInfo/{{*}}Reference/{{*}}DigestValue")
    assert value is not None
    assert digest == base64.b64encode(sha256(canonical_leaf(value, names.INCLUSIVE)).digest()).decode()


_REFERENCE: Final = f"""<Signature xmlns="{names.DSIG}"><SignedInfo>
<CanonicalizationMethod Algorithm="{names.EXCLUSIVE}"/>
<SignatureMethod Algorithm="{names.ECDSA_SHA256}"/><Reference URI="#v1"><Transforms><Transform Algorithm="FORM"/>
</Transforms><DigestMethod Algorithm="{names.SHA256}"/><DigestValue/></Reference></SignedInfo><SignatureValue/>
</Signature>"""


def _signed() -> bytes:
    return xades_signed(a_sample(), _OLD)


def over(data: bytes) -> bytes:
    """Return a document stamped in time, over `data`."""
    with TimeAuthority(by_certomancer(at=_ENDED - _DAY)) as authority:
        return stamped(_signed(), lambda octets: token_of(authority, octets), data)


def _revoking(certificate: bytes, since: datetime) -> Authorities:
    """Return the belief in the authority, which says that a certificate is revoked since then."""
    believed = Authorities(certificates(an_authority()))
    (found,) = x509.load_pem_x509_certificates(certificate)
    octets = a_list(found, at=_NOW, since=since)
    believed.learn(Snapshot([read_crl(octets, certificates(an_authority())[0], _NOW)]))
    return believed


def a_list(
    *revoked: x509.Certificate, at: datetime, since: datetime = _NOW, keeps_since: datetime | None = None
) -> bytes:
    """Return the authority's list of that moment."""
    issuer = certificates(an_authority())[0]
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(at).next_update(at + 300 * _DAY)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(since)
        builder = builder.add_revoked_certificate(entry.build())
    if keeps_since is not None:
        moment = b"\x18\x0f" + f"{keeps_since:%Y%m%d%H%M%SZ}".encode()
        kept = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), moment)
        builder = builder.add_extension(kept, critical=False)
    key: Any = load_pem_private_key(an_authority().key, password=None)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
