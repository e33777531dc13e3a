"""Writing to the directory: one commit a change, numbered, told to the evidence log, seen at once by this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from sqlalchemy import select, update

from lgsp.model.agency import CodeForm
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.tenures import circle, parent, successor
from lgsp.model.text import Text
from lgsp.store import tables
from lgsp.store.directory.following import following
from lgsp.store.directory.reading import Reading
from lgsp.store.engine import commit
from lgsp.store.rowset import insert
from lgsp.store.witness import strike, witness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from lgsp.model.agency import AgencyCode, Tenure
    from lgsp.store.directory.snapshot import Snapshot

#: In an order in which each row finds what it refers to.
TABLES: Final = (
    *(tables.agency, tables.tenure, tables.alias, tables.agency_group, tables.group_member, tables.representation),
    *(tables.certificate, tables.credential),
)


class Pen:
    """One change of the directory, inside its transaction."""

    def __init__(self, connection: Connection, number: int, known: Snapshot) -> None:
        """Write as the change `number`; `known` is the directory as nobody else can change it now."""
        self.connection, self.number, self.known = connection, number, known
        self._tenures: dict[AgencyCode, Sequence[Tenure]] = {}

    def put(self, table: Table, row: Mapping[str, Any]) -> None:
        """Write a row, in the place of one with its key."""
        statement = insert(self.connection.dialect.name, table).values(**row, revision=self.number)
        keys = [column.name for column in table.primary_key]
        if set(keys) <= row.keys():
            changed = {name: value for name, value in row.items() if name not in keys}
            statement = statement.on_conflict_do_update(index_elements=keys, set_={**changed, "revision": self.number})
        self.connection.execute(statement)

    def change(self, table: Table, key: Any, **values: Any) -> None:
        """Change the row with this key."""
        which = next(iter(table.primary_key)) == key
        self.connection.execute(update(table).where(which).values(**values, revision=self.number))

    def tenures(self, code: AgencyCode) -> Sequence[Tenure]:
        """Return the time of an agency, with what this change has made of it."""
        return self._tenures.get(code) or self.known.tenures(code)

    def foresee(self, code: AgencyCode, tenures: Sequence[Tenure]) -> None:
        """Take note of the time of an agency that is written elsewhere."""
        self._tenures[code] = tenures

    def put_tenures(self, code: AgencyCode, tenures: Sequence[Tenure]) -> None:
        """Write the time of an agency."""
        before, self._tenures[code] = self.tenures(code), tenures
        facts = {t.since: _facts(t) for t in tenures}
        gone = [t.since for t in before if t.since is not None and t.since not in facts]
        if gone:
            table = tables.tenure
            strike(self.connection, table, (table.c.agency == code) & table.c.since.in_(gone))
        for since, row in facts.items():
            if since is None:
                if gone or row not in [_facts(t) for t in before if t.since is None]:
                    self.change(tables.agency, code, **row)
            elif row not in [_facts(t) for t in before if t.since == since]:
                self.put(tables.tenure, {"agency": code, "since": since, **row})

    def require_no_circle(self, code: AgencyCode) -> None:
        """Refuse that a body succeeds itself, or is above itself, at any moment."""
        for edge, words in ((successor, "successor"), (parent, "parent")):
            found = circle(code, edge, self.tenures)
            if found:
                expected = Text("no body in its own line", "không đơn vị nào tự kế thừa hoặc tự trực thuộc chính mình")
                refuse(f"agency {code}, {words}", expected, " → ".join(found))

    def filed(self, code: AgencyCode, element: str) -> AgencyCode:
        """Return the code that an agency is filed under, by that code or by an alias of any time."""
        if code in self.known.agencies:
            return code
        aliases = self.known.aliases.get(code)
        if not aliases:
            refuse(element, Text("a registered agency", "đơn vị đã đăng ký"), code)
        return aliases[-1].agency

    def require_free(self, code: AgencyCode, element: str) -> None:
        """Refuse a code that already means something."""
        if code in self.known.agencies or code in self.known.groups or code in self.known.aliases:
            taken = Text("a code that means nothing else, at any time", "mã chưa từng dùng cho đơn vị hay nhóm khác")
            refuse(element, taken, code)


class Writing(Reading):
    """The directory as it is written to."""

    def _write(self, work: Callable[[Pen], None]) -> int:
        """Do `work` in one commit and return its number. Others' changes wait for it."""
        self._fresh()
        number = commit(self._engine, lambda connection: self._written(connection, work))
        self._follow()
        return number

    def _written(self, connection: Connection, work: Callable[[Pen], None]) -> int:
        revision = tables.directory_revision
        connection.execute(update(revision).values(number=revision.c.number + 1))
        number = connection.execute(select(revision.c.number)).scalar_one()
        work(Pen(connection, number, following(connection, self._snapshot)))
        for table in TABLES:
            witness(connection, table, table.c.revision == number)
        return int(number)


def require_national(code: AgencyCode) -> None:
    """Refuse a code of neither national form (QĐ 28/2018/QĐ-TTg Điều 10(2)(a), QĐ 20/2020/QĐ-TTg)."""
    if code.form is CodeForm.OTHER:
        refuse(
            f"agency {code}",
            Text(
                "a code like H03.11 (QĐ 20/2020/QĐ-TTg) or 000.00.11.H03 (QCVN 102:2016/BTTTT)",
                "mã dạng H03.11 (QĐ 20/2020/QĐ-TTg) hoặc 000.00.11.H03 (QCVN 102:2016/BTTTT)",
            ),
            code,
        )


def refuse(element: str, expected: Text, found: str, cure: Text | None = None) -> NoReturn:
    """Tell the operator what cannot be written."""
    raise Misconfigured(Problem(element=element, expected=expected, found=found, cure=cure))


def _facts(tenure: Tenure) -> dict[str, Any]:
    return {
        "level": tenure.level,
        "bloc": tenure.bloc,
        "parent": tenure.parent,
        "state": tenure.state,
        "successor": tenure.successor,
    }
