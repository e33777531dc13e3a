"""What versions of schemas in the shadow have been asked about, and what they objected to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from lgsp.store.engine import commit, look
from lgsp.store.octets import OCTETS, octets_if_there
from lgsp.store.rowset import insert
from lgsp.store.tables import dispatch, shadow, shadow_objection

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.model.envelope import Kind
    from lgsp.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """An accepted document that a version in the shadow has not seen."""

    dispatch_id: str
    sender: AgencyCode
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A document that a version would have refused."""

    dispatch_id: str
    sender: AgencyCode
    #: Path of the element, places of repeated elements left out.
    element: str
    said: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far one version has come."""

    #: Id and digest of the version.
    schema: str
    judged: int
    objected: int
    began: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """Like objections to one sender's documents."""

    sender: AgencyCode
    element: str
    text_en: str
    text_vi: str
    documents: int
    #: One of them, the latest.
    example: str


class Shadows:
    """Safe for many threads and processes at once: of two that judge the same documents one is heard."""

    def __init__(self, engine: Engine) -> None:
        """Keep it in `engine`."""
        self._engine = engine

    def begin(self, schema: str, first: str) -> str:
        """Return the last dispatch that a version was asked about; one that is new begins after `first`."""
        row = {"schema": schema, "dispatch_id": first, "judged": 0, "objected": 0, "began": datetime.now(UTC)}
        given = insert(self._engine.dialect.name, shadow).values(**row).on_conflict_do_nothing()
        asked = select(shadow.c.dispatch_id).where(shadow.c.schema == schema)
        found = look(self._engine, lambda connection: connection.execute(asked).scalar())
        if found is None:
            commit(self._engine, lambda connection: connection.execute(given))
            return first
        return str(found)

    def unasked(self, after: str, before: str, kinds: Collection[Kind], limit: int) -> list[Unasked]:
        """Return accepted documents between two dispatch ids, oldest first; those without octets say nothing."""
        query = select(dispatch.c.id, dispatch.c.sender, *OCTETS).order_by(dispatch.c.id).limit(limit)
        query = query.where(dispatch.c.id > after, dispatch.c.id < before, dispatch.c.kind.in_(kinds))

        def read(connection: Connection) -> list[Unasked]:
            return [
                Unasked(dispatch_id=row.id, sender=row.sender, octets=octets_if_there(connection, row))
                for row in connection.execute(query)
            ]

        return look(self._engine, read)

    def keep(self, schema: str, asked: Sequence[Unasked], since: str, objections: Sequence[Objection]) -> bool:
        """Keep what a version said of documents, in one commit. False when another process was quicker."""

        def work(connection: Connection) -> bool:
            moved = {
                "dispatch_id": asked[-1].dispatch_id,
                "judged": shadow.c.judged + len(asked),
                "objected": shadow.c.objected + len(objections),
            }
            mine = (shadow.c.schema == schema) & (shadow.c.dispatch_id == since)
            if connection.execute(update(shadow).where(mine).values(moved)).rowcount == 0:
                return False
            if objections:
                connection.execute(shadow_objection.insert(), [_row(schema, one) for one in objections])
            return True

        return commit(self._engine, work)

    def tallies(self) -> list[Tally]:
        """Return how far each version has come, by name."""
        query = select(shadow).order_by(shadow.c.schema)
        return [
            Tally(schema=row.schema, judged=row.judged, objected=row.objected, began=row.began)
            for row in look(self._engine, lambda connection: connection.execute(query).all())
        ]

    def grouped(self, schema: str, limit: int = 100) -> list[Grouped]:
        """Return what a version objects to, by sender and element, the most frequent first."""
        keys = [shadow_objection.c[name] for name in ("sender", "element", "text_en", "text_vi")]
        often, latest = func.count().label("documents"), func.max(shadow_objection.c.dispatch_id).label("example")
        query = select(*keys, often, latest).where(shadow_objection.c.schema == schema).group_by(*keys)
        query = query.order_by(often.desc(), *keys).limit(limit)
        found = look(self._engine, lambda connection: connection.execute(query).mappings().all())
        return [Grouped(**row) for row in found]


def _row(schema: str, objection: Objection) -> dict[str, Any]:
    return {
        "schema": schema,
        "dispatch_id": objection.dispatch_id,
        "sender": objection.sender,
        "element": objection.element,
        "text_en": objection.said.en,
        "text_vi": objection.said.vi,
    }
