"""Who takes part, and how they prove it.

Every row bears the number of the change that wrote it last (`directory_revision`), so that a process reads anew only
what changed. No code is ever removed.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, text

from lgsp.store.tables.types import Code, Counter, Instant, Word, metadata


def _revision() -> Column[int]:
    return Column("revision", BigInteger, nullable=False, server_default=text("0"))


#: Who takes part. Level, bloc, parent, state and successor are those from ever until the first `tenure`.
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
    Column("state", Word, nullable=False, server_default="active"),
    Column("successor", Code),
    #: Its `id` in the national list; empty where it is not from there.
    Column("national_id", Word, nullable=False, server_default=text("''")),
    Column("mail", Text, nullable=False, server_default=text("''")),
    _revision(),
    Index(None, "revision"),
)

#: What is so of an agency from a moment on, until its next row.
tenure = Table(
    "tenure",
    metadata,
    Column("agency", Code, ForeignKey(agency.c.code), primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("level", Word, nullable=False),
    Column("bloc", Word, nullable=False),
    Column("parent", Code),
    Column("state", Word, nullable=False),
    Column("successor", Code),
    _revision(),
    Index(None, "revision"),
)

#: Other codes of agencies. At any moment a code is one agency's.
alias = Table(
    "alias",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("code", Code, nullable=False),
    #: The form it follows: qcvn102, qd20 or other.
    Column("scheme", Word, nullable=False),
    Column("agency", Code, ForeignKey(agency.c.code), nullable=False),
    #: The time in which it counts; empty on a side without end.
    Column("since", Instant),
    Column("until", Instant),
    _revision(),
    Index(None, "code"),
    Index(None, "revision"),
)

#: Codes under which several agencies are written to at once.
agency_group = Table(
    "agency_group",
    metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
    _revision(),
)

#: Who is in a group, and when.
group_member = Table(
    "group_member",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("group", Code, ForeignKey(agency_group.c.code), nullable=False),
    Column("agency", Code, ForeignKey(agency.c.code), nullable=False),
    Column("since", Instant),
    Column("until", Instant),
    _revision(),
)

#: Who may write in whose name, and when.
representation = Table(
    "representation",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("speaker", Code, ForeignKey(agency.c.code), nullable=False),
    Column("agency", Code, ForeignKey(agency.c.code), nullable=False),
    Column("since", Instant),
    Column("until", Instant),
    _revision(),
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
    _revision(),
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
    _revision(),
)

#: One row; its number grows with every change of the tables above.
directory_revision = Table(
    "directory_revision",
    metadata,
    Column("only", Boolean, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
