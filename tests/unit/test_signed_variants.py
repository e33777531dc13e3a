"""Who the sender is, where the envelope is written in another form: proven on the octets' own tree, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from lgsp.model.agency import AgencyCode, Binding
from lgsp.model.envelope import Envelope, Standing
from lgsp.model.errors import SignatureRejected
from lgsp.stages.envelope import read
from lgsp.stages.signature import Trust, authenticate, rules_of
from signing import BOTH, EDXML_RULES, QUICK, SIGNXML, XMLSEC, Element, Engine, sign_enveloped
from tests.builders import COMMITTEE, DEPARTMENT, a_document
from tests.keyring import NOW, a_key, trust

FOLDER = Path(__file__).parent.parent / "samples" / "variants"
NAMES = ["c_bkav_edoc.xml", "d_flat.xml", "d_flat_prefixed.xml"]
KEY = a_key(name="UBND tỉnh")


def signed(name: str) -> bytes:
    plain = read((FOLDER / name).read_bytes())
    return sign_enveloped(plain.octets, KEY, rules_of(plain, cast("Element", plain.proven_tree)))


def proven(octets: bytes, engine: Engine = XMLSEC) -> Envelope:
    believing = Trust(authorities=trust(), binding_of=lambda _: Binding(agency=AgencyCode(COMMITTEE)), engine=engine)
    verified = authenticate(read(octets), AgencyCode(COMMITTEE), believing, NOW)
    assert verified.proof.standing is Standing.SIGNATURE
    return verified.envelope


@pytest.mark.parametrize("engine", [XMLSEC, SIGNXML, QUICK, BOTH], ids=["xmlsec", "signxml", "quick", "both"])
@pytest.mark.parametrize("name", NAMES)
def test_a_signed_document_in_another_form_proves_its_sender(name: str, engine: Engine) -> None:
    assert proven(signed(name), engine).recipients[0] == DEPARTMENT


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">5123<", b">5124<"),
        (b">000.00.11.H03<", b">000.20.31.H03<"),
        (b">JVBERi0xLjQ", b">JVBERi0xLjU"),
    ],
    ids=["number", "recipient", "file"],
)
def test_any_change_of_what_is_read_breaks_the_proof(name: str, old: bytes, new: bytes) -> None:
    octets = signed(name)
    assert old in octets
    with pytest.raises(SignatureRejected):
        proven(octets.replace(old, new, 1))


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_that_was_moved_proves_nothing(name: str) -> None:
    octets = signed(name)
    start, end = octets.index(b"<Signature "), octets.index(b"</Signature>") + len(b"</Signature>")
    signature, rest = octets[start:end], octets[:start] + octets[end:]
    at = rest.index(b"MessageHeader>") + len(b"MessageHeader>")
    with pytest.raises(SignatureRejected):
        proven(rest[:at] + signature + rest[at:])


def test_a_signed_document_wrapped_into_another_form_proves_nothing_about_the_wrapping() -> None:
    inner = sign_enveloped(a_document(), KEY, EDXML_RULES).partition(b"?>")[2]
    outer = (FOLDER / "c_bkav_edoc.xml").read_bytes().replace(b"<SOAP-ENV:Body>", b"<SOAP-ENV:Body>" + inner)
    with pytest.raises(SignatureRejected):
        proven(outer)


@pytest.mark.parametrize("name", NAMES)
def test_an_unsigned_document_in_another_form_is_unsigned(name: str) -> None:
    with pytest.raises(SignatureRejected) as refused:
        proven((FOLDER / name).read_bytes())
    assert "absent" in refused.value.problems[0].found


def test_the_tree_that_is_read_carries_no_signature_of_its_own() -> None:
    envelope = read(signed("c_bkav_edoc.xml"))
    assert envelope.tree is not envelope.proven_tree
    assert envelope.tree.findtext(".//{http://www.w3.org/2000/09/xmldsig#}SignatureValue") is None
