"""A signature over plain bytes, beside them, in the form that `openssl dgst -verify` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from signing import names
from signing.errors import KeyUnusable
from signing.keys.held import algorithm_of
from signing.mathematics import der_to_joined, fits, joined_to_der

if TYPE_CHECKING:
    from cryptography import x509

    from signing.keys import SigningKey


def sign_detached(octets: bytes, key: SigningKey) -> bytes:
    """Return the signature of `octets`: DER for ECDSA, PKCS #1 v1.5 for RSA."""
    value, public = key.sign(octets), key.certificate.public_key()
    return joined_to_der(value, public.curve.key_size) if isinstance(public, ec.EllipticCurvePublicKey) else value


def verify_detached(signature: bytes, octets: bytes, certificate: x509.Certificate) -> bool:
    """Tell whether `signature` was made over `octets` with the key of `certificate`. Whom that is, others judge."""
    try:
        public = certificate.public_key()
        algorithm = algorithm_of(public)
        value = (
            der_to_joined(signature, public.curve.key_size)
            if isinstance(public, ec.EllipticCurvePublicKey)
            else signature
        )
    except (KeyUnusable, OverflowError, UnsupportedAlgorithm, ValueError):
        return False
    return fits(public, algorithm, value, octets)


def digest_name(certificate: x509.Certificate) -> str:
    """Return what openssl calls the hash that the certificate's key signs with, e.g. `sha256`. Raises KeyUnusable."""
    return names.SIGNATURE_METHODS[algorithm_of(certificate.public_key())].hash.name
