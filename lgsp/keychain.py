"""The bus's own keys, as the settings name them, and every certificate that the bus rests on."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lgsp import telemetry
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.upkeep.expiry import InForce
from signing import Belief, HeldKey, KeyRing, PemKey, SigningError, open_key, read_certificates, write_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from cryptography import x509

    from lgsp.settings import Settings
    from signing import Authorities, KeyProvider, Made, SigningKey


class Keychain:
    """Opens keys. Each method raises Misconfigured when a key or certificate cannot be used."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened yet."""
        self._settings = settings

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

    def connector(self, code: str) -> KeyProvider:
        """Return the key that an agency's adapter signs with in its name."""
        folder = self._settings.keys.agencies
        try:
            return PemKey(folder / f"{code}.key", folder / f"{code}.crt")
        except SigningError as error:
            raise _unusable("[keys] agencies", folder / f"{code}.key", error) from error

    def put_next(self, made: Made, authorities: Authorities, at: datetime) -> tuple[InForce, Path]:
        """Put a key where running processes find it, and return its certificate and file. Raises Misconfigured.

        It seals from the beginning of its certificate on. What leads to none of `authorities` is not taken: nobody
        would believe its seals.
        """
        try:
            key = HeldKey.read(made.key, made.certificate)
        except SigningError as error:
            raise _unusable("the next key", "PEM", error) from error
        begins = key.certificate.not_valid_before_utc
        judgement = authorities.judge(key.certificate, key.chain, max(begins, at))
        if judgement.belief is Belief.NO:
            raise _unusable("[trust] authorities", judgement.reason, judgement.detail)
        folder = self._settings.keys.seal_keys
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{begins:%Y%m%dT%H%M%S}-{key.certificate.serial_number:x}"[:32]
        write_private(file.with_suffix(".key"), made.key)
        half = file.with_suffix(".half")  # a key counts once its certificate is there, and that comes in one piece
        half.write_bytes(made.certificate)
        half.rename(file.with_suffix(".crt"))
        return InForce(role="seal", name=file.name, certificate=key.certificate), file.with_suffix(".key")

    def in_force(self) -> list[InForce]:
        """Return every certificate that the bus rests on, seals first."""
        return list(self._found())

    def _found(self) -> Iterator[InForce]:
        keys, trust, http = self._settings.keys, self._settings.trust, self._settings.http
        ring = self.seal
        current = ring.current()
        for key in ring.all_keys():
            yield InForce(role="seal", name=_state(key, current), certificate=key.certificate)
        connectors = sorted(path for path in keys.agencies.glob("*.crt") if path.with_suffix(".key").exists())
        yield from _first_of("connector", connectors)
        yield from _all_of("authority", trust.authorities)
        for anchor in trust.anchors:
            yield from _all_of("authority", anchor.certificates)
        for source in self._settings.time.authorities:
            yield from _all_of("time authority", source.certificates)
        yield from _first_of("https", [http.tls_certificate] if http.tls_certificate else [])


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
