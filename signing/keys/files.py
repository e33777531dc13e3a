"""Keys in files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from signing.errors import KeyUnusable
from signing.keys.held import HeldKey

if TYPE_CHECKING:
    from cryptography import x509

    from signing.keys.provider import SigningKey

#: What RFC 7512 begins the address of an object in a token with.
URI_SCHEME: Final = "pkcs11:"
STORE_ENDINGS: Final = frozenset({".p12", ".pfx"})


class PemKey:
    """A key and its certificate in two PEM files, read once, when made. Raises KeyUnusable.

    The certificate's file may hold intermediates after the certificate; they travel with every signature.
    """

    def __init__(self, key_path: Path | str, certificate_path: Path | str) -> None:
        """Read both files."""
        try:
            self._key = HeldKey.read(Path(key_path).read_bytes(), Path(certificate_path).read_bytes())
        except (OSError, KeyUnusable) as error:
            message = f"{key_path} with {certificate_path}: {error}"
            raise KeyUnusable(message) from error

    def current(self) -> SigningKey:
        """Return the key that was read."""
        return self._key


class Pkcs12Key:
    """A key with its certificates in a PKCS #12 store (`.p12`, `.pfx`), read once, when made. Raises KeyUnusable.

    `password_file` holds the password, a line break after it is no part of it; None for a store without password.
    """

    def __init__(self, path: Path | str, password_file: Path | str | None = None) -> None:
        """Read the store."""
        try:
            password = None if password_file is None else read_secret(Path(password_file)).encode()
            self._key = _stored(Path(path).read_bytes(), password)
        except (OSError, ValueError, UnsupportedAlgorithm, KeyUnusable) as error:
            message = f"{path}: {error}"
            raise KeyUnusable(message) from error

    def current(self) -> SigningKey:
        """Return the key that was read."""
        return self._key


def _stored(store: bytes, password: bytes | None) -> HeldKey:
    private, certificate, others = pkcs12.load_key_and_certificates(store, password)
    if private is None or certificate is None:
        message = "the store lacks a private key with its certificate"
        raise KeyUnusable(message)
    return HeldKey(private, certificate, chain_of(certificate, others))


def read_secret(path: Path) -> str:
    """Return the secret that a file holds, without the line break that editors put at its end."""
    return path.read_text(encoding="utf-8").rstrip("\r\n")


def chain_of(
    certificate: x509.Certificate, others: list[x509.Certificate] | tuple[x509.Certificate, ...]
) -> tuple[x509.Certificate, ...]:
    """Return what lies between `certificate` and its root, nearest first, out of `others`."""
    between: list[x509.Certificate] = []
    by_subject = {other.subject: other for other in others if other.subject != other.issuer}
    above = by_subject.pop(certificate.issuer, None)
    while above is not None:
        between.append(above)
        above = by_subject.pop(above.issuer, None)
    return tuple(between)
