"""Many entries at once: what was shown as a difference is written in one commit, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, true

from lgsp.model.agency import CodeForm
from lgsp.model.text import Text
from lgsp.store import tables
from lgsp.store.directory.reorganising import Reorganising
from lgsp.store.directory.writing import Pen, refuse, require_national
from lgsp.store.engine import look
from lgsp.store.rowset import insert, packed, rowset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table

    from lgsp.model.agency import AgencyCode
    from lgsp.model.entry import Entry

_AT_ONCE: Final = 5000


class Applying(Reorganising):
    """Whole catalogues."""

    def apply(self, entries: Sequence[Entry], *, seen: int) -> None:
        """Write entries in one commit.

        `seen` is the revision that the difference was made against: raises Misconfigured when somebody has changed
        the directory since, and for a code, a parent, a successor or an alias that cannot be.
        """
        if entries:
            self._write(lambda pen: _apply(pen, entries, seen))

    def contacts(self) -> dict[AgencyCode, tuple[str, str]]:
        """Return the `id` in the national list and the mail address of agencies that have one. Asks the database."""
        table = tables.agency
        query = select(table.c.code, table.c.national_id, table.c.mail).where(
            (table.c.national_id != "") | (table.c.mail != "")
        )
        found = look(self._engine, lambda connection: connection.execute(query).all())
        return {row.code: (row.national_id, row.mail) for row in found}


def _apply(pen: Pen, entries: Sequence[Entry], seen: int) -> None:
    if pen.number != seen + 1:
        expected = Text("the directory as it was when the difference was shown", "danh bạ như khi hiển thị khác biệt")
        cure = Text("look at the difference again, then apply it", "xem lại khác biệt rồi áp dụng")
        refuse("--apply", expected, f"{pen.number - 1 - seen} changes since", cure)
    new = {entry.agency.code for entry in entries if entry.agency.code not in pen.known.agencies}
    for code in new:
        require_national(code)
        pen.require_free(code, f"agency {code}")
    _spread(pen, tables.agency, [_agency_row(pen, entry) for entry in entries])
    known = new | pen.known.agencies.keys()
    for entry in entries:
        if entry.tenures:
            _put_tenures(pen, entry, known, is_new=entry.agency.code in new)
    for entry in entries:
        if entry.tenures:
            pen.require_no_circle(entry.agency.code)
    _spread(pen, tables.alias, _alias_rows(pen, entries, known))


def _put_tenures(pen: Pen, entry: Entry, known: set[str], *, is_new: bool) -> None:
    code = entry.agency.code
    for tenure in entry.tenures:
        for name in ("parent", "successor"):
            other = getattr(tenure, name)
            if other is not None and other not in known:
                refuse(f"agency {code}, {name}", Text("a registered agency", "đơn vị đã đăng ký"), other)
    if is_new and len(entry.tenures) == 1:
        pen.foresee(code, entry.tenures)  # its row says so already
    else:
        pen.put_tenures(code, entry.tenures)


def _agency_row(pen: Pen, entry: Entry) -> dict[str, Any]:
    agency = entry.agency
    base = entry.tenures[0] if entry.tenures else next(iter(pen.known.tenures(agency.code)), agency)
    return {
        "code": agency.code,
        "name": agency.name,
        "level": base.level,
        "bloc": base.bloc,
        "parent": base.parent,
        "adapter": agency.adapter,
        "options": dict(agency.options),
        "state": base.state,
        "successor": base.successor,
        "national_id": entry.national_id,
        "mail": entry.mail,
        "revision": pen.number,
    }


def _alias_rows(pen: Pen, entries: Sequence[Entry], known: set[str]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for entry in entries:
        for code in entry.aliases:
            if code in known or code in pen.known.groups or code in pen.known.aliases or code in rows:
                refuse(f"alias {code}", Text("a code that means nothing else", "mã chưa dùng cho đơn vị khác"), code)
            if code.form is CodeForm.OTHER:
                require_national(code)
            row = {"code": code, "scheme": code.form, "agency": entry.agency.code, "since": None, "until": None}
            rows[code] = {**row, "revision": pen.number}
    return list(rows.values())


def _spread(pen: Pen, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write many rows, each in the place of one with its key."""
    dialect = pen.connection.dialect.name
    columns = [column for column in table.c if rows and column.name in rows[0]]
    given = rowset(dialect, *columns)
    names = [column.name for column in columns]
    statement = insert(dialect, table).from_select(names, select(*given.c).where(true()))
    keys = [column.name for column in table.primary_key]
    if set(keys) <= set(names):
        changed = {name: statement.excluded[name] for name in names if name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    for at in range(0, len(rows), _AT_ONCE):
        pen.connection.execute(statement, {"rows": packed(rows[at : at + _AT_ONCE])})
