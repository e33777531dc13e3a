"""What a key must be able to do, wherever it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cryptography import x509


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
        """Return the signature of `data` in the form of XML Signature: for ECDSA r and s, of equal length.

        Raises KeyAway while what holds the key does not answer; the same call succeeds later.
        """


class KeyProvider(Protocol):
    """Knows which key signs now."""

    def current(self) -> SigningKey:
        """Return the key to sign with now. Cheap: called for every signature. Thread-safe."""
