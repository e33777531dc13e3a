"""What we sign, others verify; what others sign, we verify."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from signxml.algorithms import SignatureMethod
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from signing import EDXML_RULES, MESSAGE_RULES, KeyKind, Reason, Result, seal, sign_enveloped, verify
from tests.keyring import NOW, SAMPLES, a_binary, a_key, a_pair, a_sample, an_authority, header_of, parsed, trust

if TYPE_CHECKING:
    from pathlib import Path

    from signing import Rules

_MESSAGE = '<Message xmlns="urn:lgsp:message:1"><Id>ư&amp;</Id></Message>'.encode()
_DOCUMENTS = [
    pytest.param(a_sample(), EDXML_RULES, id="document"),
    pytest.param(a_sample("document_new_dotnet_flavour.edxml"), EDXML_RULES, id="dotnet"),
    pytest.param(a_sample("status_01_arrived.edxml"), EDXML_RULES, id="status"),
    pytest.param(_MESSAGE, MESSAGE_RULES, id="message"),
]
_TEMPLATE = b"""<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>
<CanonicalizationMethod Algorithm="%b"/><SignatureMethod Algorithm="%b"/>
<Reference URI=""><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<Transform Algorithm="%b"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
<DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo>
</Signature>"""


def xmlsec1(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([a_binary("xmlsec1"), *arguments], cwd=folder, capture_output=True, check=False, timeout=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "authority.pem").write_bytes(an_authority().certificate)
    return tmp_path


@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize(("octets", "rules"), _DOCUMENTS)
def test_xmlsec1_verifies_what_we_sign(folder: Path, octets: bytes, rules: Rules, kind: KeyKind) -> None:
    signed = sign_enveloped(octets, a_key(kind), rules)
    (folder / "good.xml").write_bytes(signed)
    (folder / "bad.xml").write_bytes(signed.replace(b"</", b"x</", 1))
    assert xmlsec1(folder, "--verify", "--trusted-pem", "authority.pem", "good.xml").returncode == 0
    assert xmlsec1(folder, "--verify", "--trusted-pem", "authority.pem", "bad.xml").returncode != 0


@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize(("octets", "rules"), _DOCUMENTS)
def test_signxml_verifies_what_we_sign(octets: bytes, rules: Rules, kind: KeyKind) -> None:
    verifier = XMLVerifier()
    verified = verifier.verify(sign_enveloped(octets, a_key(kind), rules), x509_cert=a_key(kind).certificate)
    assert not isinstance(verified, list)
    assert verified.signed_xml is not None
    assert verified.signed_xml.tag == rules.place[0]


@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize("octets", [a_sample(), b"", bytes(range(256))], ids=["document", "nothing", "any bytes"])
def test_xmlsec1_verifies_the_seal_beside_the_octets(folder: Path, octets: bytes, kind: KeyKind) -> None:
    (folder / "seal.xml").write_bytes(seal(octets, a_key(kind), name="document.edxml", at=NOW))
    (folder / "document.edxml").write_bytes(octets)
    good = xmlsec1(folder, "--verify", "--trusted-pem", "authority.pem", "seal.xml")
    assert (good.returncode, b"2/2" in good.stderr + good.stdout) == (0, True)
    (folder / "document.edxml").write_bytes(octets + b"\n")
    assert xmlsec1(folder, "--verify", "--trusted-pem", "authority.pem", "seal.xml").returncode != 0


def test_xmlsec1_finds_octets_with_a_vietnamese_name(folder: Path) -> None:
    name = "Công văn số 5123 (bản 1).edxml"
    (folder / name).write_bytes(b"octets")
    (folder / "seal.xml").write_bytes(seal(b"octets", a_key(), name=name, at=NOW))
    assert xmlsec1(folder, "--verify", "--trusted-pem", "authority.pem", "seal.xml").returncode == 0


@pytest.mark.parametrize("kind", KeyKind)
def test_signxml_verifies_the_seal_as_xades(kind: KeyKind) -> None:
    results = XAdESVerifier().verify(
        seal(a_sample(), a_key(kind), name="document.edxml", at=NOW),
        x509_cert=a_key(kind).certificate,
        uri_resolver=lambda uri: a_sample() if uri == "document.edxml" else None,
        expect_config=XAdESSignatureConfiguration(expect_references=2),
    )
    assert results[0].signed_data == a_sample()


@pytest.mark.parametrize("kind", ["ecdsa-sha256", "rsa-sha256", "rsa-sha512"])
@pytest.mark.parametrize("form", ["2001/10/xml-exc-c14n#", "TR/2001/REC-xml-c14n-20010315"])
def test_we_verify_what_xmlsec1_signs(folder: Path, kind: str, form: str) -> None:
    pair = a_pair(KeyKind.P_256 if kind.startswith("ec") else KeyKind.RSA_2048)
    (folder / "key.pem").write_bytes(pair.key)
    (folder / "certificate.pem").write_bytes(pair.certificate)
    uri = b"http://www.w3.org/" + form.encode()
    template = _TEMPLATE % (uri, b"http://www.w3.org/2001/04/xmldsig-more#" + kind.encode(), uri)
    (folder / "template.xml").write_bytes(
        a_sample().replace(b"</edXML:edXMLHeader>", template + b"</edXML:edXMLHeader>", 1)
    )
    key = "--privkey-pem", "key.pem,certificate.pem"
    done = xmlsec1(folder, "--sign", *key, "--output", "signed.xml", "template.xml")
    assert done.returncode == 0, done.stderr
    verdict = verify(parsed((folder / "signed.xml").read_bytes()), EDXML_RULES, trust(), NOW)
    assert (verdict.result, verdict.reason, verdict.trusted) == (Result.VALID, None, True)


def test_we_verify_what_signxml_signs_exclusively() -> None:
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"
    )
    signed = signer.sign(parsed(a_sample()), key=a_pair().key, cert=a_pair().certificate.decode())
    header_of(signed).append(signed[-1])  # signxml puts it last in the root; the place is no part of what it signs
    assert verify(signed, EDXML_RULES, trust(), NOW).result is Result.VALID


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("document_new_signed_sha256.edxml", True),
        ("document_new_signed_legacy_sha1.edxml", True),
        ("document_new_signed_tampered.edxml", False),
    ],
)
def test_xmlsec1_and_we_agree_on_the_mathematics_of_the_samples(folder: Path, name: str, right: bool) -> None:  # noqa: FBT001
    certificate = SAMPLES / "test_signer_cert.pem"
    arguments = ("--verify", "--pubkey-cert-pem", str(certificate), "--enabled-key-data", "x509", str(SAMPLES / name))
    assert (xmlsec1(folder, *arguments).returncode == 0) == right
    verdict = verify(parsed(a_sample(name)), EDXML_RULES, trust(), NOW)
    assert (verdict.result in {Result.VALID, Result.WEAK}) == right
    assert (verdict.reason is Reason.ALTERED) == (not right)
