"""Keys that sign. The private key stays behind these protocols: a file today, a token or a service as well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from signing import names
from signing.errors import KeyUnusable
from signing.mathematics import der_to_joined

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_RSA_BITS = 2048
_BY_CURVE = {"secp256r1": names.ECDSA_SHA256, "secp384r1": names.ECDSA_SHA384, "secp521r1": names.ECDSA_SHA512}


class SigningKey(Protocol):
    """A private key that can be used and not seen, with its certificate. Thread-safe."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that others check the signature with."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """What lies between that certificate and the authority, nearest first; may be empty."""

    @property
    def algorithm(self) -> str:
        """The signature algorithm URI that `sign` follows."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data` in the form of XML Signature: for ECDSA r and s, of equal length."""


class KeyProvider(Protocol):
    """Knows which key signs now."""

    def current(self) -> SigningKey:
        """Return the key to sign with now. Cheap: called for every signature."""


class HeldKey:
    """A key in this process's memory: RSA from 2048 bits, or P-256, P-384, P-521.

    The same data has the same signature, by ECDSA too (RFC 6979): what is signed again after a crash is the same,
    octet for octet, and no weak random number can give the key away.
    """

    def __init__(
        self, private: PrivateKeyTypes, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...] = ()
    ) -> None:
        """Hold `private`. Raises KeyUnusable when it does not belong to `certificate` or is too weak."""
        if private.public_key() != certificate.public_key():
            message = f"the key does not belong to the certificate of {certificate.subject.rfc4514_string()}"
            raise KeyUnusable(message)
        self.certificate = certificate
        self.chain = chain
        self.algorithm = _algorithm(private)
        self._private = private

    @classmethod
    def read(cls, key: bytes, certificate: bytes) -> Self:
        """Hold a key from PEM; intermediates may follow the certificate. Raises KeyUnusable.

        Reading an RSA key takes some 100 ms: keep the object.
        """
        try:
            first, *chain = x509.load_pem_x509_certificates(certificate)
            return cls(load_pem_private_key(key, password=None), first, tuple(chain))
        except (TypeError, ValueError, UnsupportedAlgorithm) as error:
            raise KeyUnusable(str(error)) from error

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data` in the form of XML Signature."""
        private, method = self._private, names.SIGNATURE_METHODS[self.algorithm]
        if isinstance(private, ec.EllipticCurvePrivateKey):
            algorithm = ec.ECDSA(method.hash, deterministic_signing=True)
            return der_to_joined(private.sign(data, algorithm), private.key_size)
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(data, padding.PKCS1v15(), method.hash)
        raise KeyUnusable(type(private).__name__)


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


def _algorithm(private: PrivateKeyTypes) -> str:
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _RSA_BITS:
        return names.RSA_SHA256
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _BY_CURVE:
        return _BY_CURVE[private.curve.name]
    message = "wanted: RSA of at least 2048 bits, or ECDSA on P-256, P-384 or P-521"
    raise KeyUnusable(message)
