"""The kinds of columns that both engines hold alike, and the list of all tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Integer, MetaData, String, TypeDecorator, literal_column

from lgsp.model.agency import AgencyCode

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine


def written(moment: datetime) -> str:
    """Return a moment as the store writes it in text: UTC, of fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` on PostgreSQL, text of fixed width on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        wanted: TypeEngine[Any] = String(32) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(wanted)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Write."""
        return written(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read."""
        return datetime.fromisoformat(value) if value is not None and dialect.name == "sqlite" else value


class Code(TypeDecorator[AgencyCode]):
    """An agency's code, compared byte by byte whatever the database's language."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(_bytewise(dialect.name))

    def process_result_value(self, value: str | None, dialect: Dialect) -> AgencyCode | None:  # noqa: ARG002  # SQLAlchemy calls it so
        """Read."""
        return None if value is None else AgencyCode(value)


class Word(TypeDecorator[str]):
    """Identifiers, hashes and other words of machines, compared byte by byte."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(_bytewise(dialect.name))


def _bytewise(dialect: str) -> String:
    return String(collation="C") if dialect == "postgresql" else String()


#: Above this a priority is urgent. Written out in SQL, so that both engines see which index holds the urgent alone.
URGENT: ColumnElement[int] = literal_column("0", Integer)

#: A row number that grows. SQLite counts only in a column declared INTEGER.
Counter = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
