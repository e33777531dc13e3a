"""The bus's own keys, as the settings name them, and every certificate that the bus rests on."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lgsp import telemetry
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.upkeep.expiry import InForce
from signing import Belief, KeyRing, SigningError, open_key, read_certificates
from signing.keys.files import STORE_ENDINGS
from signing.keys.ring import URI_ENDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from cryptography import x509

    from lgsp.settings import Settings
    from signing import Authorities, HandedKey, SigningKey


class Keychain:
    """Opens keys. Each method raises Misconfigured when a key or certificate cannot be used."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened yet."""
        self._settings = settings
        self._connectors: dict[str, KeyRing] = {}
        self._opening = threading.Lock()

    @cached_property
    def seal(self) -> KeyRing:
        """The keys of the seal: the one that the settings name, and those in the folder that follow it."""
        keys = self._settings.keys
        named = str(keys.seal_key).startswith("pkcs11:") or Path(keys.seal_key).exists()
        try:
            first = open_key(keys.seal_key, keys.seal_certificate, keys.seal_password_file) if named else None
            return KeyRing(first, keys.seal_keys, on_change=telemetry.key_changed, on_unusable=telemetry.key_unusable)
        except SigningError as error:
            raise _unusable("[keys] seal_key", keys.seal_key, error) from error

    def connector(self, code: str) -> KeyRing:
        """Return the keys that an agency's adapter signs with in its name: `CODE`, and `CODE@…` that follow it."""
        with self._opening:
            if code not in self._connectors:
                folder = self._settings.keys.agencies
                try:
                    self._connectors[code] = KeyRing(
                        None, folder, named=(code, f"{code}@*"), on_unusable=telemetry.key_unusable
                    )
                except SigningError as error:
                    raise _unusable("[keys] agencies", folder / code, error) from error
            return self._connectors[code]

    def put_next(
        self, given: HandedKey, authorities: Authorities, at: datetime, code: str = ""
    ) -> tuple[InForce, Path]:
        """Put a key where running processes find it, and return its certificate and file. Raises Misconfigured.

        It is the next of the seal's, or of the agency `code`, and signs from the beginning of its certificate on. What
        leads to none of `authorities` is not taken: nobody would believe its signatures.
        """
        key = given.key
        begins = key.certificate.not_valid_before_utc
        judgement = authorities.judge(key.certificate, key.chain, max(begins, at), speaker=code)
        if judgement.belief is Belief.NO:
            raise _unusable("[trust] authorities", judgement.reason, judgement.detail)
        moment = f"{begins:%Y%m%dT%H%M%S}-{key.certificate.serial_number:x}"[:32]
        folder, name = self._settings.keys.seal_keys, moment
        if code:
            folder, name = self._settings.keys.agencies, f"{code}@{moment}"
        try:
            file = given.put(folder, name)
        except (OSError, SigningError) as error:
            raise _unusable("the next key", folder / name, error) from error
        role = "connector" if code else "seal"
        return InForce(role=role, name=name, certificate=key.certificate), file

    def in_force(self) -> list[InForce]:
        """Return every certificate that the bus rests on, seals first."""
        return list(self._found())

    def _found(self) -> Iterator[InForce]:
        keys, trust, http = self._settings.keys, self._settings.trust, self._settings.http
        ring = self.seal
        current = ring.current()
        for key in ring.all_keys():
            yield InForce(role="seal", name=_state(key, current), certificate=key.certificate)
        for code in _codes(keys.agencies):
            with suppress(Misconfigured):  # it was told as key.unusable
                yield from self._connectors_of(code)
        yield from _all_of("authority", trust.authorities)
        for anchor in trust.anchors:
            yield from _all_of("authority", anchor.certificates)
        for source in self._settings.time.authorities:
            yield from _all_of("time authority", source.certificates)
        yield from _first_of("https", [http.tls_certificate] if http.tls_certificate else [])

    def _connectors_of(self, code: str) -> list[InForce]:
        ring = self.connector(code)
        current = ring.current()
        named = [("former" if _state(key, current) == "former" else code, key) for key in ring.all_keys()]
        return [InForce(role="connector", name=name, certificate=key.certificate) for name, key in named]


def _codes(folder: Path) -> list[str]:
    """Return the agencies whose keys are in the folder."""
    endings = {".key", URI_ENDING, *STORE_ENDINGS}
    files = [file for file in folder.glob("*") if file.suffix.lower() in endings and not file.name.startswith(".")]
    whole = [file for file in files if file.suffix != ".key" or file.with_suffix(".crt").exists()]
    return sorted({file.stem.partition("@")[0] for file in whole})


def _state(key: SigningKey, current: SigningKey) -> str:
    if key is current:
        return "current"
    earlier = key.certificate.not_valid_before_utc <= current.certificate.not_valid_before_utc
    return "former" if earlier else "coming"


def _first_of(role: str, files: Iterable[Path]) -> Iterator[InForce]:
    for file in files:
        yield from [InForce(role=role, name=file.stem, certificate=one) for one in _read(file)[:1]]


def _all_of(role: str, places: Iterable[Path]) -> Iterator[InForce]:
    for place in places:
        yield from [InForce(role=role, name=place.stem, certificate=one) for one in _read(place)]


def _read(place: Path) -> tuple[x509.Certificate, ...]:
    try:
        return read_certificates([place])
    except SigningError as error:
        raise _unusable(str(place), place, error) from error


def _unusable(element: str, place: object, error: object) -> Misconfigured:
    return Misconfigured(
        Problem(
            element=element,
            expected=Text("a key or certificate that can be used", "khóa hoặc chứng thư dùng được"),
            found=f"{place}: {error}"[:200],
            cure=Text("make a key with: lgsp keys new", "tạo khóa bằng: lgsp keys new"),
        )
    )
