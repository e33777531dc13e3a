"""Where a document's octets are: in its row, or among the blobs under their digest. Nobody else knows which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import text

from lgsp.model.errors import ContentUnavailable, Problem, StoreUnavailable
from lgsp.model.text import Text
from lgsp.store.tables import dispatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from lgsp.blobs import Blobs
    from lgsp.model.delivery import Dispatch

#: What a query asks for so that `octets_of` can tell.
OCTETS: Final = [dispatch.c[name] for name in ("octets", "digest", "apart")]
#: Any number, the same in every version: whoever refers to blobs shares it, whoever removes them has it alone.
_LOCK: Final = 0x6C677371
#: As that one: whoever copies blobs shares it.
_COPIED: Final = 0x6C677372


class Apart(NamedTuple):
    """What becomes of large documents."""

    blobs: Blobs
    #: From so many octets up.
    threshold_bytes: int


def apart_of(engine: Engine | Connection) -> Apart | None:
    """Return where large documents of this store lie; None: in their rows."""
    found: Apart | None = engine.get_execution_options().get("lgsp_apart")
    return found


def octets_of(connection: Connection, row: Any) -> bytes:
    """Return the octets of a row with the columns `OCTETS`. Raises ContentUnavailable."""
    if not row.apart:
        return bytes(row.octets)
    apart = apart_of(connection)
    if apart is None:
        raise ContentUnavailable(row.digest)
    return apart.blobs.read(row.digest)


def octets_if_there(connection: Connection, row: Any) -> bytes:
    """Return the octets of such a row; nothing where they were erased, or where the blob is not as it was stored."""
    try:
        return octets_of(connection, row)
    except ContentUnavailable:
        return b""


def digest_apart(connection: Connection, digest: str) -> str:
    """Return the digest of what lies under a digest; empty where nothing does."""
    apart = apart_of(connection)
    try:
        if apart is not None:
            apart.blobs.read(digest)
            return digest
    except ContentUnavailable as error:
        return error.found
    return ""


def blob_of(row: Any) -> str:
    """Return the digest under which the octets of a row lie apart; empty where they do not."""
    return row.digest if row.apart else ""


def put_apart(engine: Engine, dispatches: Sequence[Dispatch]) -> Mapping[str, bytes]:
    """Store the octets of large documents, before the commit that refers to them; return them by their digests."""
    apart = apart_of(engine)
    if apart is None:
        return {}
    envelopes = [one.verified.envelope for one in dispatches]
    large = {one.digest: one.octets for one in envelopes if len(one.octets) >= apart.threshold_bytes}
    if large:
        apart.blobs.keep(large)
    return large


def refer_to(connection: Connection, large: Mapping[str, bytes]) -> None:
    """See that blobs are there, and stay until the commit: a sweeper may have taken what lay unused for long."""
    if not large:
        return
    share(connection)
    apart = apart_of(connection)
    if apart is not None and (gone := apart.blobs.missing(large)):
        apart.blobs.keep({digest: large[digest] for digest in gone})


def share(connection: Connection) -> None:
    """Let nobody remove a blob until the commit."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": _LOCK})


def remove_alone(connection: Connection) -> None:
    """Let nobody refer to a blob until the commit. SQLite has one writer anyway.

    Raises StoreUnavailable while a backup is taken: whoever waited for it would keep documents waiting too.
    """
    if connection.dialect.name == "postgresql":
        if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _COPIED}).scalar():
            expected = Text("that no backup is being taken", "không có sao lưu nào đang chạy")
            raise StoreUnavailable(Problem(element="blobs", expected=expected))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def keep_all(connection: Connection) -> None:
    """Let nobody remove a blob until the transaction ends: they are being copied."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": _COPIED})
