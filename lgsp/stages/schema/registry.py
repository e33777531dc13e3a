"""The register of schemas: a folder a schema and version, with the time in which it is in force, and its digest."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final, Self

from lxml import etree

from lgsp.model.envelope import Kind
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: What makes a folder a schema.
FILE: Final = "schema.toml"
_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_KEYS: Final = {"name", "version", "since", "until", "xsd", "title", "envelopes", "payload"}
_WHERE: Final = Text("a folder with a usable schema.toml", "thư mục có tệp schema.toml dùng được")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a schema for payloads of messages applies to."""

    namespace: str
    #: The schema file, relative to the folder.
    file: str
    #: Services whose messages carry it; empty: any.
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaVersion:
    """One version of a schema, as its folder tells."""

    name: str
    version: str
    folder: Path
    title: Text
    #: The first day on which it is in force; None: from ever.
    since: date | None = None
    #: The first day on which it is no longer; None: for ever.
    until: date | None = None
    #: Schema file by kind of envelope, relative to the folder.
    envelopes: Mapping[Kind, str] = field(default_factory=dict)
    payload: Payload | None = None
    #: `1.1` when it makes assertions, which libxml2 does not know.
    xsd: str = "1.0"
    #: SHA-256 over the names and contents of the folder's schema files, in hexadecimal.
    digest: str

    @property
    def id(self) -> str:
        """Its name with its version, as people write it: `edxml-qcvn102-2016`."""
        return f"{self.name}-{self.version}"

    @property
    def stamp(self) -> str:
        """What is kept with every document judged by it: id and digest."""
        return f"{self.id}@{self.digest}"

    def holds(self, day: date) -> bool:
        """Tell whether it is in force on `day`, in Vietnam."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Registry:
    """Every schema the bus has, the newest of a name first."""

    versions: tuple[SchemaVersion, ...]

    @classmethod
    def load(cls, folders: Iterable[Path] = ()) -> Self:
        """Return what comes with the bus and what stands in `folders`, each of which holds a folder a schema.

        Nothing is fetched from a network. Raises Misconfigured for a folder that tells too little, names a file
        outside itself, or a version that is there already.
        """
        found: dict[str, SchemaVersion] = {}
        with as_file(files("schemas")) as ours:
            for place in (ours, *folders):
                for told in sorted(place.glob(f"*/{FILE}")):
                    version = read_version(told.parent)
                    if version.id in found:
                        _refuse(told, version.id, Text("a name and version of its own", "tên và phiên bản chưa dùng"))
                    found[version.id] = version
        return cls(tuple(sorted(found.values(), key=_newest_first)))

    def get(self, identifier: str) -> SchemaVersion:
        """Return the version called `identifier`. Raises Misconfigured when there is none."""
        for version in self.versions:
            if version.id == identifier:
                return version
        known = ", ".join(sorted(version.id for version in self.versions))
        raise Misconfigured(
            Problem(element="[schemas]", expected=Text(f"one of {known}", f"một trong {known}"), found=identifier)
        )

    def envelopes(self, kind: Kind) -> tuple[SchemaVersion, ...]:
        """Return the versions that describe envelopes of this kind, the newest first."""
        return tuple(version for version in self.versions if kind in version.envelopes)

    def payloads(self) -> tuple[SchemaVersion, ...]:
        """Return the versions that describe payloads, the newest first."""
        return tuple(version for version in self.versions if version.payload is not None)


@cache
def shipped() -> Registry:
    """Return the schemas that come with the bus."""
    return Registry.load()


def read_version(folder: Path) -> SchemaVersion:
    """Read one schema's folder. Raises Misconfigured."""
    folder = folder.resolve()
    place = folder / FILE
    try:
        told: dict[str, Any] = tomllib.loads(place.read_text(encoding="utf-8"))
        _keep_to_the_folder(folder)
        return _version(folder, told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, etree.LxmlError) as error:
        raise Misconfigured(Problem(element=str(place), expected=_WHERE, found=str(error)[:200])) from error


def _version(folder: Path, told: dict[str, Any]) -> SchemaVersion:
    if unknown := told.keys() - _KEYS:
        raise ValueError(f"unknown key {', '.join(sorted(unknown))}")
    payload = told.get("payload")
    version = SchemaVersion(
        name=told["name"],
        version=told["version"],
        folder=folder,
        title=Text(told["title"]["en"], told["title"]["vi"]),
        since=_day(told, "since"),
        until=_day(told, "until"),
        envelopes={Kind(kind): file for kind, file in told.get("envelopes", {}).items()},
        payload=Payload(**{**payload, "services": tuple(payload.get("services", ()))}) if payload else None,
        xsd=told.get("xsd", "1.0"),
        digest=_digest(folder),
    )
    named = [*version.envelopes.values(), *([version.payload.file] if version.payload else [])]
    for file in named:
        if not (folder / file).is_file():
            raise ValueError(f"{file} is not there")
    if version.xsd not in {"1.0", "1.1"}:
        raise ValueError(f"xsd is {version.xsd}, not 1.0 or 1.1")
    return version


def _day(told: dict[str, Any], key: str) -> date | None:
    value = told.get(key)
    if value is None or type(value) is date:
        return value
    raise ValueError(f"{key} is not a date such as 2026-07-01")


def _digest(folder: Path) -> str:
    whole = sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".xsd", ".wsdl"}:
            name = path.relative_to(folder).as_posix()
            whole.update(f"{sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def _keep_to_the_folder(folder: Path) -> None:
    """Raise ValueError for a schema file that includes or imports from anywhere but its own folder."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    for path in sorted(folder.rglob("*.xsd")):
        root = etree.parse(path, parser).getroot()
        for node in root.iterchildren(f"{_XS}include", f"{_XS}import", f"{_XS}redefine", f"{_XS}override"):
            place = node.get("schemaLocation")
            inside = place is None or (
                "://" not in place and (path.parent / place).resolve().is_relative_to(folder.resolve())
            )
            if not inside:
                raise ValueError(f"{path.name} takes {place} from outside its folder")


def _newest_first(version: SchemaVersion) -> tuple[str, int, str]:
    return version.name, -(version.since or date.min).toordinal(), version.version


def _refuse(place: Path, found: str, expected: Text) -> None:
    raise Misconfigured(Problem(element=str(place), expected=expected, found=found))
