"""Checking a signature value over bytes that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from signing import names

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


def fits(key: PublicKeyTypes, algorithm: str, value: bytes, signed: bytes) -> bool:
    """Return whether `value`, in the form of XML Signature, is the signature of `signed` under `key`."""
    method = names.SIGNATURE_METHODS[algorithm]
    try:
        if isinstance(key, rsa.RSAPublicKey) and method.kind == "rsa":
            key.verify(value, signed, padding.PKCS1v15(), method.hash)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and method.kind == "ec":
            key.verify(joined_to_der(value, key.curve.key_size), signed, ec.ECDSA(method.hash))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return False


def joined_to_der(value: bytes, bits: int) -> bytes:
    """Return the DER form of an ECDSA signature written as r and s of equal length. Raises ValueError."""
    half = (bits + 7) // 8
    if len(value) != 2 * half:
        message = f"{len(value)} bytes for a curve of {bits} bits"
        raise ValueError(message)
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


def der_to_joined(value: bytes, bits: int) -> bytes:
    """Return r and s of equal length, as XML Signature writes an ECDSA signature."""
    half = (bits + 7) // 8
    r, s = decode_dss_signature(value)
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")
