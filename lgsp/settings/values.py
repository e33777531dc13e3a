"""Kinds of values that several sections take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo


class Section(BaseModel):
    """A TOML table; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Take relative paths from the configuration file's folder, so that it does not matter where a process starts."""
    return _folder(info) / path


def _key_beside_the_file(place: Path | str, info: ValidationInfo) -> Path | str:
    return place if str(place).startswith("pkcs11:") else _folder(info) / place


def _sqlite_beside_the_file(url: str, info: ValidationInfo) -> str:
    scheme, separator, path = url.partition(":///")
    return f"{scheme}:///{_folder(info) / path}" if separator and scheme.startswith("sqlite") else url


def _folder(info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Place = Annotated[Path, AfterValidator(_beside_the_file)]
#: A file, or the URI of a key in a token.
KeyPlace = Annotated[str | Path, AfterValidator(_key_beside_the_file)]
#: A database; a relative SQLite file is a place too.
StoreUrl = Annotated[str, AfterValidator(_sqlite_beside_the_file)]
#: A regular expression, compiled once to see that it is one.
Expression = Annotated[str, AfterValidator(_expression)]
BatchLimit = Annotated[int, Field(ge=1, le=1000)]
