"""Opening a key wherever it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from signing.errors import KeyUnusable
from signing.keys.files import STORE_ENDINGS, URI_SCHEME, PemKey, Pkcs12Key

if TYPE_CHECKING:
    from signing.keys.provider import KeyProvider


def open_key(place: Path | str, certificate: Path | None = None, password_file: Path | None = None) -> KeyProvider:
    """Return the key at `place`: a PEM file, a `.p12` or `.pfx` store, or a `pkcs11:` URI (RFC 7512).

    `certificate` is the file that belongs to a PEM key; for a token it is used when it exists, the token's own
    certificate otherwise. `password_file` holds the store's password or the token's PIN. Raises KeyUnusable.
    """
    if str(place).startswith(URI_SCHEME):
        try:
            from signing.keys.token import Pkcs11Key  # noqa: PLC0415  # an optional part: lgsp[pkcs11]
        except ImportError as error:
            message = f"{place}: a key in a token needs lgsp[pkcs11]: {error}"
            raise KeyUnusable(message) from error
        return Pkcs11Key.at(str(place), password_file, certificate)
    if Path(place).suffix.lower() in STORE_ENDINGS:
        return Pkcs12Key(place, password_file)
    return PemKey(place, certificate or Path(place).with_suffix(".crt"))
