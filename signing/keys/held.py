"""A key in this process's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from signing import names
from signing.errors import KeyUnusable
from signing.mathematics import der_to_joined

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

_RSA_BITS = 2048
_BY_CURVE = {"secp256r1": names.ECDSA_SHA256, "secp384r1": names.ECDSA_SHA384, "secp521r1": names.ECDSA_SHA512}


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
        self.algorithm = algorithm_of(certificate.public_key())
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


def algorithm_of(public: PublicKeyTypes) -> str:
    """Return the algorithm URI that a key of this kind signs with. Raises KeyUnusable."""
    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= _RSA_BITS:
        return names.RSA_SHA256
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in _BY_CURVE:
        return _BY_CURVE[public.curve.name]
    message = "wanted: RSA of at least 2048 bits, or ECDSA on P-256, P-384 or P-521"
    raise KeyUnusable(message)
