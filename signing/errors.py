"""What can go wrong while keys are loaded and signatures are made.

    SigningError
    ├── KeyUnusable              the key file is unreadable, too weak, or does not belong to its certificate
    ├── CertificateUnreadable    a configured certificate cannot be read
    └── NotSignable              these octets cannot take a signature: malformed, signed already, no place for it

Verification raises none of these: whatever it is given, its answer is a `Verdict`.
"""

from __future__ import annotations


class SigningError(Exception):
    """The root: everything that this package raises on purpose."""


class KeyUnusable(SigningError):
    """The private key cannot be used."""


class CertificateUnreadable(SigningError):
    """A certificate that was configured cannot be read."""


class NotSignable(SigningError):
    """These octets cannot take a signature."""
