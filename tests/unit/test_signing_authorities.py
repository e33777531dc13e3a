"""Whom the bus believes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from signing import (
    Authorities,
    CertificateUnreadable,
    HeldKey,
    KeyKind,
    KeyUnusable,
    Made,
    PemKey,
    Reason,
    Term,
    make_authority,
    make_certificate,
    write_private,
)
from tests.keyring import DECADE, NOW, START, a_key, a_pair, an_authority, certificates, trust

if TYPE_CHECKING:
    from pathlib import Path


def reason(leaf: Made, *between: Made, root: Made | None = None) -> Reason | None:
    chain = [certificates(made)[0] for made in between]
    judgement = Authorities(certificates(root or an_authority())[-1:]).judge(certificates(leaf)[0], chain, NOW)
    assert judgement.trusted == (judgement.reason is None)
    return judgement.reason


def test_a_certificate_of_a_configured_authority_is_trusted() -> None:
    assert reason(a_pair()) is None


def test_a_certificate_of_another_authority_is_unknown_even_when_the_names_agree() -> None:
    other = make_authority("CA thử nghiệm", term=DECADE)
    assert reason(make_certificate(other, "UBND tỉnh Mẫu", term=DECADE)) is Reason.AUTHORITY_UNKNOWN


def test_intermediates_that_come_along_are_used_in_any_order() -> None:
    first = make_authority("Trung gian 1", issuer=an_authority(), term=DECADE)
    second = make_authority("Trung gian 2", issuer=first, term=DECADE)
    leaf = make_certificate(second, "Sở Mẫu", term=DECADE)
    assert reason(leaf, first, second) is None
    assert reason(leaf, second, first) is None
    assert reason(leaf, second) is Reason.AUTHORITY_UNKNOWN


def test_a_signing_certificate_cannot_issue_another() -> None:
    agency = a_pair(KeyKind.P_256, "Sở Mẫu")
    assert reason(make_certificate(agency, "Kẻ mạo danh", term=DECADE), agency) is Reason.CHAIN_BROKEN


def test_an_expired_intermediate_breaks_the_trust() -> None:
    short = make_authority("Ngắn hạn", issuer=an_authority(), term=Term(start=START, days=30))
    assert reason(make_certificate(short, "Sở Mẫu", term=DECADE), short) is Reason.CERTIFICATE_EXPIRED


def test_a_longer_chain_than_an_authority_allows_is_broken() -> None:
    root = _issue("Gốc", None, x509.BasicConstraints(ca=True, path_length=0))
    below = make_authority("Dưới gốc", issuer=root, term=DECADE)
    assert reason(make_certificate(below, "Sở Mẫu", term=DECADE), below, root=root) is Reason.CHAIN_BROKEN
    assert reason(make_certificate(root, "Sở Mẫu", term=DECADE), root=root) is None


def test_an_authority_that_does_not_say_so_may_not_issue() -> None:
    silent = _issue("Gốc", None)
    denying = _issue("Gốc", None, x509.BasicConstraints(ca=False, path_length=None))
    for root in (silent, denying):
        assert reason(make_certificate(root, "Sở Mẫu", term=DECADE), root=root) is Reason.CHAIN_BROKEN


def test_an_authority_whose_key_usage_forbids_it_may_not_issue() -> None:
    usage = certificates(a_pair())[0].extensions.get_extension_for_class(x509.KeyUsage).value
    root = _issue("Gốc", None, x509.BasicConstraints(ca=True, path_length=None), usage)
    assert reason(make_certificate(root, "Sở Mẫu", term=DECADE), root=root) is Reason.CHAIN_BROKEN


def test_a_critical_extension_that_is_not_understood_ends_the_chain() -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert reason(_issue("Lạ", an_authority(), strange)) is Reason.CHAIN_BROKEN


@pytest.mark.parametrize(
    ("permitted", "excluded", "believed"),
    [
        (["Sở Mẫu"], None, True),
        (["Sở Khác"], None, False),
        (["Sở Khác", "Sở Mẫu"], None, True),
        (None, ["Sở Mẫu"], False),
        (None, ["Sở Khác"], True),
    ],
)
def test_an_authority_vouches_for_no_name_beyond_its_constraints(
    permitted: list[str] | None,
    excluded: list[str] | None,
    believed: bool,  # noqa: FBT001 - a case
) -> None:
    def trees(names: list[str] | None) -> list[x509.GeneralName] | None:
        if names is None:
            return None
        return [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])) for name in names]

    constraints = x509.NameConstraints(trees(permitted), trees(excluded))
    root = _issue("Gốc", None, x509.BasicConstraints(ca=True, path_length=None), constraints)
    leaf = make_certificate(root, "Sở Mẫu", term=DECADE)
    assert reason(leaf, root=root) is (None if believed else Reason.CHAIN_BROKEN)


def test_a_constrained_kind_of_name_that_is_not_understood_ends_the_chain_only_where_it_is_used() -> None:
    constraints = x509.NameConstraints([x509.DNSName("tinh.gov.vn")], None)
    root = _issue("Gốc", None, x509.BasicConstraints(ca=True, path_length=None), constraints)
    assert reason(make_certificate(root, "Sở Mẫu", term=DECADE), root=root) is None
    host = x509.SubjectAlternativeName([x509.DNSName("tinh.gov.vn")])
    assert reason(_issue("Sở Mẫu", root, host), root=root) is Reason.CHAIN_BROKEN


def test_a_certificate_that_is_not_meant_for_signing_is_not_trusted() -> None:
    authority = make_authority("Trung gian", issuer=an_authority(), term=DECADE)
    assert reason(authority) is Reason.CERTIFICATE_USAGE


def test_a_certificate_that_is_configured_itself_needs_no_chain() -> None:
    assert reason(a_pair(), root=a_pair()) is None


def test_a_chain_proven_once_is_remembered_only_as_long_as_it_is_in_force() -> None:
    authorities, certificate = trust(), a_key().certificate
    assert authorities.judge(certificate, [], NOW).trusted
    assert authorities.judge(certificate, [], NOW).trusted
    assert authorities.judge(certificate, [], NOW + timedelta(days=4000)).reason is Reason.CERTIFICATE_EXPIRED
    assert authorities.judge(certificate, [], START - timedelta(seconds=1)).reason is Reason.CERTIFICATE_NOT_YET_VALID


def test_a_failure_for_want_of_an_intermediate_is_not_remembered() -> None:
    between = make_authority("Trung gian", issuer=an_authority(), term=DECADE)
    leaf = certificates(make_certificate(between, "Sở Mẫu", term=DECADE))[0]
    authorities = Authorities(certificates(an_authority()))
    assert not authorities.judge(leaf, [], NOW).trusted
    assert authorities.judge(leaf, [certificates(between)[0]], NOW).trusted


def test_a_circle_of_authorities_ends() -> None:
    one = make_authority("Một", term=DECADE)
    two = make_authority("Hai", issuer=one, term=DECADE)
    leaf = make_certificate(two, "Sở Mẫu", term=DECADE)
    assert reason(leaf, two, one, two, one) is Reason.AUTHORITY_UNKNOWN


def test_authorities_are_read_from_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(an_authority().certificate)
    (tmp_path / "note.txt").write_text("not a certificate")
    for path in (tmp_path, tmp_path / "ca.pem"):
        assert Authorities.load([path]).judge(a_key().certificate, [], NOW).trusted
    with pytest.raises(CertificateUnreadable, match=r"note\.txt"):
        Authorities.load([tmp_path / "note.txt"])
    with pytest.raises(CertificateUnreadable, match="nowhere"):
        Authorities.load([tmp_path / "nowhere.pem"])


@pytest.mark.parametrize("kind", KeyKind)
def test_a_key_is_read_from_two_files_and_only_its_owner_can_read_it(tmp_path: Path, kind: KeyKind) -> None:
    write_private(tmp_path / "a.key", a_pair(kind).key)
    (tmp_path / "a.pem").write_bytes(a_pair(kind).certificate)
    provider = PemKey(tmp_path / "a.key", tmp_path / "a.pem")
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600
    assert provider.current().certificate == certificates(a_pair(kind))[0]
    assert provider.current() is provider.current()


def test_a_private_key_is_never_overwritten(tmp_path: Path) -> None:
    write_private(tmp_path / "a.key", b"first")
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "a.key", b"second")
    assert (tmp_path / "a.key").read_bytes() == b"first"


def test_a_key_that_does_not_belong_to_its_certificate_is_refused() -> None:
    with pytest.raises(KeyUnusable, match="does not belong"):
        HeldKey.read(a_pair(name="Sở A").key, a_pair(name="Sở B").certificate)


def test_a_missing_or_broken_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="none"):
        PemKey(tmp_path / "none.key", tmp_path / "none.pem")
    (tmp_path / "b.key").write_text("-----BEGIN PRIVATE KEY-----\n")
    (tmp_path / "b.pem").write_bytes(a_pair().certificate)
    with pytest.raises(KeyUnusable, match=r"b\.key"):
        PemKey(tmp_path / "b.key", tmp_path / "b.pem")


def test_intermediates_travel_with_the_key() -> None:
    between = make_authority("Trung gian", issuer=an_authority(), term=DECADE)
    leaf = make_certificate(between, "Sở Mẫu", term=DECADE)
    assert [c.subject.rfc4514_string() for c in HeldKey.read(leaf.key, leaf.certificate).chain] == ["CN=Trung gian"]


def _issue(name: str, issuer: Made | None, *extensions: x509.ExtensionType) -> Made:
    """Return a certificate with exactly these extensions, all critical."""
    pair = a_pair(KeyKind.P_256, name)
    key = _loaded(pair)
    signer = _loaded(issuer or pair)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else certificates(issuer)[0].subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(NOW + timedelta(days=30))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return Made(key=pair.key, certificate=builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM))


def _loaded(made: Made) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(made.key, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
