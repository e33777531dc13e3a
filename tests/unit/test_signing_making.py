"""Signatures that we make: nothing else of the document changes."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from signing import (
    EDXML_RULES,
    MESSAGE_RULES,
    KeyKind,
    NotSignable,
    Reason,
    Result,
    seal,
    sign_canonical,
    sign_enveloped,
    verify,
    verify_seal,
)
from signing.rules import Rules
from tests.keyring import NOW, SAMPLES, a_key, a_sample, header_of, parsed, trust

_UNSIGNED = [path for path in sorted(SAMPLES.glob("*.edxml")) if b"xmldsig" not in path.read_bytes()]
_SIMPLE = Rules(place=("r",))
#: What XML 1.0 can hold.
_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
        lambda c: c in "\t\n\r" or c >= " "
    )
)


@pytest.mark.parametrize("path", _UNSIGNED, ids=lambda path: path.stem)
def test_every_byte_outside_the_signature_stays(path: object) -> None:
    octets = a_sample(str(path))
    signed = sign_enveloped(octets, a_key(), EDXML_RULES)
    begin, end = signed.index(b"<Signature "), signed.index(b"</Signature>") + len(b"</Signature>")
    assert signed[:begin] + signed[end:] == octets
    assert header_of(parsed(signed))[-1].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"


@given(
    _TEXT,
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from([b"", b'<?xml version="1.0" encoding="utf-8"?>\r\n']),
)
@example("]]>\r\n&<", b"\xef\xbb\xbf", b"")
def test_any_text_is_signed_as_it_stands(text: str, mark: bytes, declaration: bytes) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    octets = (
        mark
        + declaration
        + f"<r><!-- </r> --><a b='1' c = \"2\">{escaped}</a><![CDATA[</r>]]>\r\n</r >\n<?end?>".encode()
    )
    signed = sign_enveloped(octets, a_key(), _SIMPLE)
    begin, end = signed.index(b"<Signature "), signed.index(b"</Signature>") + len(b"</Signature>")
    assert signed[:begin] + signed[end:] == octets
    assert signed[end:].startswith(b"</r >")
    verdict = verify(parsed(signed), _SIMPLE, trust(), NOW)
    assert verdict.result is Result.VALID or verdict.reason is Reason.SPLIT_VALUE


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (a_sample("document_new_signed_sha256.edxml"), "signed already"),
        (a_sample("document_new_signed_tampered.edxml"), "signed already"),
        (b"<edXML", "line 1"),
        (b"<other/>", "no .*edXMLHeader"),
        (b'<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"/>', "no .*edXMLHeader"),
        (b"<!DOCTYPE x><x/>", "DTD"),
        ("<x>ư</x>".encode("utf-16"), "utf-8"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><x/>', "ISO-8859-1"),
        (b"", "empty"),
    ],
)
def test_what_cannot_take_a_signature_is_refused_with_the_reason(octets: bytes, why: str) -> None:
    with pytest.raises(NotSignable, match=why):
        sign_enveloped(octets, a_key(), EDXML_RULES)


def test_an_element_without_end_tag_has_no_place_for_a_signature() -> None:
    with pytest.raises(NotSignable, match="content"):
        sign_enveloped(b'<Message xmlns="urn:lgsp:message:1"/>', a_key(), MESSAGE_RULES)


@pytest.mark.parametrize("kind", KeyKind)
def test_the_same_octets_signed_again_are_the_same_octets(kind: KeyKind) -> None:
    octets = a_sample()
    assert sign_enveloped(octets, a_key(kind), EDXML_RULES) == sign_enveloped(octets, a_key(kind), EDXML_RULES)


@given(_TEXT)
def test_the_fast_way_signs_as_the_slow_way(text: str) -> None:
    element = etree.Element("r")
    element.text = text
    canonical = etree.tostring(element, method="c14n", exclusive=True)
    if canonical == b"<r></r>" or text:
        verdict = verify(parsed(sign_canonical(canonical, a_key())), _SIMPLE, trust(), NOW)
        assert (verdict.result, verdict.trusted) == (Result.VALID, True)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_seal_is_valid_over_its_octets_alone(kind: KeyKind) -> None:
    made = seal(a_sample(), a_key(kind), name="document.edxml", at=NOW)
    verdict = verify_seal(made, a_sample(), trust(), NOW)
    assert (verdict.result, verdict.reason, verdict.trusted) == (Result.VALID, None, True)
    assert verdict.covers == "document.edxml"
    assert verify_seal(made, a_sample() + b"\n", trust(), NOW).reason is Reason.ALTERED


_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: "/" not in name and name not in {".", ".."}
)


@given(st.binary(), _NAMES, st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))  # noqa: DTZ001
def test_any_octets_under_any_name_at_any_time_can_be_sealed(octets: bytes, name: str, at: datetime) -> None:
    made = seal(octets, a_key(), name=name, at=at)
    verdict = verify_seal(made, octets, trust(), NOW)
    assert (verdict.result, verdict.covers) == (Result.VALID, name)
    assert f'URI="{quote(name, safe="")}"'.encode() in made
    assert verify_seal(made, octets + b"x", trust(), NOW).result is Result.INVALID


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "\ud800"])
def test_only_a_file_name_can_be_sealed(name: str) -> None:
    with pytest.raises(NotSignable):
        seal(b"", a_key(), name=name, at=NOW)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
def test_a_changed_seal_is_never_valid_and_trusted_with_other_content(place: int, value: int) -> None:
    changed = bytearray(_SEAL)
    changed[place % len(changed)] = value
    verdict = verify_seal(bytes(changed), b"octets", trust(), NOW)
    if verdict.result is Result.VALID and verdict.trusted:
        assert etree.tostring(parsed(bytes(changed))[0], method="c14n") == _CANONICAL_INFO
    assert verdict.reason is not Reason.UNFORESEEN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'URI="#properties"', b'URI="#seal"'),
        (b'Id="properties"', b'Id="other"'),
        (b"SigningCertificateV2", b"SigningCertificateV9"),
        (b"</Object>", b"<x/></Object>"),
        (b"xades:SigningTime>2", b"xades:SigningTime>1"),
        (b"<Signature ", b"<!DOCTYPE Signature><Signature "),
        (b"2001/04/xmlenc#sha256", b"2000/09/xmldsig#sha1"),
    ],
)
def test_a_seal_with_another_structure_is_not_valid(old: bytes, new: bytes) -> None:
    assert old in _SEAL
    assert verify_seal(_SEAL.replace(old, new), b"octets", trust(), NOW).result in {Result.INVALID, Result.UNVERIFIABLE}


@pytest.mark.parametrize("octets", [b"", b"<x/>", b"\xff", b"<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>"])
def test_what_is_no_seal_is_no_exception(octets: bytes) -> None:
    assert verify_seal(octets, b"", trust(), NOW).result in {Result.INVALID, Result.ABSENT}


def test_a_seal_that_names_another_certificate_is_not_valid() -> None:
    other = seal(b"octets", a_key(name="Sở khác"), name="x", at=NOW)
    begin, end = _SEAL.index(b"<X509Certificate>"), _SEAL.index(b"</X509Certificate>")
    wrong = other[other.index(b"<X509Certificate>") : other.index(b"</X509Certificate>")]
    assert verify_seal(_SEAL[:begin] + wrong + _SEAL[end:], b"octets", trust(), NOW).reason is Reason.KEY_MISMATCH


_SEAL = seal(b"octets", a_key(), name="document.edxml", at=NOW)
_CANONICAL_INFO = etree.tostring(parsed(_SEAL)[0], method="c14n")
