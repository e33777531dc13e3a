"""The directory through time: states, successors, tenures, aliases, groups, and who speaks for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from datetime import datetime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; each agency is from ever what it is today."""
    for table in ("agency", "certificate", "credential"):
        op.add_column(table, _number())
    op.add_column("agency", sa.Column("state", _WORD, nullable=False, server_default="active"))
    op.add_column("agency", sa.Column("successor", _WORD))
    op.add_column("agency", sa.Column("national_id", _WORD, nullable=False, server_default=sa.text("''")))
    op.add_column("agency", sa.Column("mail", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_index("ix_agency_revision", "agency", ["revision"])
    _tenure()
    _alias()
    _groups()
    _representation()


def _number() -> sa.Column[int]:
    return sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("0"))


def _key(table: str, column: str, to: str = "agency") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.code"], name=f"fk_{table}_{column}")


def _span() -> tuple[sa.Column[datetime], sa.Column[datetime]]:
    return sa.Column("since", _INSTANT), sa.Column("until", _INSTANT)


def _tenure() -> None:
    op.create_table(
        "tenure",
        sa.Column("agency", _WORD, nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        *(sa.Column(name, _WORD, nullable=False) for name in ("level", "bloc")),
        sa.Column("parent", _WORD),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("successor", _WORD),
        _number(),
        sa.PrimaryKeyConstraint("agency", "since", name="pk_tenure"),
        _key("tenure", "agency"),
    )
    op.create_index("ix_tenure_revision", "tenure", ["revision"])


def _alias() -> None:
    op.create_table(
        "alias",
        sa.Column("id", _COUNTER, primary_key=True),
        *(sa.Column(name, _WORD, nullable=False) for name in ("code", "scheme", "agency")),
        *_span(),
        _number(),
        _key("alias", "agency"),
    )
    op.create_index("ix_alias_code", "alias", ["code"])
    op.create_index("ix_alias_revision", "alias", ["revision"])


def _groups() -> None:
    op.create_table(
        "agency_group",
        sa.Column("code", _WORD, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        _number(),
        sa.PrimaryKeyConstraint("code", name="pk_agency_group"),
    )
    op.create_table(
        "group_member",
        sa.Column("id", _COUNTER, primary_key=True),
        *(sa.Column(name, _WORD, nullable=False) for name in ("group", "agency")),
        *_span(),
        _number(),
        _key("group_member", "group", "agency_group"),
        _key("group_member", "agency"),
    )


def _representation() -> None:
    op.create_table(
        "representation",
        sa.Column("id", _COUNTER, primary_key=True),
        *(sa.Column(name, _WORD, nullable=False) for name in ("speaker", "agency")),
        *_span(),
        _number(),
        _key("representation", "speaker"),
        _key("representation", "agency"),
    )
