"""Refusals by rules that an operator overruled: for certain octets, with a reason, witnessed by the evidence log."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from lgsp.store.engine import commit, look
from lgsp.store.rows import storable
from lgsp.store.rowset import insert
from lgsp.store.tables import overrule, refusal
from lgsp.store.witness import strike, witness

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruling:
    """One decision of an operator."""

    rule: str
    #: SHA-256 of the octets that pass, in hexadecimal.
    digest: str
    why: str
    #: Who decided it.
    operator: str
    at: datetime


class Overrules:
    """What was overruled. Intake asks a snapshot in memory, and only after an objection. Thread-safe."""

    def __init__(self, engine: Engine, refresh_seconds: float = 5) -> None:
        """Nothing is read yet. The snapshot is at most so old when it is asked."""
        self._engine = engine
        self._refresh_seconds = refresh_seconds
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], str] = {}
        self._read_at = float("-inf")

    def why(self, rule: str, digest: str) -> str | None:
        """Return why a refusal does not count; None: it counts. Raises StoreUnavailable."""
        if time.monotonic() - self._read_at >= self._refresh_seconds:
            with self._lock:
                self._known = {(one.rule, one.digest): one.why for one in self.all()}
                self._read_at = time.monotonic()
        return self._known.get((rule, digest))

    def all(self) -> list[Overruling]:
        """Return every decision, the newest first."""
        query = select(overrule).order_by(overrule.c.at.desc(), overrule.c.rule, overrule.c.digest)
        rows = look(self._engine, lambda connection: connection.execute(query).all())
        return [Overruling(rule=r.rule, digest=r.digest, why=r.why, operator=r.operator, at=r.at) for r in rows]

    def refused(self, digest: str) -> bool:
        """Tell whether octets of this digest were ever refused."""
        query = select(refusal.c.id).where(refusal.c.digest == digest).limit(1)
        return look(self._engine, lambda connection: connection.execute(query).first()) is not None

    def add(self, rule: str, digest: str, *, why: str, operator: str) -> bool:
        """Let octets pass from now on. False, and nothing is changed, when they do already."""
        row = {
            "rule": rule,
            "digest": digest,
            "why": storable(why),
            "operator": storable(operator),
            "at": datetime.now(UTC),
        }
        return commit(self._engine, lambda connection: self._add(connection, row))

    def take_back(self, rule: str, digest: str) -> bool:
        """Let the refusal count again. What passed meanwhile has passed. False when there is no such decision."""
        return commit(self._engine, lambda connection: self._take_back(connection, rule, digest))

    def _add(self, connection: Connection, row: dict[str, object]) -> bool:
        statement = insert(connection.dialect.name, overrule).values(row).on_conflict_do_nothing()
        if not connection.execute(statement.returning(overrule.c.digest)).all():
            return False
        witness(connection, overrule, (overrule.c.rule == row["rule"]) & (overrule.c.digest == row["digest"]))
        return True

    def _take_back(self, connection: Connection, rule: str, digest: str) -> bool:
        which = (overrule.c.rule == rule) & (overrule.c.digest == digest)
        if connection.execute(select(overrule.c.digest).where(which)).first() is None:
            return False
        strike(connection, overrule, which)
        return True
