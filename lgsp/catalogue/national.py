"""The national list of units, as `getSynchronizeUnit` gives it: JSON, the whole list or what changed since a version.

Each unit has `id`, `pid` (the unit above), `code` (QĐ 20/2020/QĐ-TTg), `code102` (QCVN 102:2016/BTTTT), `name`, `mail`,
`centerCode`, `version`, `deleted`, `modifyDate`, `isAgency`. Real lists hold malformed and double codes, and nodes that
only order the tree: these are no agencies, and their children belong to the next agency above.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lgsp.catalogue.wish import Wish
from lgsp.model.agency import AgencyCode, CodeForm, Level, State
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    Unit = Mapping[str, Any]

_DATES: Final = ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d/%m/%Y", "%Y%m%d%H%M%S")
#: How names of bodies begin at each level; the list itself does not tell levels. Only a guess, for new ones.
_NAMES: Final = (
    (Level.COMMUNE, ("xã", "phường", "thị trấn", "đặc khu")),
    (Level.DISTRICT, ("huyện", "quận", "thị xã")),
    (Level.PROVINCE, ("tỉnh", "thành phố", "sở ")),
)
_MINISTRIES: Final = "G"
_PROVINCES: Final = "HK"


def read_units(path: Path, zone: tzinfo, above: Mapping[str, AgencyCode]) -> tuple[list[Wish], int]:
    """Return what the list says, and its highest version: what to ask for news since.

    `above` are units on record, by their `id`: a list of news leaves out parents that did not change. Dates without a
    zone are in `zone`. Raises Misconfigured when it is no such list.
    """
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _no_list(path, str(error)) from None
    units = read.get("data") if isinstance(read, dict) else read
    if not isinstance(units, list) or not all(isinstance(unit, dict) and "code" in unit for unit in units):
        raise _no_list(path, type(units).__name__)
    by_id = {_text(unit.get("id")): unit for unit in units if _text(unit.get("id"))}
    wishes = [_wish(unit, by_id, above, zone) for unit in units if _is(unit.get("isAgency"), unless=True)]
    return wishes, max((int(v) for unit in units if (v := _text(unit.get("version"))).isdigit()), default=0)


def _wish(unit: Unit, by_id: Mapping[str, Unit], above: Mapping[str, AgencyCode], zone: tzinfo) -> Wish:
    code, other = AgencyCode(_text(unit.get("code"))), AgencyCode(_text(unit.get("code102")))
    gone, changed = _is(unit.get("deleted")), _moment(unit.get("modifyDate"), zone)
    name = _text(unit.get("name"))
    return Wish(
        place=f"id {_text(unit.get('id'))}",
        code=code or other,
        name=name,
        aliases=(other,) if other and code and other != code else (),
        likely=_likely(code or other, name),
        parent=_parent(unit, by_id, above),
        state=State.CLOSED if gone else None,
        since=changed if gone else None,
        national_id=_text(unit.get("id")),
        mail=_text(unit.get("mail")),
    )


def _parent(unit: Unit, by_id: Mapping[str, Unit], above: Mapping[str, AgencyCode]) -> AgencyCode | None:
    """Return the code of the next agency above."""
    seen: set[str] = set()
    wanted = _text(unit.get("pid"))
    while wanted and wanted not in seen:
        seen.add(wanted)
        found = by_id.get(wanted)
        if found is None:
            return above.get(wanted)
        if _is(found.get("isAgency"), unless=True):
            return AgencyCode(_text(found.get("code")) or _text(found.get("code102")))
        wanted = _text(found.get("pid"))
    return None


def _likely(code: AgencyCode, name: str) -> Level:
    """Return the level that code and name let expect."""
    letter = code[:1] if code.form is CodeForm.QD_20 else code.rpartition(".")[2][:1]
    if letter == _MINISTRIES:
        return Level.CENTRAL
    said = unicodedata.normalize("NFC", name).casefold().removeprefix("ủy ban nhân dân ").removeprefix("ubnd ")
    for level, beginnings in _NAMES:
        if said.startswith(beginnings):
            return level
    return Level.PROVINCE if letter in _PROVINCES else Level.CENTRAL


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _is(value: Any, *, unless: bool = False) -> bool:
    """Return a truth that systems write as 1, "1", true or "true"; `unless` where nothing is written."""
    return unless if value is None or value == "" else str(value).strip().casefold() in {"1", "true"}


def _moment(value: Any, zone: tzinfo) -> datetime | None:
    written = _text(value)
    if written.isdigit() and len(written) == len("1751302800000"):  # milliseconds since 1970
        return datetime.fromtimestamp(int(written) / 1000, tz=zone)
    for form in _DATES:
        try:
            return datetime.strptime(written, form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _no_list(path: Path, found: str) -> Misconfigured:
    expected = Text(
        "the national list of units in JSON, each with `id`, `pid`, `code`, `name`",
        "danh mục đơn vị quốc gia dạng JSON, mỗi đơn vị có `id`, `pid`, `code`, `name`",
    )
    return Misconfigured(Problem(element=str(path), expected=expected, found=found[:200]))
