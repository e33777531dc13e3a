"""What can go wrong while keys are loaded and signatures are made.

    SigningError
    ├── KeyUnusable              the key file is unreadable, too weak, or does not belong to its certificate
    │   └── KeyAway              the token that holds the key does not answer: the same call succeeds later
    ├── CertificateUnreadable    a configured certificate cannot be read
    ├── RevocationUnusable       a list of revoked certificates, or an answer about one, proves nothing
    ├── NotSignable              these octets cannot take a signature: malformed, signed already, no place for it
    └── TimeUnavailable          no time authority gave a stamp that holds: the same call may succeed later

Verification raises none of these: whatever it is given, its answer is a `Verdict`.
"""

from __future__ import annotations


class SigningError(Exception):
    """The root: everything that this package raises on purpose."""


class KeyUnusable(SigningError):
    """The private key cannot be used."""


class KeyAway(KeyUnusable):
    """What holds the private key does not answer just now."""


class CertificateUnreadable(SigningError):
    """A certificate that was configured cannot be read."""


class RevocationUnusable(SigningError):
    """A CRL or an OCSP answer says nothing that can be believed."""


class NotSignable(SigningError):
    """These octets cannot take a signature."""


class TimeUnavailable(SigningError):
    """No time authority gave a stamp that holds; the message says of each one why."""
