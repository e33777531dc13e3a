"""The number that a document keeps for itself; its state at each recipient; requests; what is not matched yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from lgsp.model.citation import day, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_AT_ONCE = 1000


def upgrade() -> None:
    """Make columns and tables; of documents with one number, the first keeps it."""
    op.add_column("dispatch", sa.Column("business", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("dispatch", sa.Column("numbered", _WORD, nullable=False, server_default=sa.text("''")))
    op.add_column("dispatch", sa.Column("reserved", _WORD))
    _number(op.get_bind())
    op.drop_index("ix_dispatch_sender_number_notation", "dispatch")
    op.create_index("ix_dispatch_numbered_sender_reserved", "dispatch", ["numbered", "sender", "reserved"], unique=True)
    _of_recipients()
    _of_unknown()


def _of_recipients() -> None:
    op.create_table(
        "business",
        *(sa.Column(name, _WORD, nullable=False) for name in ("dispatch_id", "recipient")),
        *(sa.Column(name, _WORD) for name in ("progress", "asked")),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("changed", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", "recipient", name="pk_business"),
        _of_dispatch("business", "dispatch_id"),
    )
    op.create_table(
        "request",
        *(sa.Column(name, _WORD, nullable=False) for name in ("dispatch_id", "about", "recipient", "kind", "state")),
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("asked", "due")),
        sa.Column("answer", _WORD),
        sa.Column("changed", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", "about", "recipient", name="pk_request"),
        *(_of_dispatch("request", name) for name in ("dispatch_id", "about", "answer")),
    )
    op.create_index("ix_request_about_recipient", "request", ["about", "recipient"])
    op.create_index("ix_request_state_due", "request", ["state", "due"])


def _of_unknown() -> None:
    words = ("kind", "document_id", "instead", "numbered", "day", "owner", "written", "holder")
    op.create_table(
        "parked",
        sa.Column("dispatch_id", _WORD, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        *(sa.Column(name, _WORD, nullable=False) for name in words),
        sa.Column("recipients", sa.Text, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("said", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", "position", name="pk_parked"),
        _of_dispatch("parked", "dispatch_id"),
    )
    op.create_index("ix_parked_document_id", "parked", ["document_id"])
    op.create_index("ix_parked_numbered", "parked", ["numbered"])
    op.create_table(
        "matched",
        *(sa.Column(name, _WORD, nullable=False) for name in ("dispatch_id", "about")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", name="pk_matched"),
        *(_of_dispatch("matched", name) for name in ("dispatch_id", "about")),
    )
    op.create_index("ix_matched_about", "matched", ["about"])


def _of_dispatch(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["dispatch.id"], name=f"fk_{table}_{column}")


def _number(connection: sa.Connection) -> None:
    """Fill the columns in, page by page: what is compared is made by the code, not by the database."""
    names = ("id", "sender", "number", "notation", "promulgated", "numbered", "reserved")
    table = sa.table("dispatch", *(sa.column(name, sa.String) for name in (*names, "kind")))
    change = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("of"))
        .values(numbered=sa.bindparam("its_number"), reserved=sa.bindparam("kept"))
    )
    kept: set[tuple[str, str, str]] = set()
    for page in _pages(connection, table):
        values = []
        for row in page:
            number, kept_number = (
                numbered(row.number, row.notation),
                f"{day(row.promulgated) or row.promulgated} {numbered(row.number)}",
            )
            first = (row.sender, number, kept_number) not in kept
            kept.add((row.sender, number, kept_number))
            values.append({"of": row.id, "its_number": number, "kept": kept_number if first else None})
        connection.execute(change, values)


def _pages(connection: sa.Connection, table: sa.TableClause) -> Iterator[list[sa.Row[tuple[str, ...]]]]:
    after = ""
    names = ("id", "sender", "number", "notation", "promulgated")
    query = sa.select(*(table.c[name] for name in names)).where(table.c.kind == "document", table.c.number != "")
    while page := list(connection.execute(query.where(table.c.id > after).order_by(table.c.id).limit(_AT_ONCE))):
        yield page
        after = page[-1].id
