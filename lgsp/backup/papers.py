"""Configuration, certificates and keys: which files the settings name, and which of them are private."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_PRIVATE: Final = b"PRIVATE KEY-----"
#: Words in the names of settings that lead to what nobody else may read, and the folder of the agencies' keys.
_SECRET: Final = ("password", "secret", "key", "agencies")
#: The documents that lie apart are copied as such.
_BLOBS: Final = "folder"


@dataclass(frozen=True, slots=True)
class Papers:
    """Files that the settings name."""

    public: tuple[Path, ...]
    private: tuple[Path, ...]


def papers_of(configuration: Path, settings: Mapping[str, Any]) -> Papers:
    """Return the configuration file and what the settings name, a folder's files too; what is private, apart."""
    public: set[Path] = {configuration}
    private: set[Path] = set()
    for key, path in _named(settings):
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file():
                (private if _is_private(key, file) else public).add(file)
    return Papers(tuple(sorted(public - private)), tuple(sorted(private)))


def _named(settings: Any, key: str = "") -> Iterator[tuple[str, Path]]:
    if isinstance(settings, dict):
        for name, value in settings.items():
            yield from _named(value, name)
    elif isinstance(settings, (list, tuple)):
        for value in settings:
            yield from _named(value, key)
    elif isinstance(settings, Path) and key != _BLOBS:
        yield key, settings


def _is_private(key: str, file: Path) -> bool:
    octets = file.read_bytes()
    return _PRIVATE in octets or (any(word in key for word in _SECRET) and _CERTIFICATE not in octets)
