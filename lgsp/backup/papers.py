"""Configuration, certificates and keys: which files the settings name, and which of them are private."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PUBLIC: Final = b"-----BEGIN CERTIFICATE-----"
_PRIVATE: Final = b"PRIVATE KEY-----"
#: What is longer is neither certificate nor key.
_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Papers:
    """Files that the settings name."""

    public: tuple[Path, ...]
    private: tuple[Path, ...]


def papers_of(configuration: Path, settings: Mapping[str, Any]) -> Papers:
    """Return the configuration file and the certificates below the settings' paths, and what is private there."""
    keys = settings.get("keys", {})
    found = {path for value in _values(settings) for path in _files(value, deep=value in keys.values())}
    public = {path for path in found if _is_public(path)}
    secrets = {path for path in found - public if _is_private(path, keys)}
    return Papers((configuration, *sorted(public)), tuple(sorted(secrets)))


def _values(settings: Any) -> Iterator[Any]:
    if isinstance(settings, dict):
        for each in settings.values():
            yield from _values(each)
    elif isinstance(settings, (list, tuple)):
        for each in settings:
            yield from _values(each)
    elif isinstance(settings, Path):
        yield settings


def _files(path: Path, *, deep: bool) -> list[Path]:
    if deep and path.is_dir():
        return [file for file in sorted(path.iterdir()) if file.is_file()]
    return [path] if path.is_file() else []


def _is_public(path: Path) -> bool:
    octets = _begin(path)
    return _PUBLIC in octets and _PRIVATE not in octets


def _is_private(path: Path, keys: Mapping[str, Any]) -> bool:
    named = any(value in {path, path.parent} for value in keys.values())
    return named or "password" in path.name or _PRIVATE in _begin(path)


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST)
