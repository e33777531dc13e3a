"""The evidence log, with an entry for every row that is there: it says that they were so on this day."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.rows import entry

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_ONCE = 1000
_KINDS = (Kind.DISPATCH, Kind.REFUSAL, Kind.HISTORY, Kind.REPORT)


def upgrade() -> None:
    """Make the tables and tell the log of every row."""
    op.add_column("history", sa.Column("reference", sa.Text, nullable=False, server_default=sa.text("''")))
    op.execute(
        "UPDATE history SET reference = (SELECT d.reference FROM delivery d"
        " WHERE d.dispatch_id = history.dispatch_id AND d.recipient = history.recipient)"
        " WHERE recipient IS NOT NULL AND status IN ('delivered', 'taken', 'refused', 'failed')"
    )
    op.create_index("ix_refusal_correlation", "refusal", ["correlation"])
    told = _tables()
    _tell(op.get_bind(), told)
    if op.get_bind().dialect.name == "postgresql":
        _tune()


def _tables() -> sa.Table:
    words = ("kind", "key", "digest")
    told = op.create_table(
        "entry",
        sa.Column("id", _COUNTER, primary_key=True),
        *(sa.Column(name, _WORD, nullable=False) for name in words),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
    )
    op.create_index("ix_entry_key", "entry", ["key"])
    op.create_table(
        "leaf",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        *(sa.Column(name, _WORD, nullable=False) for name in words),
        sa.PrimaryKeyConstraint("number", name="pk_leaf"),
    )
    op.create_index("ix_leaf_key", "leaf", ["key"])
    op.create_table(
        "tile",
        sa.Column("tier", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tier", "number", name="pk_tile"),
    )
    op.create_table(
        "head",
        sa.Column("size", sa.BigInteger, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("text", "signature", "certificate", "stamp")),
        sa.PrimaryKeyConstraint("size", name="pk_head"),
    )
    return told


def _tell(connection: sa.Connection, told: sa.Table) -> None:
    """Enter every row as version 1 knew it."""
    for kind in _KINDS:
        entries = []
        for row in _rows(connection, kind):
            entries.append(entry(kind, row, version=1))
            if len(entries) == _AT_ONCE:
                connection.execute(sa.insert(told), entries)
                entries = []
        if entries:
            connection.execute(sa.insert(told), entries)


def _rows(connection: sa.Connection, kind: Kind) -> Iterator[dict[str, Any]]:
    names = ", ".join(name for name in FORMS[kind].versions[0] if name != "recipients")
    order = "id" if kind is not Kind.REPORT else "dispatch_id"
    recipients = _recipients(connection) if kind is Kind.DISPATCH else {}
    query = sa.text(f"SELECT {names} FROM {kind} ORDER BY {order}")  # noqa: S608  # names of our own
    found = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for row in found.mappings():
        values = {name: _value(value) for name, value in row.items()}
        yield {**values, "recipients": sorted(recipients[row["id"]])} if kind is Kind.DISPATCH else values


def _recipients(connection: sa.Connection) -> dict[str, list[str]]:
    to: dict[str, list[str]] = defaultdict(list)
    for identifier, recipient in connection.execute(sa.text("SELECT dispatch_id, recipient FROM delivery")):
        to[identifier].append(recipient)
    return to


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")
    return value


def _tune() -> None:
    """Tell PostgreSQL that entries come and go, and that hashes cannot be packed."""
    op.execute("ALTER TABLE entry SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000)")
    op.execute("ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL")
