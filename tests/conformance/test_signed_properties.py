"""XAdES signatures inside a document: their properties are signed beside it, and can mean nothing else."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from signing import ENGINES, RECEIPT_RULES, Reason, Result, names, verify
from tests.keyring import NOW, a_pair, a_sample, certificates, every_engine, judged, parsed, trust
from tests.xades import xades_signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from signing import Engine

Change = tuple[str, str]


@cache
def signed(*changes: Change, form: str = names.EXCLUSIVE, marked: bool = False) -> bytes:
    """Return the sample signed with properties; `marked`: an element of the document has the Id `body`."""
    octets = a_sample().replace(b"<edXML:From>", b'<edXML:From Id="body">', 1) if marked else a_sample()
    return xades_signed(octets, a_pair(), *changes, form=form)


@every_engine
def test_a_signature_with_its_own_properties_is_valid_and_trusted(engine: Engine) -> None:
    verdict = judged(signed(), engine)
    assert (verdict.result, verdict.reason, verdict.trusted) == (Result.VALID, None, True)
    assert verdict.covers == "whole document"


@pytest.mark.parametrize("form", [names.INCLUSIVE, ""], ids=["inclusive", "unnamed"])
def test_properties_in_inclusive_form_are_checked_where_lxml_is_not_asked(form: str) -> None:
    found = {name: judged(signed(form=form), engine) for name, engine in ENGINES.items()}
    assert (found["xmlsec"].result, found["both"].result) == (Result.VALID, Result.VALID)
    assert found["signxml"].reason is Reason.ENGINE_UNABLE


@every_engine
@pytest.mark.parametrize(
    ("old", "new"),
    [(b"2025-06-01", b"2024-06-01"), (b"000.00.00.H03", b"999.99.99.X99")],
    ids=["properties", "document"],
)
def test_whatever_is_changed_afterwards_is_found(engine: Engine, old: bytes, new: bytes) -> None:
    changed = signed().replace(old, new, 1)
    assert changed != signed()
    verdict = judged(changed, engine)
    assert (verdict.result, verdict.reason) == (Result.INVALID, Reason.ALTERED)


_REFERENCE = '<ds:Reference URI="">'
_OTHER = base64.b64encode(bytes(32)).decode()
_OBJECT = "<ds:Object>"
#: Each right by the mathematics of an engine alone.
HOSTILE: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "the properties of another signature": (lambda: signed(('Target="#s1"', 'Target="#s2"')), Reason.COVERAGE),
    "no target": (lambda: signed((' Target="#s1"', "")), Reason.COVERAGE),
    "a reference that calls the body properties": (
        lambda: signed(('URI="#p1"', 'URI="#body"'), marked=True),
        Reason.COVERAGE,
    ),
    "both references to the properties": (
        lambda: signed((_REFERENCE, '<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#p1">')),
        Reason.TOO_MUCH,
    ),
    "the document's reference to the properties": (
        lambda: signed((_REFERENCE, '<ds:Reference URI="#p1">')),
        Reason.COVERAGE,
    ),
    "a part of the document instead of all": (
        lambda: signed((_REFERENCE, '<ds:Reference URI="#body">'), marked=True),
        Reason.COVERAGE,
    ),
    "no type": (
        lambda: signed((' Type="http://uri.etsi.org/01903#SignedProperties"', "")),
        Reason.TOO_MUCH,
    ),
    "another certificate named": (
        lambda: signed((_print(), _OTHER)),
        Reason.KEY_MISMATCH,
    ),
    "a stranger beside the properties": (lambda: signed((_OBJECT, "<ds:Object><x/>")), Reason.STRUCTURE),
    "a second object": (lambda: signed((_OBJECT, "<ds:Object/><ds:Object>")), Reason.STRUCTURE),
    "a document inside the object": (
        lambda: signed((_OBJECT, f"<ds:Object>{a_sample()[a_sample().index(b'<edXML') :].decode()}")),
        Reason.TOO_MUCH,
    ),
    "a program choosing what of the properties is signed": (
        lambda: signed().replace(
            f'<ds:Transform Algorithm="{names.EXCLUSIVE}"/></ds:Transforms>'.encode(),
            b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/></ds:Transforms>',
            1,
        ),
        Reason.COVERAGE,
    ),
    "the same Id elsewhere in the document": (
        lambda: signed().replace(b"<edXML:From>", b'<edXML:From Id="p1">', 1),
        Reason.COVERAGE,
    ),
}


def _print() -> str:
    return base64.b64encode(certificates(a_pair())[0].fingerprint(SHA256())).decode()


@every_engine
@pytest.mark.parametrize("how", HOSTILE)
def test_properties_made_to_deceive_end_in_their_verdict(engine: Engine, how: str) -> None:
    make, reason = HOSTILE[how]
    verdict = judged(make(), engine)
    assert (verdict.result, verdict.reason) == (Result.INVALID, reason)
    assert not verdict.trusted


def test_a_receipt_has_no_properties() -> None:
    root = parsed(b'<Receipt xmlns="urn:lgsp:receipt:1"/>')
    signature = parsed(signed()).find(f".//{{{names.DSIG}}}Signature")
    assert signature is not None
    root.append(signature)
    verdict = verify(root, RECEIPT_RULES, trust(), NOW)
    assert (verdict.result, verdict.reason) == (Result.INVALID, Reason.STRUCTURE)
