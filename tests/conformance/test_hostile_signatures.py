"""Signatures made to deceive: each ends in its verdict, quickly, and raises nothing."""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
import xmlsec
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from signing import EDXML_RULES, Reason, Result, make_authority, make_certificate, sign_enveloped, verify
from signing.sign import key_info
from tests.cheap import cheap
from tests.keyring import (
    DECADE,
    NOW,
    a_key,
    a_pair,
    a_sample,
    every_engine,
    header_of,
    held,
    judged,
    parsed,
    signed_elsewhere,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from signing import Engine

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_EVIL = b"999.99.99.X99"
_SENDER = b"<edXML:OrganId>000.00.00.H03</edXML:OrganId>"
_EXCLUSIVE = b"http://www.w3.org/2001/10/xml-exc-c14n#"
_TRANSFORM = b'<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform>'


@cache
def _signed() -> bytes:
    return sign_enveloped(a_sample(), a_key(), EDXML_RULES)


@cache
def _signed_by_id() -> bytes:
    octets = a_sample().replace(b"<edXML xmlns", b'<edXML Id="goc" xmlns', 1)
    return signed_elsewhere(octets, a_pair(), uri="#goc")


def _signature(octets: bytes) -> bytes:
    found = re.search(rb"<(\w+:)?Signature .*</(\w+:)?Signature>", octets, re.DOTALL)
    assert found
    return found[0]


def _swap(old: bytes, new: bytes) -> Callable[[], bytes]:
    """Return the signed sample with one thing in it exchanged."""

    def change() -> bytes:
        assert old in _signed()
        return _signed().replace(old, new, 1)

    return change


def _inside(tag: str, text: bytes) -> Callable[[], bytes]:
    """Return the signed sample with `text` put first into an element of the signature."""
    return lambda: re.sub(rf"(<{tag}[^>]*>)".encode(), lambda m: m[1] + text, _signed(), count=1)


def _evil_copy(octets: bytes) -> bytes:
    """Return the document as the attacker wants it read: another sender, no signature."""
    without = octets.replace(_signature(octets), b"")
    body = without[without.index(b"<edXML") :]
    return body.replace(_SENDER, _SENDER.replace(b"000.00.00.H03", _EVIL), 1)


def _wrapped(*, signature_outside: bool, same_id: bool) -> Callable[[], bytes]:
    """Return a forged root that carries the signed one inside, where no reader looks."""

    def wrap() -> bytes:
        inner = _signed_by_id()[_signed_by_id().index(b"<edXML") :]
        forged = _evil_copy(_signed_by_id())
        if not same_id:
            forged = forged.replace(b' Id="goc"', b"", 1)
        if signature_outside:
            forged = forged.replace(b"</edXML:edXMLHeader>", _signature(inner) + b"</edXML:edXMLHeader>", 1)
            inner = inner.replace(_signature(inner), b"")
        return forged.replace(b"</edXML>", inner + b"</edXML>")

    return wrap


def _moved(before: bytes) -> Callable[[], bytes]:
    return lambda: _signed().replace(_signature(_signed()), b"").replace(before, _signature(_signed()) + before, 1)


def _programmed(transform: bytes) -> Callable[[], bytes]:
    """Return a signature that is right by the mathematics of libxmlsec1, with a program choosing what is signed."""
    return _swap(_TRANSFORM, b'<Transform Algorithm="%b"/>' % transform)


def _xpath_that_drops_the_body() -> bytes:
    root = parsed(a_sample())
    constants = xmlsec.constants
    signature = xmlsec.template.create(root, constants.TransformExclC14N, constants.TransformEcdsaSha256)
    header_of(root).append(signature)
    reference = xmlsec.template.add_reference(signature, constants.TransformSha256, uri="")
    chosen = etree.SubElement(xmlsec.template.add_transform(reference, constants.TransformXPath), f"{_DS}XPath")
    chosen.text = "false()"
    xmlsec.template.x509_data_add_certificate(xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature)))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(a_pair().key, constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(a_pair().certificate, constants.KeyDataFormatCertPem)
    context.sign(signature)
    header_of(root)[0][0][0].text = _EVIL.decode()
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(a_pair().certificate, constants.KeyDataFormatCertPem)
    context.verify(signature)  # the engine alone takes it
    return etree.tostring(root)


def _references(count: int) -> Callable[[], bytes]:
    def multiply() -> bytes:
        found = re.search(rb"<Reference.*</Reference>", _signed(), re.DOTALL)
        assert found
        return _signed().replace(found[0], found[0] * count)

    return multiply


def _with_doctype() -> bytes:
    dtd = b'<!DOCTYPE edXML [<!ATTLIST Attachment secret ID #IMPLIED><!ENTITY e "x">]>\n<edXML '
    return _signed().replace(b"<edXML ", dtd, 1)


HOSTILE: dict[str, tuple[Callable[[], bytes], Result, Reason]] = {
    "wrapped, signature where it was": (
        _wrapped(signature_outside=False, same_id=False),
        Result.INVALID,
        Reason.MISPLACED,
    ),
    "wrapped, signature in the forged header": (
        _wrapped(signature_outside=True, same_id=False),
        Result.INVALID,
        Reason.COVERAGE,
    ),
    "wrapped, the forged root has the same Id": (
        _wrapped(signature_outside=True, same_id=True),
        Result.INVALID,
        Reason.COVERAGE,
    ),
    "wrapped in ds:Object": (
        lambda: _signed().replace(b"</KeyInfo>", b"</KeyInfo><Object>" + _evil_copy(_signed()) + b"</Object>"),
        Result.INVALID,
        Reason.TOO_MUCH,
    ),
    "a small ds:Object": (_swap(b"</KeyInfo>", b"</KeyInfo><Object/>"), Result.INVALID, Reason.STRUCTURE),
    "moved to the end of the root": (_moved(b"</edXML>"), Result.INVALID, Reason.MISPLACED),
    "moved into the body": (_moved(b"</edXML:edXMLBody>"), Result.INVALID, Reason.MISPLACED),
    "moved into the message header": (_moved(b"</edXML:MessageHeader>"), Result.INVALID, Reason.MISPLACED),
    "twice": (
        lambda: _signed().replace(_signature(_signed()), _signature(_signed()) * 2),
        Result.INVALID,
        Reason.SEVERAL,
    ),
    "a filled DigitalSignature beside it": (
        _swap(b"<Signature ", b"<edXML:DigitalSignature>x</edXML:DigitalSignature><Signature "),
        Result.INVALID,
        Reason.SEVERAL,
    ),
    "a reference to nothing": (_swap(b'URI=""', b'URI="#none"'), Result.INVALID, Reason.COVERAGE),
    "a reference to a file": (_swap(b'URI=""', b'URI="file:///etc/passwd"'), Result.INVALID, Reason.COVERAGE),
    "a reference by XPointer": (_swap(b'URI=""', b'URI="#xpointer(/)"'), Result.INVALID, Reason.COVERAGE),
    "a reference without URI": (_swap(b' URI=""', b""), Result.INVALID, Reason.COVERAGE),
    "two thousand references": (_references(2_000), Result.INVALID, Reason.TOO_MUCH),
    "two references": (_references(2), Result.INVALID, Reason.TOO_MUCH),
    "no reference": (_references(0), Result.INVALID, Reason.STRUCTURE),
    "an XPath that drops the body": (_xpath_that_drops_the_body, Result.INVALID, Reason.COVERAGE),
    "XPath as second transform": (
        _programmed(b"http://www.w3.org/TR/1999/REC-xpath-19991116"),
        Result.INVALID,
        Reason.COVERAGE,
    ),
    "XSLT": (_programmed(b"http://www.w3.org/TR/1999/REC-xslt-19991116"), Result.INVALID, Reason.COVERAGE),
    "XPath filter 2": (_programmed(b"http://www.w3.org/2002/06/xmldsig-filter2"), Result.INVALID, Reason.COVERAGE),
    "an unknown transform": (_programmed(b"urn:nothing"), Result.UNVERIFIABLE, Reason.TRANSFORM),
    "the vendors' wrong canonicalization": (
        _programmed(b"http://www.w3.org/TR/xml-exc-c14n#"),
        Result.UNVERIFIABLE,
        Reason.TRANSFORM,
    ),
    "canonicalization with comments": (
        _programmed(_EXCLUSIVE + b"WithComments"),
        Result.UNVERIFIABLE,
        Reason.TRANSFORM,
    ),
    "three transforms": (_swap(_TRANSFORM, _TRANSFORM * 2), Result.INVALID, Reason.TOO_MUCH),
    "no enveloped transform": (
        _swap(b'<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform>', b""),
        Result.UNVERIFIABLE,
        Reason.TRANSFORM,
    ),
    "HMAC with the certificate as key": (
        _swap(b"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", b"http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        Result.UNVERIFIABLE,
        Reason.ALGORITHM,
    ),
    "RSA with an elliptic key": (_swap(b"#ecdsa-sha256", b"#rsa-sha256"), Result.INVALID, Reason.KEY_MISMATCH),
    "another hash in the method": (_swap(b"#ecdsa-sha256", b"#ecdsa-sha512"), Result.INVALID, Reason.MATHEMATICS),
    "MD5": (
        _swap(b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2001/04/xmldsig-more#md5"),
        Result.UNVERIFIABLE,
        Reason.ALGORITHM,
    ),
    "a truncated HMAC parameter": (
        _inside("SignatureMethod", b"<HMACOutputLength>1</HMACOutputLength>"),
        Result.INVALID,
        Reason.STRUCTURE,
    ),
    "a digest of another length": (
        lambda: re.sub(rb"<DigestValue>[^<]*", b"<DigestValue>AAAA", _signed()),
        Result.INVALID,
        Reason.STRUCTURE,
    ),
    "another digest": (
        lambda: re.sub(rb"<DigestValue>[^<]*", b"<DigestValue>" + b"A" * 43 + b"=", _signed()),
        Result.INVALID,
        Reason.MATHEMATICS,
    ),
    "an empty signature value": (
        lambda: re.sub(rb"<SignatureValue>[^<]*", b"<SignatureValue>", _signed()),
        Result.INVALID,
        Reason.STRUCTURE,
    ),
    "a truncated signature value": (
        lambda: re.sub(rb"<SignatureValue>[^<]{8}", b"<SignatureValue>", _signed()),
        Result.INVALID,
        Reason.MATHEMATICS,
    ),
    "a signature value of zeros": (
        lambda: re.sub(rb"<SignatureValue>[^<]*", b"<SignatureValue>" + b"A" * 86 + b"==", _signed()),
        Result.INVALID,
        Reason.MATHEMATICS,
    ),
    "base64 that is not canonical": (
        lambda: re.sub(rb"<SignatureValue>[^<]*", b"<SignatureValue>AB==", _signed()),
        Result.INVALID,
        Reason.STRUCTURE,
    ),
    "a comment in the signature value": (_inside("SignatureValue", b"<!-- -->"), Result.INVALID, Reason.SPLIT_VALUE),
    "a comment in the signature": (_inside("SignedInfo", b"<!-- -->"), Result.INVALID, Reason.STRUCTURE),
    "text between elements": (_inside("SignedInfo", b"text"), Result.INVALID, Reason.STRUCTURE),
    "a strange attribute": (_swap(b"<SignedInfo ", b'<SignedInfo evil="1" '), Result.INVALID, Reason.STRUCTURE),
    "no key info": (
        lambda: re.sub(rb"<KeyInfo>.*</KeyInfo>", b"", _signed(), flags=re.DOTALL),
        Result.UNVERIFIABLE,
        Reason.CERTIFICATE_MISSING,
    ),
    "only the attacker's key value": (
        lambda: re.sub(
            rb"<KeyInfo>.*</KeyInfo>",
            b"<KeyInfo><KeyValue><RSAKeyValue/></KeyValue></KeyInfo>",
            _signed(),
            flags=re.DOTALL,
        ),
        Result.UNVERIFIABLE,
        Reason.CERTIFICATE_MISSING,
    ),
    "another agency's certificate": (
        lambda: _signed().replace(key_info(a_key().certificate), key_info(a_key(name="Sở khác").certificate)),
        Result.INVALID,
        Reason.MATHEMATICS,
    ),
    "many certificates": (
        lambda: re.sub(rb"<X509Certificate>.*</X509Certificate>", lambda m: m[0] * 9, _signed(), flags=re.DOTALL),
        Result.INVALID,
        Reason.TOO_MUCH,
    ),
    "a huge certificate": (_inside("X509Certificate", b"A" * 5_000_000), Result.INVALID, Reason.TOO_MUCH),
    "a comment inside a signed value": (
        _swap(_SENDER, b"<edXML:OrganId>000.00<!-- -->.00.H03</edXML:OrganId>"),
        Result.INVALID,
        Reason.SPLIT_VALUE,
    ),
    "an instruction inside a signed value": (
        _swap(_SENDER, b"<edXML:OrganId>000.00.00.H03<?x?></edXML:OrganId>"),
        Result.INVALID,
        Reason.SPLIT_VALUE,
    ),
    "two hundred thousand comments": (
        _swap(b"<AttachmentEncoded>", b"<!---->" * 200_000 + b"<AttachmentEncoded>"),
        Result.INVALID,
        Reason.TOO_MUCH,
    ),
    "a DTD that makes Ids": (_with_doctype, Result.INVALID, Reason.DOCTYPE),
    "another root": (lambda: b"<x>" + _signature(_signed()) + b"</x>", Result.INVALID, Reason.MISPLACED),
    "the signature alone": (lambda: _signature(_signed()), Result.INVALID, Reason.MISPLACED),
    "changed after signing": (_swap(b"<edXML:Priority>1", b"<edXML:Priority>3"), Result.INVALID, Reason.ALTERED),
}


@every_engine
@pytest.mark.parametrize("name", HOSTILE)
def test_each_hostile_signature_gets_its_verdict_quickly_and_leaves_the_tree_alone(name: str, engine: Engine) -> None:
    make, result, reason = HOSTILE[name]
    octets = make()
    root = parsed(octets)
    before = etree.tostring(root.getroottree())
    judged(_signed(), engine)  # what is loaded once is not what is measured
    with cheap(0.1):
        verdict = verify(root, EDXML_RULES, trust(), NOW, engine=engine, octets=octets)
    assert (verdict.result, verdict.reason) == (result, reason), verdict.detail
    assert not verdict.trusted
    assert etree.tostring(root.getroottree()) == before


@every_engine
def test_an_element_inside_a_larger_document_proves_nothing(engine: Engine) -> None:
    octets = b"<soap>" + _signed()[_signed().index(b"<edXML") :] + b"</soap>"
    verdict = verify(parsed(octets)[0], EDXML_RULES, trust(), NOW, engine=engine, octets=octets)
    assert verdict.result is Result.INVALID


@every_engine
def test_a_document_signed_by_a_stranger_with_the_same_name_is_not_trusted(engine: Engine) -> None:
    impostor = make_certificate(make_authority("CA thử nghiệm", term=DECADE), "UBND tỉnh Mẫu", term=DECADE)
    verdict = judged(sign_enveloped(a_sample(), held(impostor), EDXML_RULES), engine)
    assert (verdict.result, verdict.reason) == (Result.VALID, Reason.AUTHORITY_UNKNOWN)


_TAGS = st.sampled_from(
    [
        "Signature",
        "SignedInfo",
        "Reference",
        "Transforms",
        "Transform",
        "DigestMethod",
        "DigestValue",
        "SignatureMethod",
        "HMACOutputLength",
        "SignatureValue",
        "KeyInfo",
        "X509Data",
        "X509Certificate",
        "KeyValue",
        "Object",
    ]
)
_VALUES = st.sampled_from(["", "#goc", _EXCLUSIVE.decode(), "http://www.w3.org/2001/04/xmlenc#sha256", "AAAA", "á"])
_DAMAGES = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["drop", "double", "rename", "say", "point", "add"]), _TAGS, _VALUES),
    min_size=1,
    max_size=4,
)


@every_engine
@given(damages=_DAMAGES)
def test_no_damage_to_a_signature_raises_or_is_believed_or_disputed(
    damages: list[tuple[int, str, str, str]], engine: Engine
) -> None:
    root = parsed(_signed())
    for place, damage, tag, value in damages:
        elements = list(header_of(root)[-1].iter())
        _damage(elements[place % len(elements)], damage, f"{_DS}{tag}", value)
    verdict = verify(root, EDXML_RULES, trust(), NOW, engine=engine, octets=etree.tostring(root.getroottree()))
    assert verdict.reason not in {Reason.UNFORESEEN, Reason.ENGINES_DISAGREE}, verdict.detail
    if verdict.result is Result.VALID:
        assert etree.tostring(header_of(root)[-1][0], method="c14n") == etree.tostring(
            header_of(parsed(_signed()))[-1][0], method="c14n"
        )


def _damage(element: etree._Element, damage: str, tag: str, value: str) -> None:
    parent = element.getparent()
    assert parent is not None
    if damage == "drop" and str(parent.tag).startswith(_DS):
        parent.remove(element)
    elif damage == "double":
        element.addnext(copy.deepcopy(element))
    elif damage == "rename":
        element.tag = tag
    elif damage == "say":
        element.text = value
    elif damage == "point":
        element.set("URI" if element.get("URI") is not None else "Algorithm", value)
    elif damage == "add":
        etree.SubElement(element, tag).text = value
