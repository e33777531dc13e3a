"""More deceits: every position, every way of writing base64, games with Ids, objects, keys and time stamps."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest
from lxml import etree

from signing import EDXML_RULES, ENGINES, Authorities, Reason, Result, names, sign_enveloped, verify
from tests.cheap import cheap
from tests.keyring import NOW, a_key, a_pair, a_sample, certificates, every_engine, header_of, judged, parsed, trust
from tests.services.time_authority import a_root
from tests.xades import xades_signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from signing import Engine

    Change = Callable[[bytes], bytes]

_CLASSES: Final = re.compile(rb"<SignatureValue>([^<]*)</SignatureValue>")
_STAMP: Final = (
    "<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>{}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
)
_UNSIGNED: Final = (
    f'<xades:UnsignedProperties xmlns:xades="{names.XADES}"><xades:UnsignedSignatureProperties>'
    "{}</xades:UnsignedSignatureProperties></xades:UnsignedProperties></xades:QualifyingProperties>"
)


@cache
def _signed() -> bytes:
    return sign_enveloped(a_sample(), a_key(), EDXML_RULES)


@cache
def _xades() -> bytes:
    return xades_signed(a_sample(), a_pair())


def _value(change: Callable[[bytes], bytes]) -> bytes:
    return _CLASSES.sub(lambda m: b"<SignatureValue>" + change(m[1]) + b"</SignatureValue>", _signed(), count=1)


def _everybody(octets: bytes) -> set[tuple[Result, bool]]:
    """Return what each engine says."""
    return {(v.result, v.trusted) for v in (judged(octets, engine) for engine in ENGINES.values())}


def test_a_signature_moved_to_any_other_place_proves_nothing() -> None:
    for number, _ in enumerate(parsed(_signed()).iter(etree.Element)):
        root = parsed(_signed())
        places = [one for one in root.iter(etree.Element) if not str(one.tag).startswith(f"{{{names.DSIG}}}")]
        if number >= len(places):
            break
        signature = header_of(root)[-1]
        if places[number] is header_of(root):
            continue
        places[number].append(signature)
        octets = etree.tostring(root)
        for engine in ENGINES.values():
            verdict = judged(octets, engine)
            assert (verdict.result, verdict.reason) == (Result.INVALID, Reason.MISPLACED)


def test_a_signed_document_inside_any_element_of_a_forged_one_proves_nothing() -> None:
    count = len(list(parsed(a_sample()).iter(etree.Element)))
    for number in range(count):
        forged = parsed(a_sample().replace(b"000.00.00.H03", b"999.99.99.X99", 1))
        list(forged.iter(etree.Element))[number].append(parsed(_signed()))
        verdict = judged(etree.tostring(forged))
        assert verdict.result is Result.INVALID
        assert verdict.reason in {Reason.MISPLACED, Reason.SPLIT_VALUE}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda text: b"\n".join(text[i : i + 64] for i in range(0, len(text), 64)), Result.VALID),
        (lambda text: b" \t\r\n" + text + b"\n", Result.VALID),
        (lambda text: b"".join(b"&#x%x;" % letter for letter in text), Result.VALID),
        (lambda text: text.rstrip(b"="), Result.INVALID),
        (lambda text: text + b"=", Result.INVALID),
        (lambda text: text + b"AAAA", Result.INVALID),
        (lambda text: text.replace(b"+", b"-").replace(b"/", b"_") + b"-", Result.INVALID),
        (lambda text: text[:20] + "\u00a0".encode() + text[20:], Result.INVALID),
        (lambda text: text[:20] + "\u2028".encode() + text[20:], Result.INVALID),
        (lambda text: text[:20] + b"\x0c".replace(b"\x0c", "\u3000".encode()) + text[20:], Result.INVALID),
        (lambda text: text[:20] + b"\xe2\x80\x8b" + text[20:], Result.INVALID),
        (lambda text: text[:20] + b"<![CDATA[" + text[20:30] + b"]]>" + text[30:], Result.VALID),
        (lambda text: text[:20] + b"<a/>" + text[20:], Result.INVALID),
        (lambda text: text[: len(text) // 2], Result.INVALID),
        (lambda text: text[:-8] + b"QUJD" + text[-4:], Result.INVALID),
        (lambda _: b64encode(b"\x30" * 300), Result.INVALID),
        (lambda _: b"A" * 16_000, Result.INVALID),
    ],
)
def test_base64_written_anew_means_the_same_or_nothing_to_every_engine(change: Change, wanted: Result) -> None:
    found = _everybody(_value(change))
    assert found == {(wanted, wanted is Result.VALID)}


_KEY_VALUE: Final = b"<KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>"
#: Changes to a signed document; whatever they do, no engine is deceived, and none disputes another.
GAMES: Final[dict[str, Change]] = {
    "a key value first": lambda o: o.replace(b"<KeyInfo>", b"<KeyInfo>" + _KEY_VALUE),
    "a key value last": lambda o: o.replace(b"</KeyInfo>", _KEY_VALUE + b"</KeyInfo>"),
    "a retrieval method": lambda o: o.replace(b"<KeyInfo>", b'<KeyInfo><RetrievalMethod URI="http://127.0.0.1:1/x"/>'),
    "a key name": lambda o: o.replace(b"<KeyInfo>", b"<KeyInfo><KeyName>UBND</KeyName>"),
    "two X509Data": lambda o: re.sub(rb"(<X509Data>.*</X509Data>)", rb"\1\1", o, flags=re.DOTALL),
    "an object before": lambda o: o.replace(b"<SignedInfo", b"<Object/><SignedInfo", 1),
    "a manifest": lambda o: o.replace(b"</KeyInfo>", b"</KeyInfo><Object><Manifest/></Object>"),
    "an encoded object": lambda o: o.replace(b"</KeyInfo>", b'</KeyInfo><Object Encoding="base64">AAAA</Object>'),
    "signature properties": lambda o: o.replace(b"</KeyInfo>", b"</KeyInfo><Object><SignatureProperties/></Object>"),
    "an Id on the signature": lambda o: o.replace(b"<Signature ", b'<Signature Id="x" '),
    "the same Id twice": lambda o: o.replace(b"<Signature ", b'<Signature Id="x" ').replace(
        b"<edXML ", b'<edXML Id="x" ', 1
    ),
    "an xml:id": lambda o: o.replace(b'URI=""', b'URI="#x"').replace(b"<edXML ", b'<edXML xml:id="x" ', 1),
    "an ID in another namespace": lambda o: o.replace(b'URI=""', b'URI="#x"').replace(
        b"<edXML ", b'<edXML xmlns:q="urn:q" q:Id="x" ', 1
    ),
    "a reference with spaces": lambda o: o.replace(b'URI=""', b'URI=" "'),
    "a reference of a null": lambda o: o.replace(b'URI=""', b'URI="#"'),
    "a relative base": lambda o: o.replace(b"<edXML ", b'<edXML xml:base="http://127.0.0.1:1/" ', 1),
    "a stylesheet": lambda o: o.replace(b"<edXML ", b'<?xml-stylesheet href="http://127.0.0.1:1/"?><edXML ', 1),
    "an inclusive prefix list": lambda o: o.replace(
        b'<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform>',
        b'<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><InclusiveNamespaces'
        b' xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="#default edXML a b c"/></Transform>',
    ),
    "a huge prefix list": lambda o: o.replace(
        b'<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform>',
        b'<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><InclusiveNamespaces'
        b' xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="' + b"p " * 8_000 + b'"/></Transform>',
    ),
    "a thousand namespaces": lambda o: o.replace(
        b"<edXML ", b"<edXML " + b" ".join(b'xmlns:n%d="urn:n%d"' % (i, i) for i in range(1_000)) + b" ", 1
    ),
    "namespaces in the depth": lambda o: o.replace(
        b"<edXML:From>",
        b"<edXML:From " + b" ".join(b'xmlns:n%d="urn:n%d"' % (i, i) for i in range(20_000)) + b">",
        1,
    ),
    "a prefix that changes its meaning": lambda o: o.replace(b"<Signature ", b'<Signature xmlns:edXML="urn:evil" ', 1),
    "upper case in an algorithm": lambda o: o.replace(b"xmlenc#sha256", b"xmlenc#SHA256"),
    "a space in an algorithm": lambda o: o.replace(b'xml-exc-c14n#"></Tr', b'xml-exc-c14n# "></Tr'),
    "the digest of the value's form": lambda o: o.replace(b"<DigestValue>", b"<DigestValue> \n"),
}


@pytest.mark.parametrize("name", GAMES)
def test_no_game_deceives_an_engine_or_makes_two_disagree(name: str) -> None:
    octets = GAMES[name](_signed())
    assert octets != _signed()
    for engine in ENGINES.values():
        judged(_signed(), engine)
        root = parsed(octets)
        with cheap(0.1):
            verdict = verify(root, EDXML_RULES, trust(), NOW, engine=engine, octets=octets)
        assert verdict.reason not in {Reason.UNFORESEEN, Reason.ENGINES_DISAGREE}, (engine.name, verdict)
        if verdict.trusted:  # what is signed is what it was
            assert b"000.00.00.H03" in etree.tostring(root)
            assert verdict.covers == "whole document"


@every_engine
@pytest.mark.parametrize(
    "stamps",
    [
        _STAMP.format("AAAA") * 15,
        _STAMP.format("A" * 80_000) * 4,
        _STAMP.format("A" * 200_000),
        _STAMP.format("MIIB" + "A" * 4_000) * 15,
        "<xades:SignatureTimeStamp/>" * 15,
        _STAMP.format(""),
        _STAMP.format("é"),
    ],
    ids=["many", "long", "too long", "broken", "empty", "no text", "no base64"],
)
def test_time_stamps_made_to_cost_or_to_break_do_neither(stamps: str, engine: Engine) -> None:
    octets = _xades().replace(b"</xades:QualifyingProperties>", _UNSIGNED.format(stamps).encode(), 1)
    root = parsed(octets)
    nobody, clocks = Authorities(), Authorities(certificates(a_root()))
    judged(_xades(), engine)
    with cheap(0.1):
        verdict = verify(root, EDXML_RULES, nobody, NOW, engine=engine, octets=octets, time_authorities=clocks)
    assert verdict.proven_at is None
    assert verdict.reason in {Reason.AUTHORITY_UNKNOWN, Reason.TOO_MUCH}
