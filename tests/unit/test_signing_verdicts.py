"""What `verify` says about signatures that were made in good faith."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from signing import (
    EDXML_RULES,
    MESSAGE_RULES,
    SIGNXML,
    Authorities,
    Engine,
    KeyKind,
    Made,
    Reason,
    Result,
    Verdict,
    sign_enveloped,
    verify,
)
from tests.keyring import (
    DECADE,
    NOW,
    SAMPLES,
    a_key,
    a_pair,
    a_sample,
    every_engine,
    header_of,
    judged,
    parsed,
    signed_elsewhere,
    trust,
)

_C = xmlsec.constants
_EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


def unable(engine: Engine, verdict: Verdict) -> bool:
    """Tell that signxml alone was asked, of a form that lxml canonicalizes unlike the standard, and says so."""
    says_so = (verdict.result, verdict.reason, verdict.trusted) == (
        Result.UNVERIFIABLE,
        Reason.ENGINE_UNABLE,
        False,
    )
    return engine is SIGNXML and says_so and "inclusive" in verdict.detail


@every_engine
@pytest.mark.parametrize(
    ("name", "result", "reason"),
    [
        ("document_new.edxml", Result.ABSENT, Reason.MISSING),
        ("document_new_dotnet_flavour.edxml", Result.ABSENT, Reason.EMPTY),
        ("document_new_signed_sha256.edxml", Result.VALID, Reason.AUTHORITY_UNKNOWN),
        ("document_new_signed_legacy_sha1.edxml", Result.WEAK, Reason.WEAK_ALGORITHM),
        ("document_new_signed_tampered.edxml", Result.INVALID, Reason.ALTERED),
        ("status_01_arrived.edxml", Result.ABSENT, Reason.MISSING),
    ],
)
def test_each_sample_gets_its_true_verdict(name: str, result: Result, reason: Reason, engine: Engine) -> None:
    verdict = judged(a_sample(name), engine)
    if result is Result.WEAK and unable(engine, verdict):
        return
    assert (verdict.result, verdict.reason, verdict.trusted) == (result, reason, False)


@every_engine
@pytest.mark.parametrize("kind", KeyKind)
def test_what_we_sign_is_valid_and_trusted_and_covers_the_whole_document(kind: KeyKind, engine: Engine) -> None:
    verdict = judged(sign_enveloped(a_sample(), a_key(kind), EDXML_RULES), engine)
    certificate = a_key(kind).certificate
    assert (verdict.result, verdict.reason, verdict.trusted) == (Result.VALID, None, True)
    assert verdict.covers == "whole document"
    assert verdict.signer == "CN=UBND tỉnh Mẫu"
    assert verdict.certificate == certificate
    assert verdict.algorithm == a_key(kind).algorithm


def test_the_verdict_names_the_line_of_the_signature() -> None:
    octets = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
    assert judged(octets).line == octets[: octets.index(b"<Signature")].count(b"\n") + 1


@every_engine
@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (_C.TransformEcdsaSha256, _C.TransformSha256),
        (_C.TransformEcdsaSha384, _C.TransformSha384),
        (_C.TransformEcdsaSha512, _C.TransformSha512),
    ],
)
@pytest.mark.parametrize("form", [_C.TransformExclC14N, _C.TransformInclC14N])
def test_strong_algorithms_are_valid_with_either_canonicalization(
    method: object, digest: object, form: object, engine: Engine
) -> None:
    transforms = (_C.TransformEnveloped, form)
    octets = signed_elsewhere(a_sample(), a_pair(), method=method, digest=digest, form=form, transforms=transforms)
    verdict = judged(octets, engine)
    assert verdict.result is Result.VALID or (form is _C.TransformInclC14N and unable(engine, verdict))


@every_engine
@pytest.mark.parametrize("method", [_C.TransformRsaSha256, _C.TransformRsaSha384, _C.TransformRsaSha512])
def test_rsa_with_sha_2_is_valid(method: object, engine: Engine) -> None:
    octets = signed_elsewhere(a_sample(), a_pair(KeyKind.RSA_2048), method=method)
    assert judged(octets, engine).result is Result.VALID


@every_engine
def test_a_reference_without_canonicalization_is_read_as_the_standard_says(engine: Engine) -> None:
    octets = signed_elsewhere(a_sample(), a_pair(), transforms=(_C.TransformEnveloped,))
    assert judged(octets, engine).result is Result.VALID


@every_engine
@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (_C.TransformRsaSha1, _C.TransformSha1),
        (_C.TransformRsaSha256, _C.TransformSha1),
        (_C.TransformRsaSha1, _C.TransformSha256),
    ],
)
def test_sha_1_is_weak_when_right_and_invalid_when_wrong(method: object, digest: object, engine: Engine) -> None:
    octets = signed_elsewhere(a_sample(), a_pair(KeyKind.RSA_2048), method=method, digest=digest)
    altered = octets.replace(b"5123/UBND-KGVX</edXML:DocumentId>", b"5124/UBND-KGVX</edXML:DocumentId>")
    right, wrong = judged(octets, engine), judged(altered, engine)
    assert (right.result, right.reason, right.trusted) == (Result.WEAK, Reason.WEAK_ALGORITHM, True)
    assert (wrong.result, wrong.trusted) == (Result.INVALID, False)


@every_engine
def test_an_rsa_key_of_1024_bits_is_weak(engine: Engine) -> None:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
    small = _certified(private)
    verdict = judged(signed_elsewhere(a_sample(), small, method=_C.TransformRsaSha256), engine)
    assert (verdict.result, verdict.reason) == (Result.WEAK, Reason.WEAK_KEY)


@every_engine
def test_a_signature_over_the_root_by_its_identifier_covers_the_whole_document_every_time_it_is_asked(
    engine: Engine,
) -> None:
    octets = a_sample().replace(b"<edXML xmlns", b'<edXML Id="goc" xmlns', 1)
    signed = signed_elsewhere(octets, a_pair(), uri="#goc")
    root = parsed(signed)
    for _ in range(3):
        verdict = verify(root, EDXML_RULES, trust(), NOW, engine=engine, octets=signed)
        assert (verdict.result, verdict.covers) == (Result.VALID, "whole document")


@every_engine
def test_a_self_signed_certificate_is_valid_and_not_trusted(engine: Engine) -> None:
    alone = _certified(rsa.generate_private_key(public_exponent=65_537, key_size=2048))
    verdict = judged(signed_elsewhere(a_sample(), alone, method=_C.TransformRsaSha256), engine)
    assert (verdict.result, verdict.reason, verdict.trusted) == (Result.VALID, Reason.AUTHORITY_UNKNOWN, False)


@every_engine
def test_an_expired_certificate_leaves_the_mathematics_valid_and_the_signer_untrusted(engine: Engine) -> None:
    octets = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
    late = judged(octets, engine, at=NOW + timedelta(days=4000))
    early = judged(octets, engine, at=NOW - timedelta(days=4000))
    assert (late.result, late.reason, late.trusted) == (Result.VALID, Reason.CERTIFICATE_EXPIRED, False)
    assert (early.result, early.reason) == (Result.VALID, Reason.CERTIFICATE_NOT_YET_VALID)


def test_a_signature_that_lost_its_namespace_is_unverifiable() -> None:
    octets = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
    lost = octets.replace(b' xmlns="http://www.w3.org/2000/09/xmldsig#"', b"")
    verdict = judged(lost)
    assert (verdict.result, verdict.reason) == (Result.UNVERIFIABLE, Reason.NAMESPACE)


def test_a_login_token_called_signature_is_unverifiable() -> None:
    root = parsed(a_sample())
    token = etree.SubElement(header_of(root), f"{{{_EDXML}}}Signature")
    etree.SubElement(token, f"{{{_EDXML}}}Token").text = "abc"
    assert verify(root, EDXML_RULES, trust(), NOW).result is Result.UNVERIFIABLE


def test_a_placeholder_certificate_is_unverifiable() -> None:
    octets = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
    begin, end = octets.index(b"<X509Certificate>") + 17, octets.index(b"</X509Certificate>")
    for placeholder in (b"MIIFqTCCBJG", b"MIIFqTCCBJE=", b"", b"user05"):
        verdict = judged(octets[:begin] + placeholder + octets[end:])
        assert (verdict.result, verdict.reason) == (Result.UNVERIFIABLE, Reason.CERTIFICATE_UNREADABLE)


def test_a_certificate_with_a_broken_name_is_unverifiable() -> None:
    der = a_key().certificate.public_bytes(Encoding.DER)
    issuer = der.index("CA thử".encode()) - 2  # the tag and the length before it
    broken = der[:issuer] + b"\x01" + der[issuer + 1 :]
    octets = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
    verdict = judged(octets.replace(base64.b64encode(der), base64.b64encode(broken)))
    assert (verdict.result, verdict.reason) == (Result.UNVERIFIABLE, Reason.CERTIFICATE_UNREADABLE)


@every_engine
def test_a_message_is_judged_by_its_own_place(engine: Engine) -> None:
    message = b'<m:Message xmlns:m="urn:lgsp:message:1"><m:Id>1</m:Id></m:Message>'
    octets = sign_enveloped(message, a_key(), MESSAGE_RULES)
    assert judged(octets, engine, MESSAGE_RULES).result is Result.VALID
    assert judged(octets, engine, EDXML_RULES).reason is Reason.MISPLACED


@every_engine
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.edxml")), ids=lambda path: path.stem)
def test_judging_changes_nothing_in_the_tree(path: object, engine: Engine) -> None:
    octets = a_sample(str(path))
    root = parsed(octets)
    before, elements = etree.tostring(root.getroottree()), list(root.iter())
    verify(root, EDXML_RULES, trust(), NOW, engine=engine, octets=octets)
    assert etree.tostring(root.getroottree()) == before
    assert all(now is then for now, then in zip(root.iter(), elements, strict=True))


@every_engine
@given(place=st.integers(min_value=0), value=st.integers(min_value=0, max_value=255))
def test_no_changed_byte_leaves_a_trusted_signature_on_another_document(place: int, value: int, engine: Engine) -> None:
    octets = bytearray(_SIGNED)
    octets[place % len(octets)] = value
    try:
        root = parsed(bytes(octets))
    except etree.XMLSyntaxError:
        return
    verdict = verify(root, EDXML_RULES, trust(), NOW, engine=engine, octets=bytes(octets))
    assert verdict.reason is not Reason.ENGINES_DISAGREE, verdict.detail
    if verdict.result is Result.VALID and verdict.trusted:
        assert _unsigned_form(root) == _unsigned_form(parsed(_SIGNED))


def test_nothing_is_trusted_without_authorities() -> None:
    assert not verify(parsed(_SIGNED), EDXML_RULES, Authorities([]), NOW).trusted


def _unsigned_form(root: etree._Element) -> bytes:
    header = header_of(root)
    header.remove(header[-1])
    return etree.tostring(root.getroottree(), method="c14n", exclusive=True)


def _certified(private: rsa.RSAPrivateKey) -> Made:
    """Return a self-signed pair for a key that `make_certificate` would not make."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tự ký")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(DECADE.start or NOW)
        .not_valid_after(NOW + timedelta(days=30))
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Made(key=pem, certificate=certificate.public_bytes(Encoding.PEM))


_SIGNED = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
