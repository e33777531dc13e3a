"""A catalogue as a table: CSV in UTF-8, a heading, a line an agency; what a cell leaves empty is not said."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lgsp.catalogue.wish import Wish
from lgsp.model.agency import AgencyCode, Bloc, Level, State
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo
    from pathlib import Path

#: The columns, in any order; `code` and `name` are needed. `aliases` parts codes by spaces.
COLUMNS: Final = (
    *("code", "aliases", "name", "level", "bloc", "parent", "state", "successor", "since", "adapter", "mail"),
)
_NEEDED: Final = {"code", "name"}

Value = TypeVar("Value")


def read_table(path: Path, zone: tzinfo) -> list[Wish]:
    """Return what a table says; dates are days in `zone`. Raises Misconfigured when it is no such table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            _require_columns(path, set(lines.fieldnames or ()))
            return [_wish(f"line {lines.line_num}", line, zone) for line in lines]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        expected = Text("a CSV file in UTF-8", "tệp CSV mã hóa UTF-8")
        raise Misconfigured(Problem(element=str(path), expected=expected, found=str(error)[:200])) from None


def _require_columns(path: Path, found: set[str]) -> None:
    wrong = sorted(_NEEDED - found) or sorted(found - set(COLUMNS))
    if wrong:
        expected = Text(f"the columns {', '.join(COLUMNS)}", f"các cột {', '.join(COLUMNS)}")
        raise Misconfigured(Problem(element=str(path), expected=expected, found=", ".join(wrong)[:200]))


def _wish(place: str, line: Mapping[str, Any], zone: tzinfo) -> Wish:
    cells = {name: (line.get(name) or "").strip() for name in COLUMNS}
    unread: dict[str, str] = {}

    def read(name: str, make: Callable[[str], Value]) -> Value | None:
        try:
            return make(cells[name]) if cells[name] else None
        except ValueError:
            unread[name] = cells[name]
            return None

    return Wish(
        place=place,
        code=AgencyCode(cells["code"]),
        name=cells["name"],
        aliases=tuple(dict.fromkeys(map(AgencyCode, cells["aliases"].split()))),
        level=read("level", Level),
        bloc=read("bloc", Bloc),
        parent=read("parent", AgencyCode),
        state=read("state", State),
        successor=read("successor", AgencyCode),
        since=read("since", lambda written: _moment(written, zone)),
        adapter=cells["adapter"] or None,
        mail=cells["mail"] or None,
        unread=unread,
    )


def _moment(written: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
