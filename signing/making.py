"""Making authorities, certificates and keys: for demonstrations, tests, and a province that runs its own authority."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from signing.errors import KeyUnusable

if TYPE_CHECKING:
    from pathlib import Path

_NAME_LENGTH = 64  # RFC 5280, ub-common-name


class KeyKind(StrEnum):
    """Which key to make."""

    P_256 = "p-256"
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A private key and its certificate, both PEM."""

    key: bytes = field(repr=False)
    #: With the intermediate authorities after it, if there are any.
    certificate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long a certificate is good."""

    #: None means now, less five minutes for clocks that go slow.
    start: datetime | None = None
    days: int = 730


def make_authority(
    name: str, *, kind: KeyKind = KeyKind.P_256, issuer: Made | None = None, term: Term | None = None
) -> Made:
    """Make an authority called `name`: its own root, or under `issuer`. For ten years unless told otherwise."""
    return _make(name, kind, issuer, term or Term(days=3650), authority=True)


def make_certificate(authority: Made, name: str, *, kind: KeyKind = KeyKind.P_256, term: Term | None = None) -> Made:
    """Make a key with a certificate for signing, issued by `authority`. For two years unless told otherwise."""
    return _make(name, kind, authority, term or Term(), authority=False)


def write_private(path: Path, pem: bytes) -> None:
    """Write a private key so that only this user can read it. Never overwrites: raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def _make(name: str, kind: KeyKind, issuer: Made | None, term: Term, *, authority: bool) -> Made:
    private = _private(kind)
    start = term.start or datetime.now(UTC) - timedelta(minutes=5)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:_NAME_LENGTH])])
    above = None if issuer is None else x509.load_pem_x509_certificates(issuer.certificate)
    signer = private if issuer is None else _load(issuer.key)
    constraints = x509.BasicConstraints(ca=authority, path_length=None)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if above is None else above[0].subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=term.days))
        .add_extension(constraints, critical=True)
        .add_extension(_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    # Roots stay out of the chain: whoever checks it has them, or does not believe them.
    between = [certificate, *(c for c in above or () if c.issuer != c.subject)]
    return Made(
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        certificate=b"".join(c.public_bytes(Encoding.PEM) for c in between),
    )


def _private(kind: KeyKind) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if kind is KeyKind.P_256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048 if kind is KeyKind.RSA_2048 else 3072)


def _load(pem: bytes) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    private = load_pem_private_key(pem, password=None)
    if isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return private
    raise KeyUnusable(type(private).__name__)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
