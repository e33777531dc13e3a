"""What the province's reports add up. All of it is told again from the other tables, at any time."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from lgsp.store.tables.documents import dispatch
from lgsp.store.tables.types import Code, Instant, Word, metadata

#: What is counted of one agency on one day: see `lgsp.reports.cells`.
AGENCY_FIGURES: Final = (
    *("sent", "sent_internal", "sent_external", "sent_signed", "sent_unsigned", "sent_electronic", "sent_paper"),
    *("received", "received_internal", "received_external", "received_signed", "received_electronic"),
    *("received_paper", "delivered", "taken", "returned", "failed", "withdrawn", "waiting", "registered", "finished"),
    *("urgent", "urgent_in_time", "statuses", "refused", "dossiers", "dossiers_in_time", "dossiers_late"),
)

#: What one document, dossier or refusal was counted as: taken off again before it is counted anew.
contribution = Table(
    "contribution",
    metadata,
    #: `dispatch`, `dossier` or `refusal`.
    Column("kind", Word, primary_key=True),
    #: Dispatch id, dossier number, or correlation id.
    Column("key", Word, primary_key=True),
    #: JSON: `lgsp.store.tallies.facts`.
    Column("facts", Text, nullable=False),
)

#: How many there are of one kind on one day in the whole province.
tally = Table(
    "tally",
    metadata,
    Column("book", Word, primary_key=True),
    #: Vietnam's day, `yyyy-MM-dd`.
    Column("day", Word, primary_key=True),
    #: What they have in common: words with `|` between, in the order that the book says.
    Column("facets", Word, primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

#: The same by agency, with its level and bloc at that time.
agency_day = Table(
    "agency_day",
    metadata,
    Column("day", Word, primary_key=True),
    Column("agency", Code, primary_key=True),
    Column("level", Word, primary_key=True),
    Column("bloc", Word, primary_key=True),
    *(Column(name, BigInteger, nullable=False, server_default=text("0")) for name in AGENCY_FIGURES),
    Index(None, "agency", "day"),
)

#: How far the counting has come, and by which rules. One row.
reckoning = Table(
    "reckoning",
    metadata,
    Column("only", Boolean, primary_key=True),
    #: How many leaves of the evidence log are counted.
    Column("leaves", BigInteger, nullable=False),
    #: Digest of the rules of counting: when they change, everything is counted anew.
    Column("rules", Word, nullable=False),
)

#: What a message said about a dossier: kept, since octets may be erased.
dossier_step = Table(
    "dossier_step",
    metadata,
    Column("dispatch_id", Word, ForeignKey(dispatch.c.id), primary_key=True),
    Column("number", Word, nullable=False),
    #: 1 counter, 2 online, 3 post; empty in progress.
    Column("channel", Integer),
    Column("received", Instant),
    Column("due", Instant),
    #: 1..10 of the national portal.
    Column("state", Integer, nullable=False),
    #: When that was so, as the message says.
    Column("at", Instant, nullable=False),
    Index(None, "number"),
)
