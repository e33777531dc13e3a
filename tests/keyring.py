"""Authorities, keys and signatures for tests, made anew for each run and each only once."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import xmlsec
from cryptography import x509
from lxml import etree

from signing import (
    EDXML_RULES,
    ENGINES,
    XMLSEC,
    Authorities,
    HeldKey,
    KeyKind,
    Made,
    Term,
    make_authority,
    make_certificate,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from signing import Engine, Rules, Verdict

SAMPLES: Final = Path(__file__).parent / "samples"
START: Final = datetime(2024, 1, 1, tzinfo=UTC)
NOW: Final = datetime(2025, 6, 1, 3, 4, 5, tzinfo=UTC)
DECADE: Final = Term(start=START, days=3650)

#: Runs a test once in each mode of verifying.
every_engine: Final = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


@cache
def an_authority(name: str = "CA thử nghiệm") -> Made:
    """Return a root authority."""
    return make_authority(name, term=DECADE)


@cache
def a_pair(kind: KeyKind = KeyKind.P_256, name: str = "UBND tỉnh Mẫu") -> Made:
    """Return a key with a certificate of that authority."""
    return make_certificate(an_authority(), name, kind=kind, term=DECADE)


@cache
def a_key(kind: KeyKind = KeyKind.P_256, name: str = "UBND tỉnh Mẫu") -> HeldKey:
    """Return the same, to sign with."""
    return held(a_pair(kind, name))


def held(made: Made) -> HeldKey:
    """Return what was made, to sign with."""
    return HeldKey.read(made.key, made.certificate)


def certificates(made: Made) -> list[x509.Certificate]:
    """Return the certificates that were made, the holder's first."""
    return x509.load_pem_x509_certificates(made.certificate)


@cache
def trust() -> Authorities:
    """Return the belief in that authority alone."""
    return Authorities(certificates(an_authority()))


def a_sample(name: str = "document_new.edxml") -> bytes:
    """Return the octets of a sample file."""
    return (SAMPLES / name).read_bytes()


def parsed(octets: bytes) -> etree._Element:
    """Return the root, parsed as a reader of the bus parses it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    return etree.fromstring(octets, parser)


def judged(octets: bytes, engine: Engine = XMLSEC, rules: Rules = EDXML_RULES, at: datetime = NOW) -> Verdict:
    """Return what is said of the signature in `octets`."""
    return verify(parsed(octets), rules, trust(), at, engine=engine, octets=octets)


def header_of(root: etree._Element) -> etree._Element:
    """Return the edXML header."""
    header = root.find("{*}edXMLEnvelope/{*}edXMLHeader")
    assert header is not None
    return header


def signed_elsewhere(octets: bytes, made: Made, *, transforms: Sequence[Any] = (), **choices: Any) -> bytes:
    """Return `octets` signed by libxmlsec1, with whatever algorithms a foreign signer may choose.

    `choices`: method, digest, form (of SignedInfo), uri, root_id. Without `transforms`: enveloped, then exclusive.
    """
    constants = xmlsec.constants
    root = parsed(octets)
    signature = xmlsec.template.create(
        root, choices.get("form", constants.TransformExclC14N), choices.get("method", constants.TransformEcdsaSha256)
    )
    header_of(root).append(signature)
    uri = choices.get("uri", "")
    reference = xmlsec.template.add_reference(signature, choices.get("digest", constants.TransformSha256), uri=uri)
    for transform in transforms or (constants.TransformEnveloped, constants.TransformExclC14N):
        xmlsec.template.add_transform(reference, transform)
    data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.template.x509_data_add_certificate(data)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(made.key, constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(made.certificate, constants.KeyDataFormatCertPem)
    if uri:
        context.register_id(root, "Id")
    context.sign(signature)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def a_binary(name: str) -> str:
    """Return the path of a program that others verify with. Skips at home, fails in CI, when it is missing."""
    path = shutil.which(name)
    if path is None and os.environ.get("CI"):
        pytest.fail(f"{name} is missing")
    if path is None:
        pytest.skip(f"{name} is missing")
    return path
