"""Keys that sign. The private key stays behind two small protocols: in a file, in a PKCS #12 store, or in a token.

`signing.keys.token` talks to tokens and needs `lgsp[pkcs11]`; `open_key` imports it when a place names a token.
"""

from __future__ import annotations

from signing.keys.files import PemKey, Pkcs12Key
from signing.keys.handing import HandedKey
from signing.keys.held import HeldKey
from signing.keys.opening import open_key
from signing.keys.provider import KeyProvider, SigningKey
from signing.keys.ring import KeyRing

__all__ = ["HandedKey", "HeldKey", "KeyProvider", "KeyRing", "PemKey", "Pkcs12Key", "SigningKey", "open_key"]
