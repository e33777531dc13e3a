"""Rows that every document brings refer to their parents without asking the database to look each of them up.

Parent and child are written in one commit by the same few lines, and no parent is ever deleted. The look-ups cost
PostgreSQL a quarter of all its work for a document, and marked each parent's row as locked.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_REFERENCES = (
    ("delivery", "fk_delivery_dispatch_id"),
    ("history", "fk_history_dispatch_id"),
    ("outbox", "fk_outbox_dispatch_id_recipient"),
    ("queue", "fk_queue_dispatch_id"),
)


def upgrade() -> None:
    """Drop the constraints; the columns stay as they are."""
    if op.get_bind().dialect.name == "postgresql":
        for table, name in _REFERENCES:
            op.drop_constraint(name, table, type_="foreignkey")
    else:
        _drop_from_text()


def _drop_from_text() -> None:
    """SQLite cannot drop a constraint, and keeps a table as the text that made it: the constraint leaves the text.

    That is the way SQLite itself gives for what does not change how rows lie on disk
    (sqlite.org/lang_altertable.html, section 7).
    """
    connection = op.get_bind()
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    for table, name in _REFERENCES:
        asked = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table")
        made = connection.execute(asked, {"table": table}).scalar_one()
        clause = rf",\s*CONSTRAINT {name} FOREIGN KEY\s*\([^)]*\)\s*REFERENCES \w+\s*\([^)]*\)"
        without, times = re.subn(clause, "", made)
        if times != 1:
            raise RuntimeError(f"{table} is not as the revisions before made it")
        changed = sa.text("UPDATE sqlite_schema SET sql = :made WHERE type = 'table' AND name = :table")
        connection.execute(changed, {"made": without, "table": table})
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))
