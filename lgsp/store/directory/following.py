"""How a snapshot of the directory follows the database: only what changed is read anew."""

from __future__ import annotations

import gc
import json
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import JSON, Text, cast, select, type_coerce
from sqlalchemy.types import NullType

from lgsp.model.agency import Agency, AgencyCode, Alias, Binding, Bloc, Level, State
from lgsp.store import tables
from lgsp.store.directory.snapshot import Dated, Group, Snapshot, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, Connection, Row, Table

Found = TypeVar("Found")
#: More keys than these are not named one by one in a query.
_FEW: Final = 500


def following(connection: Connection, last: Snapshot) -> Snapshot:
    """Return the directory as it is now, reading what changed since `last`."""
    number = connection.execute(select(tables.directory_revision.c.number)).scalar_one()
    if number == last.number:
        return replace(last, read=time.monotonic())
    if last.number >= 0:
        return _read(connection, last, number)
    with _unswept():
        return _read(connection, last, number)


@contextmanager
def _unswept() -> Iterator[None]:
    """Let nobody look for circles of garbage in a whole catalogue, now or later: it has none, and looking is slow."""
    swept = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if swept:
            gc.enable()


def _read(connection: Connection, last: Snapshot, number: int) -> Snapshot:
    news = _News(connection, last)
    agencies, dated = news.agencies()
    bindings = {row.fingerprint: _binding(row) for row in news.rows(tables.certificate)}
    credentials = {row.system_id: (row.secret_hash, row.agency) for row in news.rows(tables.credential)}
    return Snapshot(
        number=number,
        read=time.monotonic(),
        agencies=_joined(last.agencies, agencies),
        dated=_joined(last.dated, dated),
        aliases=news.aliases(),
        groups=news.groups(),
        speakers=news.speakers(),
        bindings=_joined(last.bindings, bindings),
        credentials=_joined(last.credentials, credentials),
    )


def _joined(last: Mapping[Any, Found], new: dict[Any, Found]) -> Mapping[Any, Found]:
    if not new:
        return last
    return {**last, **new} if last else new


class _News:
    """What was written after a snapshot. Nothing is ever removed, so what is newer is all there is to read."""

    def __init__(self, connection: Connection, last: Snapshot) -> None:
        self._connection, self._last = connection, last

    def rows(self, table: Table) -> Iterable[Row[Any]]:
        query = select(table)
        if self._last.number >= 0:
            query = query.where(table.c.revision > self._last.number)
        return self._connection.execute(query)

    def raw(self, table: Table) -> Iterable[Any]:
        """Yield rows as the driver gives them: of a whole catalogue, typing each value would cost half the time."""
        query = select(*_untyped(table))
        if self._last.number >= 0:
            query = query.where(table.c.revision > self._last.number)
        return self._connection.execute(query)

    def agencies(self) -> tuple[dict[str, Agency], dict[str, Dated]]:
        same: dict[tuple[Any, ...], Any] = {}
        agencies: dict[str, Agency] = {
            agency.code: agency for agency in (_agency(row, same) for row in self.raw(tables.agency))
        }
        touched: set[str] | None = None
        if self._last.number >= 0:
            # An entry may have lost its last date; then its own row was written too.
            touched = {row.agency for row in self.rows(tables.tenure)} | (agencies.keys() & self._last.dated.keys())
        parts: dict[str, list[Row[Any]]] = {code: [] for code in touched or ()}
        for row in self._about(tables.tenure, tables.tenure.c.agency, touched):
            parts.setdefault(row.agency, []).append(row)
        return agencies, {
            code: _dated(agencies.get(code) or self._last.agencies[code], rows) for code, rows in parts.items()
        }

    def aliases(self) -> Mapping[str, tuple[Alias, ...]]:
        touched = None if self._last.number < 0 else {row.code for row in self.rows(tables.alias)}
        found = self.raw(tables.alias) if touched is None else self._about(tables.alias, tables.alias.c.code, touched)
        new = _gathered((alias.code, alias) for alias in map(_alias, found))
        return _joined(self._last.aliases, new)

    def _about(self, table: Table, key: Column[Any], touched: set[str] | None) -> Iterable[Row[Any]]:
        """Return the rows about those that were touched, in the order of their keys; None: all."""
        if touched is not None and not touched:
            return ()
        query = select(*_untyped(table)).order_by(*table.primary_key)
        if touched is None or len(touched) > _FEW:
            rows: Iterable[Row[Any]] = self._connection.execute(query)
            return rows if touched is None else (row for row in rows if getattr(row, key.name) in touched)
        return self._connection.execute(query.where(key.in_(touched)))

    def groups(self) -> Mapping[str, Group]:
        members = tables.group_member
        if not self._any(tables.agency_group) and not self._any(members):
            return self._last.groups
        within = _gathered(
            (row.group, (row.agency, Span(row.since, row.until)))
            for row in self._connection.execute(select(members).order_by(members.c.agency, members.c.id))
        )
        return {
            row.code: Group(code=row.code, name=row.name, members=within.get(row.code, ()))
            for row in self._connection.execute(select(tables.agency_group).order_by(tables.agency_group.c.code))
        }

    def speakers(self) -> Mapping[tuple[str, str], tuple[Span, ...]]:
        table = tables.representation
        if not self._any(table):
            return self._last.speakers
        rows = self._connection.execute(select(table).order_by(table.c.id))
        return _gathered(((row.speaker, row.agency), Span(row.since, row.until)) for row in rows)

    def _any(self, table: Table) -> bool:
        newer = table.c.revision > self._last.number
        return self._connection.execute(select(table.c.revision).where(newer).limit(1)).first() is not None


def _gathered(pairs: Iterable[tuple[Any, Found]]) -> dict[Any, tuple[Found, ...]]:
    found: dict[Any, tuple[Found, ...]] = {}
    for key, value in pairs:
        found[key] = (*found[key], value) if key in found else (value,)
    return found


#: The columns of a whole catalogue, in the order of their tables.
_RAW: Final = {
    "agency": ("code", "name", "level", "bloc", "parent", "adapter", "options", "state", "successor"),
    "alias": ("code", "agency", "since", "until"),
}


def _untyped(table: Table) -> list[Any]:
    """Return the columns of a large table as the driver gives them, JSON as text; of any other all, as they are."""
    names = _RAW.get(table.name)
    if names is None:
        return [table]
    return [
        (
            cast(table.c[name], Text)
            if isinstance(table.c[name].type, JSON)
            else type_coerce(table.c[name], NullType())
        ).label(name)
        for name in names
    ]


_LEVELS = {level.value: level for level in Level}
_BLOCS = {bloc.value: bloc for bloc in Bloc}
_STATES = {state.value: state for state in State}


def _agency(row: Any, same: dict[Any, Any]) -> Agency:
    """Return an agency; codes that many rows name are kept once."""
    code, name, level, bloc, parent, adapter, options, state, successor = row
    if options == "{}" or not options:
        options = same.setdefault("options", {})
    elif isinstance(options, str):
        options = json.loads(options)
    return Agency(
        code=AgencyCode(code),
        name=name,
        level=_LEVELS[level],
        bloc=_BLOCS[bloc],
        parent=_code(parent, same),
        state=_STATES[state],
        successor=_code(successor, same),
        adapter=same.setdefault(adapter, adapter),
        options=options,
    )


def _code(written: str | None, same: dict[Any, Any]) -> AgencyCode | None:
    if written is None:
        return None
    found: AgencyCode | None = same.get(written)
    if found is None:
        found = same[written] = AgencyCode(written)
    return found


def _dated(agency: Agency, rows: Sequence[Any]) -> Dated:
    return Dated(tuple(row.since for row in rows), (agency, *_versions(agency, rows)))


def _versions(agency: Agency, rows: Sequence[Any]) -> Iterator[Agency]:
    for row in rows:
        yield replace(
            agency,
            level=_LEVELS[row.level],
            bloc=_BLOCS[row.bloc],
            parent=row.parent,
            state=_STATES[row.state],
            successor=row.successor,
        )


def _alias(row: Any) -> Alias:
    code, agency, since, until = row
    return Alias(code=AgencyCode(code), agency=AgencyCode(agency), since=_moment(since), until=_moment(until))


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _binding(row: Any) -> Binding:
    return Binding(agency=row.agency, since=row.since, until=row.until)
