"""The two engines, alone and together: what each can check, and what becomes of a disagreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import pytest
import xmlsec
from lxml import etree

from lgsp.settings import TrustSection
from signing import (
    BOTH,
    EDXML_RULES,
    ENGINES,
    QUICK,
    SIGNXML,
    XMLSEC,
    KeyKind,
    Reason,
    Result,
    sign_enveloped,
    verify,
)
from signing.engine import Both, Finding, Mathematics
from signing.gate import examine, find_signature
from tests.keyring import (
    NOW,
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

if TYPE_CHECKING:
    from signing import Engine, Verdict
    from signing.certificates import Holder
    from signing.gate import Claim

_C = xmlsec.constants
_SIGNED = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
_INCLUSIVE = signed_elsewhere(a_sample(), a_pair(), form=_C.TransformInclC14N)
_WITH_INSTRUCTION = a_sample().replace(b"<edXML ", b"<?xml-stylesheet href='a.xsl'?>\n<edXML ", 1)
_PREFIXES = (None, b"", b"edXML", b"edXML xs", b"none", b"#default", b"#default edXML", b"  edXML   xs ", b"edXML ")
_LIST = b'<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="%b"/>'
_TEMPLATE = b"""<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">%b</ds:CanonicalizationMethod>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>
<ds:Reference URI=""><ds:Transforms>
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">%b</ds:Transform></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>
<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>"""


@dataclass(frozen=True)
class Saying:
    """An engine that always says the same."""

    name: str
    finding: Finding

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:  # noqa: ARG002
        return self.finding


def found(engine: Engine, octets: bytes, given: bytes | None) -> Finding:
    """Return what an engine says of the signature in `octets`, when it is given other octets."""
    root = parsed(octets)
    claim = examine(root, find_signature(root, EDXML_RULES), EDXML_RULES)
    return engine.check(claim, claim.holders[0], given)


def listing(form: bytes | None, reference: bytes | None, octets: bytes) -> bytes:
    """Return `octets` signed by libxmlsec1 with prefix lists in SignedInfo's form and in the reference's."""
    lists = [b"" if prefixes is None else _LIST % prefixes for prefixes in (form, reference)]
    root = parsed(octets.replace(b"</edXML:edXMLHeader>", _TEMPLATE % tuple(lists) + b"</edXML:edXMLHeader>", 1))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(a_pair().key, _C.KeyDataFormatPem)
    context.key.load_cert_from_memory(a_pair().certificate, _C.KeyDataFormatCertPem)
    context.sign(header_of(root)[-1])
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def disputed(given: bytes) -> Verdict:
    return verify(parsed(_SIGNED), EDXML_RULES, trust(), NOW, engine=BOTH, octets=given)


def test_the_configuration_names_every_engine() -> None:
    assert set(get_args(TrustSection.model_fields["engine"].annotation)) == set(ENGINES)
    assert ENGINES[TrustSection().engine] is QUICK


@every_engine
@pytest.mark.parametrize("kind", KeyKind)
def test_every_engine_takes_what_we_sign_and_notices_a_change(engine: Engine, kind: KeyKind) -> None:
    octets = sign_enveloped(a_sample(), a_key(kind), EDXML_RULES)
    right, wrong = judged(octets, engine), judged(octets.replace(b"<edXML:Priority>1", b"<edXML:Priority>3"), engine)
    assert (right.result, right.reason, right.detail) == (Result.VALID, None, "")
    assert (wrong.result, wrong.reason, wrong.covers) == (Result.INVALID, Reason.ALTERED, "")


def test_what_one_engine_finds_right_and_the_other_wrong_is_invalid_and_both_are_named() -> None:
    verdict = disputed(_SIGNED.replace(b"<edXML:Priority>1", b"<edXML:Priority>3"))
    assert (verdict.result, verdict.reason) == (Result.INVALID, Reason.ENGINES_DISAGREE)
    assert (verdict.trusted, verdict.covers) == (False, "")
    assert "xmlsec: right" in verdict.detail
    assert "signxml: wrong" in verdict.detail


@pytest.mark.parametrize("given", [b"", b"<", b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", a_sample(), _INCLUSIVE])
def test_signxml_believes_nothing_about_a_tree_that_other_octets_say(given: bytes) -> None:
    assert found(SIGNXML, _SIGNED, given).mathematics is Mathematics.WRONG
    assert disputed(given).reason is Reason.ENGINES_DISAGREE


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("right", "right", "right"),
        ("wrong", "wrong", "wrong"),
        ("right", "wrong", "disputed"),
        ("wrong", "right", "disputed"),
        ("right", "unable", "right"),
        ("unable", "right", "right"),
        ("wrong", "unable", "wrong"),
        ("unable", "wrong", "wrong"),
        ("unable", "unable", "unable"),
    ],
)
def test_two_engines_together(one: str, other: str, together: str) -> None:
    both = Both(*(Saying(name, Finding(Mathematics(said))) for name, said in (("first", one), ("second", other))))
    finding = found(both, _SIGNED, _SIGNED)
    assert finding.mathematics == together
    assert ("alone" in finding.detail) == ("unable" in {one, other})


@pytest.mark.parametrize(
    ("octets", "about"),
    [
        pytest.param(_INCLUSIVE, "inclusive", id="inclusive"),
        pytest.param(sign_enveloped(_WITH_INSTRUCTION, a_key(), EDXML_RULES), "instructions", id="before the root"),
        pytest.param(
            sign_enveloped(a_sample() + b"<?after x?>\n", a_key(), EDXML_RULES), "instructions", id="after the root"
        ),
        pytest.param(listing(b"#default", None, a_sample()), "#default", id="the default namespace"),
        pytest.param(listing(None, b"#default", a_sample()), "#default", id="the default namespace of the reference"),
        pytest.param(listing(b" edXML", None, a_sample()), "prefix list", id="blanks in the list"),
        pytest.param(listing(b"", None, a_sample()), "prefix list", id="an empty list"),
        pytest.param(listing(None, b"", a_sample()), "prefix list", id="an empty list of the reference"),
    ],
)
def test_what_signxml_cannot_check_it_says_and_libxmlsec1_alone_answers(octets: bytes, about: str) -> None:
    alone, together = judged(octets, SIGNXML), judged(octets, BOTH)
    assert (alone.result, alone.reason, alone.trusted) == (Result.UNVERIFIABLE, Reason.ENGINE_UNABLE, False)
    assert about in alone.detail
    assert (together.result, together.reason, together.trusted) == (Result.VALID, None, True)
    assert "checked by xmlsec alone" in together.detail
    assert about in together.detail
    assert judged(octets, XMLSEC).detail == ""


@every_engine
def test_instructions_outside_a_root_that_is_signed_by_its_identifier_concern_no_engine(engine: Engine) -> None:
    octets = _WITH_INSTRUCTION.replace(b"<edXML xmlns", b'<edXML Id="goc" xmlns', 1)
    verdict = judged(b"<?x?>" + signed_elsewhere(octets, a_pair(), uri="#goc").partition(b"?>\n")[2], engine)
    assert (verdict.result, verdict.detail) == (Result.VALID, "")


@every_engine
def test_no_engine_takes_its_key_from_anything_but_the_certificate(engine: Engine) -> None:
    foreign = (
        b'<KeyValue><ECKeyValue xmlns="http://www.w3.org/2009/xmldsig11#">'
        b'<NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><PublicKey>%b</PublicKey></ECKeyValue></KeyValue>'
        % (b"B" * 87 + b"=")
    )
    assert judged(_SIGNED.replace(b"<X509Data>", foreign + b"<X509Data>"), engine).result is Result.VALID


def test_a_weak_signature_that_one_engine_checked_says_both() -> None:
    detail = judged(a_sample("document_new_signed_legacy_sha1.edxml"), BOTH).detail
    assert "rsa-sha1" in detail
    assert "xmlsec alone" in detail


def test_signxml_without_the_octets_is_unable() -> None:
    assert found(SIGNXML, _SIGNED, None).mathematics is Mathematics.UNABLE
    assert found(BOTH, _SIGNED, None).mathematics is Mathematics.RIGHT
    assert found(XMLSEC, _SIGNED, None).mathematics is Mathematics.RIGHT


@pytest.mark.parametrize("form", _PREFIXES)
@pytest.mark.parametrize("reference", _PREFIXES)
@pytest.mark.parametrize("name", ["document_new.edxml", "document_new_dotnet_flavour.edxml"])
def test_the_engines_agree_on_every_prefix_list(name: str, form: bytes | None, reference: bytes | None) -> None:
    octets = listing(form, reference, a_sample(name))
    assert judged(octets, BOTH).result is Result.VALID
    assert judged(octets.replace(b"Priority>1", b"Priority>2"), BOTH).reason is not Reason.ENGINES_DISAGREE


@pytest.mark.parametrize(
    "inside",
    [
        b"&#13;&#10;&#9; ",
        b"<![CDATA[<&>]]>",
        b'<x xmlns=""/><y xmlns="urn:y"><z xmlns=""/></y>',
        b'<x xmlns:unused="urn:u"><y xmlns:unused="urn:v"/></x>',
        '<x a="&#10;&quot;&lt;" b="\'"/>😀&#128512;'.encode(),
        b'<x xml:lang="vi" xml:base="http://a/b" xml:id="i"/>',
        b"A" * 10_500_000,
    ],
    ids=[
        "controls",
        "cdata",
        "no namespace",
        "unused prefixes",
        "escapes",
        "xml attributes",
        "larger than a text node may be",
    ],
)
@pytest.mark.parametrize(
    "forms", [(_C.TransformExclC14N,), (_C.TransformInclC14N,), ()], ids=["excl", "incl", "unnamed"]
)
def test_the_engines_agree_on_what_is_hard_to_canonicalize(inside: bytes, forms: tuple[object, ...]) -> None:
    octets = a_sample().replace(b"<edXML:Subject>", b"<edXML:Subject>" + inside, 1)
    signed = signed_elsewhere(octets, a_pair(), transforms=(_C.TransformEnveloped, *forms))
    assert found(BOTH, signed, signed) == Finding(Mathematics.RIGHT)
