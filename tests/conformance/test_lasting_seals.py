"""Seals made to last: XAdES-T and -LT, which others verify without our code."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from signing import (
    Authorities,
    KeyKind,
    NotSignable,
    Reason,
    Result,
    Term,
    lengthen,
    make_certificate,
    names,
    seal,
    split_seal,
    stamped_octets,
    verify_seal,
)
from signing.stamper import Stamper, TimeSource
from tests.keyring import a_binary, a_key, a_sample, an_authority, certificates, held, trust
from tests.services.time_authority import TimeAuthority, a_root, by_certomancer, by_openssl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime.now(UTC)
OCTETS = a_sample()
KINDS = [KeyKind.P_256, KeyKind.RSA_3072]
TIMES = Authorities(certificates(a_root()))


@pytest.fixture(scope="module", params=[by_openssl, by_certomancer], ids=["openssl", "certomancer"])
def stamper(request: pytest.FixtureRequest) -> Iterator[Stamper]:
    with (
        TimeAuthority(request.param()) as authority,
        Stamper([TimeSource(url=authority.url, authorities=TIMES)]) as stamper,
    ):
        yield stamper


def a_seal(kind: KeyKind = KeyKind.P_256) -> bytes:
    return seal(OCTETS, a_key(kind), name="document.edxml", at=NOW)


def a_crl() -> bytes:
    """Return a list of the authority that takes nothing back."""
    authority = an_authority()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.load_pem_x509_certificate(authority.certificate).subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=7))
    )
    private = load_pem_private_key(authority.key, password=None)
    return builder.sign(private, SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def lasting(stamper: Stamper, kind: KeyKind = KeyKind.P_256) -> bytes:
    bare = a_seal(kind)
    stamped = lengthen(bare, stamp=stamper.stamp(stamped_octets(bare)).token)
    return lengthen(stamped, certificates=certificates(an_authority()), crls=[a_crl()], answers=[b"0\x03\n\x01\x06"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_lasting_seal_proves_when_it_was_made(stamper: Stamper, kind: KeyKind) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)  # stamps tell whole seconds
    verdict = verify_seal(lasting(stamper, kind), OCTETS, trust(), NOW, time_authorities=TIMES)
    assert (verdict.result, verdict.reason, verdict.trusted, verdict.detail) == (Result.VALID, None, True, "")
    assert verdict.proven_at is not None
    assert before <= verdict.proven_at <= datetime.now(UTC) + timedelta(seconds=2)
    assert verify_seal(a_seal(kind), OCTETS, trust(), NOW, time_authorities=TIMES).proven_at is None


@pytest.mark.parametrize("kind", KINDS)
def test_xmlsec1_signxml_and_openssl_verify_it_without_our_code(
    stamper: Stamper, kind: KeyKind, tmp_path: Path
) -> None:
    sealed = lasting(stamper, kind)
    (tmp_path / "seal.xml").write_bytes(sealed)
    (tmp_path / "document.edxml").write_bytes(OCTETS)
    (tmp_path / "authority.pem").write_bytes(an_authority().certificate)
    (tmp_path / "root.pem").write_bytes(a_root().certificate)
    (tmp_path / "stamp.der").write_bytes(split_seal(sealed)[1].stamps[0])
    (tmp_path / "stamped").write_bytes(stamped_octets(sealed))

    def run(*command: str) -> int:
        binary = a_binary(command[0])
        return subprocess.run([binary, *command[1:]], cwd=tmp_path, capture_output=True, check=False).returncode

    core = ("xmlsec1", "--verify", "--trusted-pem", "authority.pem", "seal.xml")
    stamp = ("openssl", "ts", "-verify", "-in", "stamp.der", "-token_in", "-CAfile", "root.pem", "-data")
    assert (run(*core), run(*stamp, "stamped"), run(*stamp, "document.edxml")) == (0, 0, 1)
    (tmp_path / "document.edxml").write_bytes(OCTETS + b"\n")
    assert run(*core) == 1
    found = XAdESVerifier().verify(
        sealed,
        x509_cert=a_key(kind).certificate,
        uri_resolver=lambda uri: OCTETS if uri == "document.edxml" else None,
        expect_config=XAdESSignatureConfiguration(expect_references=2),
    )
    assert found[0].signed_data == OCTETS


def test_what_is_added_follows_the_schema_of_xades(stamper: Stamper) -> None:
    schema = etree.XMLSchema(file=str(files("signxml.xades").joinpath("schemas/XAdES01903v132-201601.xsd")))
    properties = etree.fromstring(lasting(stamper)).find(f".//{{{names.XADES}}}QualifyingProperties")
    assert properties is not None
    assert schema.validate(properties), schema.error_log


def test_a_seal_made_in_time_holds_after_its_certificate_has_ended(stamper: Stamper) -> None:
    short = held(make_certificate(an_authority(), "khóa ngắn", term=Term(start=NOW - timedelta(days=1), days=2)))
    bare = seal(OCTETS, short, name="document.edxml", at=NOW)
    stamped = lengthen(bare, stamp=stamper.stamp(stamped_octets(bare)).token)
    later = NOW + timedelta(days=300)
    assert verify_seal(bare, OCTETS, trust(), later).reason is Reason.CERTIFICATE_EXPIRED
    assert verify_seal(stamped, OCTETS, trust(), later, time_authorities=TIMES).trusted
    believing_nobody = verify_seal(stamped, OCTETS, trust(), later, time_authorities=Authorities())
    assert (believing_nobody.reason, believing_nobody.proven_at) == (Reason.CERTIFICATE_EXPIRED, None)
    assert "time stamp not-believed" in believing_nobody.detail


def test_the_stamp_of_another_seal_proves_nothing(stamper: Stamper) -> None:
    foreign = stamper.stamp(stamped_octets(seal(b"other", a_key(), name="document.edxml", at=NOW)))
    verdict = verify_seal(lengthen(a_seal(), stamp=foreign.token), OCTETS, trust(), NOW, time_authorities=TIMES)
    assert (verdict.result, verdict.trusted, verdict.proven_at) == (Result.VALID, True, None)
    assert "other-data" in verdict.detail


def test_taking_out_what_was_added_leaves_the_seal_as_it_was_made(stamper: Stamper) -> None:
    bare = a_seal()
    stamp, crl = stamper.stamp(stamped_octets(bare)).token, a_crl()
    added = lengthen(lengthen(lengthen(bare, stamp=stamp), crls=[crl]), crls=[crl], answers=[b"answer"])
    assert split_seal(added)[0] == bare
    assert (split_seal(added)[1].stamps, split_seal(added)[1].crls) == ((stamp,), (crl,))
    assert split_seal(bare)[1].stamps == ()


TAMPERING: dict[str, Callable[[bytes], bytes]] = {
    "a comment": lambda sealed: sealed.replace(b"<xades:CertificateValues>", b"<!-- --><xades:CertificateValues>"),
    "a second place": lambda sealed: sealed.replace(
        b"</xades:QualifyingProperties>", b"<xades:UnsignedProperties/></xades:QualifyingProperties>"
    ),
    "another form": lambda sealed: sealed.replace(b"<xades:EncapsulatedTimeStamp>", b"<xades:EncapsulatedTimeStamp >"),
    "not base64": lambda sealed: sealed.replace(b"<xades:EncapsulatedTimeStamp>", b"<xades:EncapsulatedTimeStamp>*"),
    "cut off": lambda sealed: sealed[:-1],
}


@pytest.mark.parametrize("how", TAMPERING)
def test_what_was_added_in_another_form_is_refused(stamper: Stamper, how: str) -> None:
    sealed = TAMPERING[how](lasting(stamper))
    verdict = verify_seal(sealed, OCTETS, trust(), NOW, time_authorities=TIMES)
    assert (verdict.result, verdict.reason) == (Result.INVALID, Reason.STRUCTURE)


@pytest.mark.parametrize("octets", [b"", b"<Signature/>", OCTETS])
def test_what_is_no_seal_cannot_be_made_to_last(octets: bytes) -> None:
    with pytest.raises(NotSignable):
        lengthen(octets, stamp=b"")
    with pytest.raises(NotSignable):
        stamped_octets(octets)
