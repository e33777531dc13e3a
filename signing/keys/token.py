"""A key in a PKCS #11 token: a smart card, an HSM, or SoftHSM. It never leaves the token."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote

import pkcs11
from cryptography import x509
from pkcs11 import Attribute, Mechanism, ObjectClass
from pkcs11.exceptions import KeyTypeInconsistent, PinIncorrect, PinLocked, PKCS11Error, UserAlreadyLoggedIn
from pkcs11.types import SignMixin

from signing import names
from signing.errors import KeyAway, KeyUnusable
from signing.keys.files import URI_SCHEME, read_secret
from signing.keys.held import algorithm_of
from signing.mathematics import fits

if TYPE_CHECKING:
    from signing.keys.provider import SigningKey

_TOLD: Final = frozenset({"token", "object", "type"})
_ASKED: Final = frozenset({"module-path", "pin-source"})
# A module is one library in the process: while it is started anew nobody may be inside it, whatever key he uses.
_entries: Final[defaultdict[str, threading.RLock]] = defaultdict(threading.RLock)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """Where in which token a key is."""

    #: The module of the token's maker, a shared library.
    module: str
    #: The token's label.
    token: str
    #: The label of the key, and of its certificate if that is in the token too.
    label: str
    pin_file: Path | None = field(default=None, repr=False)

    @classmethod
    def read(cls, uri: str) -> Self:
        """Read a URI of RFC 7512, `pkcs11:token=…;object=…?module-path=…`. Raises KeyUnusable.

        A PIN may not stand in it (`pin-value`), the file that holds it may (`pin-source=file:…`).
        """
        path, _, query = uri.removeprefix(URI_SCHEME).partition("?")
        told, asked = _pairs(path, ";"), _pairs(query, "&")
        unknown = sorted((told.keys() - _TOLD) | (asked.keys() - _ASKED))
        missing = sorted({"token", "object"} - told.keys()) + sorted({"module-path"} - asked.keys())
        if unknown or missing or told.get("type", "private") != "private":
            message = f"{URI_SCHEME} URI: missing {', '.join(missing) or 'nothing'}; not known here: {unknown}"
            raise KeyUnusable(message)
        source = asked.get("pin-source", "").removeprefix("file:")
        return cls(
            module=asked["module-path"],
            token=told["token"],
            label=told["object"],
            pin_file=Path(source) if source else None,
        )


class Pkcs11Key:
    """A key in a token, logged in when made. Raises KeyUnusable, or KeyAway while the token does not answer."""

    def __init__(
        self,
        module: Path | str,
        token: str,
        label: str,
        pin_file: Path | None = None,
        *,
        certificate: Path | None = None,
        pause_seconds: float = 1,
    ) -> None:
        """Open a session. `certificate`: a PEM file, used when it exists; else the token must hold the certificate.

        After a failed attempt at a token that is away there is none for `pause_seconds`.
        """
        place = TokenPlace(module=str(module), token=token, label=label, pin_file=pin_file)
        self._key = _TokenKey(place, certificate, pause_seconds)

    @classmethod
    def at(cls, uri: str, pin_file: Path | None = None, certificate: Path | None = None) -> Self:
        """Open the key that a `pkcs11:` URI names."""
        place = TokenPlace.read(uri)
        return cls(place.module, place.token, place.label, pin_file or place.pin_file, certificate=certificate)

    def current(self) -> SigningKey:
        """Return the key in the token."""
        return self._key


class _TokenKey:
    def __init__(self, place: TokenPlace, certificate: Path | None, pause_seconds: float) -> None:
        self._place = place
        self._pause_seconds = pause_seconds
        self._entry = _entries[place.module]
        self._session: pkcs11.Session | None = None
        self._private: SignMixin | None = None
        self._not_before = 0.0
        self._barred = ""
        try:
            self._pin = None if place.pin_file is None else read_secret(place.pin_file)
            with self._entry:
                session = self._log_in()
                self.certificate, *chain = _certificates(certificate, session, place.label)
        except (OSError, ValueError) as error:
            message = f"{place}: {error}"
            raise KeyUnusable(message) from error
        except PKCS11Error as error:
            raise self._away(error) from error
        self.chain = tuple(chain)
        self.algorithm = algorithm_of(self.certificate.public_key())
        probe = b"Does this key belong to that certificate?"
        if not fits(self.certificate.public_key(), self.algorithm, self.sign(probe), probe):
            message = f"{place}: the key does not belong to the certificate"
            raise KeyUnusable(message)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data` in the form of XML Signature; log in anew when the token was away."""
        with self._entry:
            if self._barred:
                raise KeyUnusable(self._barred)
            if time.monotonic() < self._not_before:
                raise KeyAway(f"{self._place}: it did not answer a moment ago")
            try:
                return self._signed(data)
            except PKCS11Error:
                self._forget()
            try:
                self._log_in(anew=True)
                return self._signed(data)
            except PKCS11Error as error:
                raise self._away(error) from error

    def _signed(self, data: bytes) -> bytes:
        if self._private is None:
            raise PKCS11Error
        method = names.SIGNATURE_METHODS[self.algorithm]
        if method.kind == "rsa":
            return bytes(self._private.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
        # Not every token hashes for ECDSA, so the digest is made here; r and s come back as XML Signature wants them.
        return bytes(self._private.sign(hashlib.new(method.hash.name, data).digest(), mechanism=Mechanism.ECDSA))

    def _log_in(self, *, anew: bool = False) -> pkcs11.Session:
        """Open a session and find the key. Anew: start the module again, since it may only then see a token return."""
        library = pkcs11.lib(self._place.module)
        if anew:
            library.reinitialize()
        token = library.get_token(token_label=self._place.token)
        try:
            session = token.open(user_pin=self._pin)
        except UserAlreadyLoggedIn:  # another key of this process is in the same token
            session = token.open()
        self._session = session
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=self._place.label)
        if not isinstance(key, SignMixin):
            raise KeyTypeInconsistent
        self._private = key
        return session

    def _forget(self) -> None:
        self._private = None
        try:
            if self._session is not None:
                self._session.close()
        except PKCS11Error:
            pass  # it is gone with its token
        self._session = None

    def _away(self, error: PKCS11Error) -> KeyUnusable:
        self._forget()
        self._not_before = time.monotonic() + self._pause_seconds
        reason = f"{self._place}: {type(error).__name__} {error}".rstrip()
        if not isinstance(error, PinIncorrect | PinLocked):
            return KeyAway(reason)
        self._barred = f"{reason}; not tried again, since a few attempts more would lock the token"
        return KeyUnusable(self._barred)


def _certificates(file: Path | None, session: pkcs11.Session, label: str) -> list[x509.Certificate]:
    if file is not None and file.exists():
        return x509.load_pem_x509_certificates(file.read_bytes())
    wanted = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: label}
    found = [x509.load_der_x509_certificate(bytes(held[Attribute.VALUE])) for held in session.get_objects(wanted)]
    if len(found) != 1:
        message = f"the token holds {len(found)} certificates of that label, and there is no file"
        raise ValueError(message)
    return found


def _pairs(text: str, separator: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(separator) if part)
    return {name: unquote(value) for name, _, value in pairs}
