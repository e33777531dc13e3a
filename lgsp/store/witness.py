"""Telling the evidence log of rows, in the commit that writes them; and which tables it is not told of.

The ledger tells it what it writes itself, in batches; everybody else calls `witness` after writing a row of a witnessed
table, and `strike` to remove one. The audit names every row that was written or removed in another way.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert

from lgsp.evidence.rows import Kind, entry, key_of, removal
from lgsp.store.records import rows_of
from lgsp.store.tables import entry as entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Table

#: Tables that the log is not told of, each with the reason why nobody can deceive by changing them. Every other table
#: is one of `lgsp.evidence.forms`.
UNWITNESSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "delivery": "told again from history, and the audit holds it to that",
        "notice": "what waits to be told to a sender: what it is about stands in hold or history, which the log proves",
        "outbox": "what waits for the relay: a row less is a delivery that stands still, and a row more repeats one",
        "queue": "what waits for a courier: as the outbox",
        "breaker": "whose system did not answer when it was last tried: each try is a line of history",
        "alarm": "what was told as waiting for too long: advice, and measured again",
        "replay": "an operator's order: what it put out is a line of history that names it, and who gave it",
        "replay_item": "what such an order has still to do: as replay",
        "parked": "what speaks of an unknown document: a row less is a report, kept, that is not looked for again",
        "examination": "what waits to be examined: a row less is a document without findings; findings are rows",
        "shadow": "how far a schema that decides nothing has come: advice to the operator",
        "shadow_objection": "what such a schema would have refused: advice, and made again from the documents",
        "upload": "what may be handed in by its digest, and by whom: a row less is uploaded again",
        "entry": "the log itself: what waits to become a leaf",
        "leaf": "the log itself: held against the tree",
        "tile": "the log itself: held against the leaves, and by the heads",
        "head": "the log itself: signed by the bus, each naming the one before",
        "revocation": "others' signed words, verified again each time they are read",
        "issuer": "certificates met in signatures: they count only below an anchor of the configuration",
        "contribution": "told again from the rows that the log proves: `lgsp report --recount`",
        "tally": "as contribution",
        "agency_day": "as contribution",
        "reckoning": "how far those have come",
        "dossier_step": "read from messages that the log proves, and kept where their octets are erased",
        "haste": "how long deliveries took: told again from history",
        "deadline": "until when documents ask for an answer: it stands in their octets",
        "reply": "what documents say that they answer: it stands in their octets",
        "reminder": "who was reminded of what: advice, found again from what the log proves",
        "telling": "when somebody is told again: as reminder",
        "bookmark": "how far looking for reminders has come",
        "oldest": "which versions may work on the store: the worst it does is to keep a process from starting",
        "directory_revision": "a number that tells other processes to read the directory again",
    }
)


def witness(connection: Connection, table: Table, which: ColumnElement[bool]) -> None:
    """Enter rows as they stand now. Call it after writing them, in the same transaction."""
    kind = Kind(table.name)
    _enter(connection, [entry(kind, row) for _, row in rows_of(connection, kind, which)])


def strike(connection: Connection, table: Table, which: ColumnElement[bool]) -> None:
    """Remove rows of a table whose rows may change, and enter that they are gone."""
    kind = Kind(table.name)
    gone = [removal(kind, key_of(kind, row)) for _, row in rows_of(connection, kind, which)]
    connection.execute(delete(table).where(which))
    _enter(connection, gone)


def _enter(connection: Connection, told: Sequence[Mapping[str, Any]]) -> None:
    if told:
        connection.execute(insert(entries), told)
