"""The bus's own keys."""

from __future__ import annotations

from pathlib import Path

from pydantic import PositiveInt

from lgsp.settings.values import KeyPlace, Place, Section


class KeysSection(Section):
    """The keys of the bus."""

    #: Private key of the bus's seal: a PEM file, a `.p12` or `.pfx` file, or a `pkcs11:` URI.
    seal_key: KeyPlace = Path("../var/keys/bus.key")
    #: Its certificate (PEM), with the intermediates after it. Not read for a `.p12`, and not needed in a token.
    seal_certificate: Place = Path("../var/keys/bus.crt")
    #: A file that holds the password of the `.p12`, or the token's PIN.
    seal_password_file: Place | None = None
    #: Keys that follow that one; `lgsp keys rotate` puts them there.
    seal_keys: Place = Path("../var/keys/seal")
    #: `<agency code>.key` and `.crt` for agencies whose messages an adapter writes and signs for them.
    agencies: Place = Path("../var/keys/agencies")
    #: From so many days before a certificate ends the bus tells of it, daily.
    warn_days: PositiveInt = 30
