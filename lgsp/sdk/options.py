"""Reading an adapter's options into a dataclass, strictly."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from lgsp.sdk.adapter import Connection

Options = TypeVar("Options")


def options(wanted: type[Options], connection: Connection) -> Options:
    """Return the connection's options as an object of the dataclass `wanted`.

    Raises Misconfigured, naming each key, for keys that `wanted` does not have and for missing ones that have
    no default. Values are handed on as they stand in the configuration.
    """
    known = {f.name: f for f in fields(wanted)}  # type: ignore[arg-type]  # a dataclass, by contract
    place = f"agency {connection.agency.code}, options"
    problems = [
        Problem(
            element=f"{place}.{key}",
            expected=Text(f"one of: {', '.join(known)}", f"một trong: {', '.join(known)}"),
            found=key,
            cure=Text("remove or rename the key", "bỏ hoặc đổi tên khóa này"),
        )
        for key in connection.options
        if key not in known
    ]
    problems += [
        Problem(
            element=f"{place}.{name}",
            expected=Text("a value", "có giá trị"),
            cure=Text(f"add '{name}' to the agency's options", f"thêm '{name}' vào tùy chọn của đơn vị"),
        )
        for name, f in known.items()
        if name not in connection.options and f.default is MISSING and f.default_factory is MISSING
    ]
    if problems:
        raise Misconfigured(problems)
    return wanted(**connection.options)


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
