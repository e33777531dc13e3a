"""The tables. `migrations/` must lead to exactly these; a test holds them equal.

Three axes that never share a column: `delivery.status` is the bus's own Status, `report.code` the business status that
an agency reports (edXML 01..16); the state of a dossier lives inside dossiers and is not kept here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from lgsp.model.agency import AgencyCode

if TYPE_CHECKING:
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

#: A document with a receipt. Written once, never changed.
dispatch = Table(
    "dispatch",
    metadata,
    Column("id", Word, primary_key=True),
    Column("sender", Code, nullable=False),
    #: The sender's own identifier, as written; not unique.
    Column("document_id", Word, nullable=False),
    Column("kind", Word, nullable=False),
    Column("number", Word, nullable=False),
    Column("notation", Word, nullable=False),
    Column("promulgated", Word, nullable=False),
    Column("subject", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("digest", Word, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
    Column("receipt", LargeBinary, nullable=False),
    Column("standing", Word, nullable=False),
    Column("verdict", Word, nullable=False),
    Column("signer", Text, nullable=False),
    Column("certificate", Word, nullable=False),
    Column("algorithm", Word, nullable=False),
    #: What the verdict led to when it came; for one that was held, `hold` has the end of it.
    Column("admission", Word, nullable=False, server_default="accept"),
    #: Why the verdict is not simply valid; empty otherwise.
    Column("doubt", Text, nullable=False, server_default=text("''")),
    #: Name of the anchor that vouches for the signer.
    Column("anchor", Text, nullable=False, server_default=text("''")),
    #: What was known about revocation, from where and as of when.
    Column("revocation", Text, nullable=False, server_default=text("''")),
    Column("door", Word, nullable=False),
    #: The agency that handed it in; the same as `sender` today, kept because a door proves it on its own.
    Column("caller", Code, nullable=False),
    Column("correlation", Word, nullable=False),
    Column("accepted", Instant, nullable=False),
    UniqueConstraint("sender", "digest"),
    Index(None, "sender", "id"),
    Index(None, "document_id"),
    Index(None, "sender", "number", "notation"),
)

#: Where a dispatch stands with one recipient.
delivery = Table(
    "delivery",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("recipient", Code, primary_key=True),
    Column("status", Word, nullable=False),
    Column("attempt", Integer, nullable=False),
    #: What the recipient's system called the document; empty until it says.
    Column("reference", Text, nullable=False),
    Column("changed", Instant, nullable=False),
    Index(None, "recipient", "status", "dispatch_id"),
)

#: Every change of a delivery, and notes. Only added to.
history = Table(
    "history",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), nullable=False),
    #: Empty for what concerns the whole dispatch.
    Column("recipient", Code),
    #: Empty for a note without a change.
    Column("status", Word),
    Column("attempt", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    #: What the recipient's system called the document by then.
    Column("reference", Text, nullable=False, server_default=text("''")),
    Column("at", Instant, nullable=False),
    Index(None, "dispatch_id"),
)

#: The business status that an agency reported about a document. One row a status envelope.
report = Table(
    "report",
    metadata,
    #: The status envelope's own dispatch.
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("reporter", Code, nullable=False),
    Column("code", Word, nullable=False),
    Column("reason", Text, nullable=False),
    #: Local time of the reporting system, as written.
    Column("reported", Word, nullable=False),
    Column("subject_agency", Code, nullable=False),
    Column("subject_code", Word, nullable=False),
    Column("subject_promulgated", Word, nullable=False),
    Column("subject_document_id", Word, nullable=False),
    #: The dispatch it speaks of; empty when the bus does not know that document.
    Column("about", Word, ForeignKey(dispatch.c.id)),
    Index(None, "about"),
)

#: What waits for the relay.
outbox = Table(
    "outbox",
    metadata,
    Column("dispatch_id", Word, primary_key=True),
    Column("recipient", Code, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    #: Not before this moment.
    Column("due", Instant, nullable=False),
    #: A relay has it until this moment; empty when nobody has. Kept out of every index: claims come often.
    Column("claimed_until", Instant),
    ForeignKeyConstraint(["dispatch_id", "recipient"], [delivery.c.dispatch_id, delivery.c.recipient]),
    Index(None, "priority", "due"),
)

#: The queues of the embedded transport. Octets stay in `dispatch`.
queue = Table(
    "queue",
    metadata,
    Column("position", Counter, primary_key=True),
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), nullable=False),
    Column("recipient", Code, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("claimed_until", Instant),
    UniqueConstraint("dispatch_id", "recipient", "attempt"),
    Index(None, "recipient", "position"),
)

#: What was not accepted. The octets are not kept.
refusal = Table(
    "refusal",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("caller", Code, nullable=False),
    Column("door", Word, nullable=False),
    Column("digest", Word, nullable=False),
    Column("code", Word, nullable=False),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("correlation", Word, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "caller", "at"),
    Index(None, "correlation"),
)

#: What the evidence log is told in the commit that writes a row, and has not made a leaf of yet.
entry = Table(
    "entry",
    metadata,
    Column("id", Counter, primary_key=True),
    #: Which table the row is of.
    Column("kind", Word, nullable=False),
    #: What the row is about: a dispatch; for a refusal its correlation id.
    Column("key", Word, nullable=False),
    #: SHA-256 of the row's canonical bytes, in hexadecimal.
    Column("digest", Word, nullable=False),
    Index(None, "key"),
)

#: The leaves of the evidence log's tree. Only added to.
leaf = Table(
    "leaf",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Word, nullable=False),
    Column("key", Word, nullable=False),
    Column("digest", Word, nullable=False),
    Index(None, "key"),
)

#: The tree's hashes, 256 a row, from every eighth level: see `lgsp.evidence.tiles`.
tile = Table(
    "tile",
    metadata,
    Column("tier", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

#: The bus's signed word on how the log stood.
head = Table(
    "head",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    #: What is signed and stamped; it holds size, root and time.
    Column("text", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    #: The bus's certificate, PEM.
    Column("certificate", LargeBinary, nullable=False),
    #: RFC 3161 token, DER; empty without one.
    Column("stamp", LargeBinary, nullable=False),
)

#: Who takes part.
agency = Table(
    "agency",
    metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", Word, nullable=False),
    Column("bloc", Word, nullable=False),
    Column("parent", Code),
    Column("adapter", Word, nullable=False),
    Column("options", JSON, nullable=False),
)

#: Whose signature is whose.
certificate = Table(
    "certificate",
    metadata,
    #: SHA-256 of the DER form, in hexadecimal.
    Column("fingerprint", Word, primary_key=True),
    Column("agency", Code, ForeignKey(agency.c.code), nullable=False),
    Column("subject", Text, nullable=False),
    Column("pem", Text, nullable=False),
    Column("bound", Instant, nullable=False),
    #: The time in which it speaks for the agency; empty on a side without end.
    Column("since", Instant),
    Column("until", Instant),
)

#: What authorities said about revocation: the newest word of each source, as it came, with the issuer that signed it.
revocation = Table(
    "revocation",
    metadata,
    #: `crl` or `ocsp`.
    Column("source", Word, primary_key=True),
    #: The list's address; for an answer the fingerprint of the certificate it is about.
    Column("about", Word, primary_key=True),
    #: The certificate that an answer is about, DER; empty for a list.
    Column("certificate", LargeBinary, nullable=False),
    Column("issuer", LargeBinary, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("digest", Word, nullable=False),
    Column("as_of", Instant, nullable=False),
    #: Until when the source stands by it; empty when it does not say.
    Column("until", Instant),
    Column("fetched", Instant, nullable=False),
)

#: Authorities between signers and anchors, met in signatures: news about them is fetched too.
issuer = Table(
    "issuer",
    metadata,
    #: SHA-256 of the DER form, in hexadecimal.
    Column("fingerprint", Word, primary_key=True),
    Column("certificate", LargeBinary, nullable=False),
    Column("seen", Instant, nullable=False),
)

#: What was accepted and waits to be judged again: one row a dispatch, kept when it is decided.
hold = Table(
    "hold",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    #: `hold` while it waits, then what was decided: accept, for-information, refuse.
    Column("admission", Word, nullable=False),
    Column("detail", Text, nullable=False),
    Column("decided", Instant),
    Index(None, "admission", "dispatch_id"),
)

#: What an agency's system shows at a door. The secret itself is not kept.
credential = Table(
    "credential",
    metadata,
    Column("system_id", Word, primary_key=True),
    Column("agency", Code, ForeignKey(agency.c.code), nullable=False),
    #: SHA-256 of the secret, in hexadecimal.
    Column("secret_hash", Word, nullable=False),
    Column("given", Instant, nullable=False),
)

#: One row; its number grows with every change of agency, certificate or credential.
directory_revision = Table(
    "directory_revision",
    metadata,
    Column("only", Boolean, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
