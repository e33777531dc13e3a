"""Octets that were uploaded before they are handed in, and the blobs that nobody refers to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, tuple_, union

from lgsp.model.errors import ContentUnavailable
from lgsp.store.engine import commit, look
from lgsp.store.octets import remove_alone, share
from lgsp.store.rowset import insert, packed, rowset
from lgsp.store.tables import dispatch, upload

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection, Engine

    from lgsp.blobs import Blobs
    from lgsp.model.agency import AgencyCode

    Claim = tuple[AgencyCode, str]

_AT_ONCE = 500


class Uploads:
    """Who uploaded what. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine, blobs: Blobs) -> None:
        """Keep it in `engine`, for what lies in `blobs`."""
        self._engine = engine
        self._blobs = blobs
        keys = rowset(engine.dialect.name, upload.c.agency, upload.c.digest)
        mine = tuple_(upload.c.agency, upload.c.digest).in_(select(keys.c.agency, keys.c.digest))
        self._known = select(upload.c.agency, upload.c.digest).where(mine)

    def add(self, agency: AgencyCode, digest: str) -> bool:
        """Let an agency hand in what it has just uploaded. False when that was swept meanwhile."""
        row = {"agency": agency, "digest": digest, "at": datetime.now(UTC)}
        statement = insert(self._engine.dialect.name, upload).values(row)
        statement = statement.on_conflict_do_update(index_elements=["digest", "agency"], set_={"at": row["at"]})

        def work(connection: Connection) -> bool:
            share(connection)
            if self._blobs.missing([digest]):
                return False
            connection.execute(statement)
            return True

        return commit(self._engine, work)

    def read(self, claims: Collection[Claim]) -> Mapping[Claim, bytes]:
        """Return what these agencies uploaded under these digests; left out where they did not."""
        rows = packed({"agency": agency, "digest": digest} for agency, digest in claims)
        known = look(self._engine, lambda connection: connection.execute(self._known, {"rows": rows}).all())
        found = {}
        for agency, digest in known:
            try:
                found[agency, digest] = self._blobs.read(digest)
            except ContentUnavailable:  # it can be uploaded again
                continue
        return found

    def forget(self, before: datetime) -> int:
        """Forget what was uploaded before then; what was handed in stays. Return how many that were."""
        statement = delete(upload).where(upload.c.at < before)
        return commit(self._engine, lambda connection: connection.execute(statement).rowcount)

    def sweep(self, part: int, before: datetime) -> int:
        """Remove what came before then and that nobody refers to, of a part of the blobs; return how many."""
        stale = list(self._blobs.stale(part, before))
        pages = [stale[start : start + _AT_ONCE] for start in range(0, len(stale), _AT_ONCE)]
        return sum(self.remove_unused(page) for page in pages)

    def remove_unused(self, names: Collection[str]) -> int:
        """Remove those of these blobs that nobody refers to; return how many."""
        if not look(self._engine, lambda connection: _unused(connection, names)):
            return 0

        def work(connection: Connection) -> int:
            remove_alone(connection)
            unused = _unused(connection, names)
            self._blobs.remove(unused)
            return len(unused)

        return commit(self._engine, work)


def _unused(connection: Connection, names: Collection[str]) -> set[str]:
    asked = rowset(connection.dialect.name, dispatch.c.digest)
    wanted = select(asked.c.digest)
    used = union(
        select(dispatch.c.digest).where(dispatch.c.apart, dispatch.c.digest.in_(wanted)),
        select(upload.c.digest).where(upload.c.digest.in_(wanted)),
    )
    rows = packed({"digest": name} for name in names)
    return set(names) - set(connection.execute(used, {"rows": rows}).scalars())
