"""Reading an adapter's options into a dataclass, strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from lgsp.sdk.adapter import Connection

Options = TypeVar("Options")

#: Fields annotated so are checked; the others are handed on as they stand.
_CHECKED: Mapping[str, tuple[type | tuple[type, ...], Text]] = {
    "str": (str, Text("a text", "một chuỗi")),
    "bool": (bool, Text("true or false", "true hoặc false")),
    "int": (int, Text("a whole number", "một số nguyên")),
    "float": ((int, float), Text("a number", "một số")),
    "Mapping[str, Any]": (Mapping, Text("a table", "một bảng")),
    "Mapping[str, str]": (Mapping, Text("a table", "một bảng")),
    "Sequence[str]": (list, Text("a list", "một danh sách")),
    "Sequence[Mapping[str, Any]]": (list, Text("a list of tables", "một danh sách các bảng")),
}


def options(wanted: type[Options], connection: Connection, *path: str | int) -> Options:
    """Return the connection's options as an object of the dataclass `wanted`.

    `path` leads to a table inside the options: `options(Login, connection, "login")`, `options(Call, connection,
    "calls", 0)`. Raises Misconfigured, naming each key, for keys that `wanted` does not have, for missing ones that
    have no default, and for plain values of another type than the field's. Values are handed on as they stand.
    """
    table, place = _table(connection, path)
    known = {f.name: f for f in fields(wanted)}  # type: ignore[arg-type]  # a dataclass, by contract
    problems = [
        Problem(
            element=f"{place}.{key}",
            expected=Text(f"one of: {', '.join(known)}", f"một trong: {', '.join(known)}"),
            found=key,
            cure=Text("remove or rename the key", "bỏ hoặc đổi tên khóa này"),
        )
        for key in table
        if key not in known
    ]
    problems += [
        Problem(
            element=f"{place}.{name}",
            expected=Text("a value", "có giá trị"),
            cure=Text(f"add '{name}' to the agency's options", f"thêm '{name}' vào tùy chọn của đơn vị"),
        )
        for name, f in known.items()
        if name not in table and f.default is MISSING and f.default_factory is MISSING
    ]
    problems += [
        Problem(element=f"{place}.{name}", expected=_CHECKED[str(f.type)][1], found=type(table[name]).__name__)
        for name, f in known.items()
        if name in table and not _fits(str(f.type), table[name])
    ]
    if problems:
        raise Misconfigured(problems)
    return wanted(**table)


def _table(connection: Connection, path: Sequence[str | int]) -> tuple[Mapping[str, Any], str]:
    found: Any = connection.options
    place = f"agency {connection.agency.code}, options"
    for step in path:
        place += f".{step}" if isinstance(step, str) else f"[{step}]"
        found = found[step]
    if not isinstance(found, Mapping):
        raise Misconfigured(Problem(element=place, expected=Text("a table", "một bảng"), found=type(found).__name__))
    return found, place


def _fits(annotation: str, value: object) -> bool:
    wanted = _CHECKED.get(annotation)
    if wanted is None:
        return True
    return isinstance(value, wanted[0]) and (annotation == "bool" or not isinstance(value, bool))


def secret(path: str) -> str:
    """Return the secret kept in the file at `path`, without its line end. Raises Misconfigured when unreadable."""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise Misconfigured(
            Problem(
                element=path,
                expected=Text("a file that this process can read", "tệp mà tiến trình này đọc được"),
                found=error.strerror or "",
                cure=Text(
                    "write the secret to that file and give this user the right to read it",
                    "ghi khóa bí mật vào tệp đó và cấp quyền đọc",
                ),
            )
        ) from error
