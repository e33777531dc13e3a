"""The quick way of verifying: it finds right what libxmlsec1 finds right, and is sure of nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import xmlsec
from hypothesis import given
from hypothesis import strategies as st

from signing import EDXML_RULES, QUICK, XMLSEC, KeyKind, sign_enveloped
from signing.engine import Finding, Mathematics, Quick
from signing.engine.quick import certain
from signing.gate import examine, find_signature
from signing.verdict import Stop
from tests.keyring import a_key, a_pair, a_sample, judged, parsed, signed_elsewhere

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.gate import Claim
    from signing.rules import Rules

_C = xmlsec.constants
_SIGNED = sign_enveloped(a_sample(), a_key(), EDXML_RULES)
_SUBJECT = b"<edXML:Subject>"


def claimed(octets: bytes, rules: Rules = EDXML_RULES) -> Claim:
    """Return what the signature in `octets` claims. Stops where the gate does."""
    root = parsed(octets)
    return examine(root, find_signature(root, rules), rules)


def sure(octets: bytes) -> bool:
    """Tell whether the quick way finds the signature right by itself."""
    claim = claimed(octets)
    return certain(claim, claim.holders[0]).mathematics is Mathematics.RIGHT


@dataclass(frozen=True)
class Behind:
    """An engine that must not be asked."""

    name: str = "behind"

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:
        """Fail."""
        raise AssertionError((claim, holder, octets))


@pytest.mark.parametrize("kind", KeyKind)
def test_what_we_sign_needs_no_other_engine(kind: KeyKind) -> None:
    claim = claimed(sign_enveloped(a_sample(), a_key(kind), EDXML_RULES))
    assert Quick(Behind()).check(claim, claim.holders[0], None).mathematics is Mathematics.RIGHT


def test_what_a_foreign_signer_makes_in_the_common_form_needs_no_other_engine() -> None:
    for digest in (_C.TransformSha256, _C.TransformSha384, _C.TransformSha512):
        assert sure(signed_elsewhere(a_sample(), a_pair(), digest=digest))


_INSIDE = {
    "a comment": b"<!--x-->",
    "an instruction": b"<?x <Signature >?>",
    "an element of the same name": b'<Signature xmlns="urn:x">y</Signature>',
}
_FORMS = {
    "SignedInfo in inclusive form": {"form": _C.TransformInclC14N},
    "a document in inclusive form": {"transforms": (_C.TransformEnveloped, _C.TransformInclC14N)},
    "a form not named": {"transforms": (_C.TransformEnveloped,)},
    "a reference by identifier": {"uri": "#goc"},
    "a weak digest": {"digest": _C.TransformSha1},
}


@pytest.mark.parametrize("inside", _INSIDE.values(), ids=_INSIDE)
def test_beside_what_is_hard_to_canonicalize_libxmlsec1_decides(inside: bytes) -> None:
    octets = signed_elsewhere(a_sample().replace(_SUBJECT, inside + _SUBJECT), a_pair())
    assert not sure(octets)
    assert judged(octets, QUICK) == judged(octets, XMLSEC)
    assert judged(octets, QUICK).intact


@pytest.mark.parametrize("choices", _FORMS.values(), ids=_FORMS)
def test_of_other_forms_libxmlsec1_decides(choices: dict[str, Any]) -> None:
    octets = signed_elsewhere(a_sample().replace(b"<edXML ", b'<edXML Id="goc" ', 1), a_pair(), **choices)
    assert not sure(octets)
    assert judged(octets, QUICK) == judged(octets, XMLSEC)
    assert judged(octets, QUICK).intact


def test_what_stands_between_two_elements_called_signature_is_not_cut_out_with_them() -> None:
    decoy = b'<Signature xmlns="urn:x">y</Signature>'
    for place in (_SUBJECT, b"<edXML:edXMLBody>"):
        octets = _SIGNED.replace(place, decoy + place, 1)
        assert not sure(octets)
        assert not judged(octets, QUICK).intact


def test_what_calls_itself_a_signature_beside_the_signature_is_not_cut_out_with_it() -> None:
    """The gate refuses it already; the quick way would not need that."""
    permissive = replace(EDXML_RULES, lookalikes=frozenset())
    decoy = b'<Signature xmlns="urn:x">y</Signature>'
    for octets in (
        _SIGNED.replace(b"<Signature ", decoy + b"<Signature ", 1),
        _SIGNED.replace(b"</Signature>", b"</Signature>" + decoy, 1),
    ):
        claim = claimed(octets, permissive)
        assert certain(claim, claim.holders[0]).mathematics is Mathematics.UNABLE


_TEXTS = st.text(st.sampled_from("ab&<>\"' \t\r\nđ\u00a0\u2028"), max_size=6)
_PREFIXES = st.sampled_from(["", "a:", "b:", "edXML:"])
_DECLARATIONS = st.sets(
    st.sampled_from(
        ['xmlns="urn:a"', 'xmlns:a="urn:a"', 'xmlns:b="urn:a"', 'xmlns:b="urn:b"', 'xmlns=""', 'xmlns:c="urn:c"']
    )
).map(lambda found: " ".join({one.partition("=")[0]: one for one in sorted(found)}.values()))


def _escaped(text: str) -> str:
    for plain, entity in {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}.items():
        text = text.replace(plain, entity)
    return text


@st.composite
def _elements(draw: st.DrawFn, depth: int = 3) -> str:
    """Return an element with namespaces declared, declared again, taken back and left unused."""
    name = draw(_PREFIXES) + draw(st.sampled_from(["e", "Signature", "Signature2"]))
    attribute = f'{draw(st.sampled_from(["", "a:", "b:"]))}x="{_escaped(draw(_TEXTS))}"'
    text = draw(_TEXTS)
    shown = f"<![CDATA[{text}]]>" if draw(st.booleans()) and text else _escaped(text)
    inner = "".join(draw(st.lists(_elements(depth=depth - 1), max_size=2))) if depth else ""
    return f"<{name} {draw(_DECLARATIONS)} {attribute}>{shown}{inner}</{name}>"


@given(
    element=_elements(), change=st.tuples(st.integers(0, 10**6), st.sampled_from([b"", b"x", b" ", b"<e/>", b"&#13;"]))
)
def test_whatever_the_quick_way_finds_right_libxmlsec1_finds_right(element: str, change: tuple[int, bytes]) -> None:
    inside = f'<w xmlns:a="urn:a" xmlns:b="urn:b">{element}</w>'.encode()
    signed = signed_elsewhere(a_sample().replace(_SUBJECT, inside + _SUBJECT), a_pair())
    at = change[0] % len(signed)
    for octets in (signed, signed[:at] + change[1] + signed[at + 1 :]):
        try:
            claim = claimed(octets)
        except (Stop, SyntaxError):
            continue
        quickly = certain(claim, claim.holders[0]).mathematics is Mathematics.RIGHT
        right = XMLSEC.check(claim, claim.holders[0], None).mathematics is Mathematics.RIGHT
        # The other way round it may only be unsure: of an element with the signature's own name.
        assert quickly == right or (right and b"Signature>" in inside)
