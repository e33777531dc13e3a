"""Putting a key where a ring finds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from signing.errors import KeyUnusable
from signing.keys.files import STORE_ENDINGS, URI_SCHEME
from signing.keys.held import HeldKey
from signing.keys.opening import open_key
from signing.making import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signing.keys.provider import SigningKey
    from signing.making import Made


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedKey:
    """A key that can be used, and the files that it consists of."""

    key: SigningKey
    #: By ending, in the order to write them: the key counts once the last one is there.
    files: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def made(cls, made: Made) -> Self:
        """Take a key that was just made. Raises KeyUnusable."""
        key = HeldKey.read(made.key, made.certificate)
        return cls(key=key, files={".key": made.key, ".crt": made.certificate})

    @classmethod
    def at(cls, place: str, certificate: Path | None = None, password_file: Path | None = None) -> Self:
        """Take the key at `place`, as `open_key` does. Of a token only its address is taken. Raises KeyUnusable."""
        key = open_key(place, certificate, password_file).current()
        try:
            secret = {".password": password_file.read_bytes()} if password_file else {}
            if place.startswith(URI_SCHEME):
                beside = {".crt": certificate.read_bytes()} if certificate else {}
                return cls(key=key, files={**secret, **beside, ".uri": f"{place}\n".encode()})
            file = Path(place)
            if file.suffix.lower() in STORE_ENDINGS:
                return cls(key=key, files={**secret, file.suffix.lower(): file.read_bytes()})
            beside_it = certificate or file.with_suffix(".crt")
            return cls(key=key, files={".key": file.read_bytes(), ".crt": beside_it.read_bytes()})
        except OSError as error:
            raise KeyUnusable(f"{place}: {error}") from error

    def put(self, folder: Path, name: str) -> Path:
        """Write the files as `name` in `folder`, each in one piece and for its owner alone; return the last one."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / name
        for ending, octets in self.files.items():
            file = folder / f"{name}{ending}"
            half = folder / f".{name}{ending}.half"
            half.unlink(missing_ok=True)
            write_private(half, octets)
            if file.exists():
                raise KeyUnusable(f"{file} is there already")
            half.rename(file)
        return file
