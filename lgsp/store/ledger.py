"""What was accepted, and what became of it. The only writer of dispatches, deliveries, history and reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from lgsp.evidence.rows import Kind, entry
from lgsp.model.delivery import Receipt, Status
from lgsp.model.envelope import Admission, StatusHeader
from lgsp.store.engine import commit, look
from lgsp.store.erasing import erased
from lgsp.store.examining import anything, claimed, examined, let_go
from lgsp.store.following import Standing, followed
from lgsp.store.holding import ended, fitting, freed, refused, told, waiting
from lgsp.store.matching import matched
from lgsp.store.notices import announce
from lgsp.store.rows import (
    accepted_row,
    delivery_row,
    dispatch_row,
    evident_row,
    history_row,
    hold_row,
    refusal_row,
    report_row,
)
from lgsp.store.rowset import packed
from lgsp.store.statements import statements
from lgsp.store.tables import hold
from lgsp.store.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import timedelta

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.model.attachment import ExaminedAttachment, Unexamined
    from lgsp.model.delivery import Dispatch, Outcome, Refusal
    from lgsp.model.envelope import Arrival, Verified
    from lgsp.store.holding import Decision, Waiting
    from lgsp.transport import Parcel

#: What crosses to the database in one parameter; a batch with more goes in several statements of one commit.
_BYTES_AT_ONCE: Final = 32 << 20
_OVER: Final = frozenset({Status.DELIVERED, Status.TAKEN, Status.REFUSED, Status.FAILED})


class Ledger:
    """The memory of the bus. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine, *, examination: timedelta | None = None) -> None:
        """Keep the ledger in `engine`, whose tables are up to date.

        With `examination`, attachments of what is accepted wait to be examined, and deliveries wait for that, at most
        so long.
        """
        self._engine = engine
        self._examination = examination
        self._sql = statements(engine.dialect.name)

    def accept(self, dispatches: Sequence[Dispatch], refusals: Sequence[tuple[Arrival, Refusal]] = ()) -> list[Receipt]:
        """Keep a batch in one commit and return a receipt for each dispatch, in the same order.

        A document that its sender had accepted before (same sender, same octets: in an earlier batch, in this one,
        or at the same moment in another process) adds nothing and gets the first receipt, byte for byte.
        Raises StoreUnavailable; when the answer to the commit was lost, the batch may have been kept, and accepting
        it again gives the receipts that were kept.
        """
        if not dispatches and not refusals:
            return []
        return commit(self._engine, lambda connection: self._accept(connection, dispatches, refusals))

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of deliveries, in one commit.

        What does not follow (`FOLLOWS`), concerns an older attempt or an unknown delivery, changes nothing. A change
        adds a line of history and takes the delivery out of the outbox; ACCEPTED puts it back, as the next attempt.
        Several outcomes of one delivery count in the order given. Doing it twice changes nothing more.
        """
        if outcomes:
            commit(self._engine, lambda connection: self._record(connection, outcomes))

    def settled(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        """Return (dispatch_id, recipient) of those that need no delivery any more."""
        rows = packed({"dispatch_id": p.dispatch_id, "recipient": p.recipient} for p in parcels)
        found = look(self._engine, lambda c: c.execute(self._sql.standing, {"rows": rows}).all()) if parcels else []
        return {(row.dispatch_id, row.recipient) for row in found if row.status in _OVER}

    def held(self, limit: int = 100, after: str = "") -> list[Waiting]:
        """Return what waits to be judged again, oldest first; `after` is the last dispatch_id of the page before."""
        return look(self._engine, lambda connection: waiting(connection, limit, after))

    def decide(self, decision: Decision) -> bool:
        """End the wait of a held document in one commit: its deliveries go, or end as refused.

        False, and nothing is changed, when its wait had ended already.
        """
        return commit(self._engine, lambda connection: self._decide(connection, fitting(decision)))

    def unexamined(self, limit: int, lease_seconds: float) -> list[Unexamined]:
        """Return documents whose attachments nobody examines yet, oldest first; they are the caller's for a while."""
        now = datetime.now(UTC)
        if not look(self._engine, lambda connection: anything(connection, now)):
            return []
        return commit(self._engine, lambda connection: claimed(connection, limit, lease_seconds, now))

    def examined(self, dispatch_id: str, found: Sequence[ExaminedAttachment], detail: str) -> bool:
        """Keep what was found, with a line of history unless `detail` is empty, and let waiting deliveries go.

        False, and nothing is changed, when it was kept before.
        """
        return commit(self._engine, lambda connection: self._examined(connection, dispatch_id, found, detail))

    def erase(self, dispatch_id: str, reason: str) -> bool:
        """Erase a document's octets in one commit. Digest, seal, receipt and history stay, and evidence stands.

        False, and nothing is changed, when it is unknown, erased already, or not yet delivered to everybody.
        """
        return commit(self._engine, lambda connection: self._erase(connection, dispatch_id, reason))

    def note(self, dispatch_id: str, recipient: AgencyCode | None, detail: str) -> None:
        """Add a line of history that changes nothing. An unknown dispatch is ignored."""
        line = history_row(dispatch_id, recipient, None, 0, detail, datetime.now(UTC))
        commit(self._engine, lambda connection: self._note(connection, line))

    def _erase(self, connection: Connection, dispatch_id: str, reason: str) -> bool:
        now = datetime.now(UTC)
        if not erased(connection, dispatch_id, reason, now):
            return False
        self._enter(connection, Kind.HISTORY, [history_row(dispatch_id, None, None, 0, f"erased: {reason}", now)])
        return True

    def _note(self, connection: Connection, line: Mapping[str, Any]) -> None:
        if connection.execute(self._sql.note, {"rows": packed([line])}).all():
            self._tell(connection, Kind.HISTORY, [line])

    def _accept(
        self,
        connection: Connection,
        dispatches: Sequence[Dispatch],
        refusals: Sequence[tuple[Arrival, Refusal]],
    ) -> list[Receipt]:
        # In the order of the unique key, so that two processes with the same documents wait and do not deadlock.
        ordered = sorted(dispatches, key=_identity)
        new: set[str] = set()
        for part in _parts(ordered):
            new.update(connection.execute(self._sql.dispatch, _dispatch_parameters(part)).scalars())
        fresh = [d for d in dispatches if d.id in new]
        first = self._first_receipts(connection, [d for d in ordered if d.id not in new])
        self._tell(connection, Kind.DISPATCH, [evident_row(d) for d in fresh])
        deliveries = [delivery_row(d, r, self._examination) for d in fresh for r in d.route.recipients]
        self._add(connection, self._sql.delivery, deliveries)
        self._add(connection, self._sql.outbox, deliveries)
        self._enter(connection, Kind.HISTORY, [accepted_row(d) for d in fresh])
        held = [d for d in fresh if d.verified.proof.admission is Admission.HOLD]
        self._enter(connection, Kind.HOLD, [hold_row(d) for d in held])
        if self._examination is not None:
            full = [d for d in fresh if d.verified.envelope.attachments]
            self._add(connection, self._sql.examination, [{"dispatch_id": d.id, "attempt": 0} for d in full])
        # What a held status reports is not known to be true yet.
        self._report(connection, [(d.id, d.verified) for d in fresh if d not in held])
        self._enter(connection, Kind.REFUSAL, [refusal_row(a, r) for a, r in refusals])
        return [d.receipt if d.id in new else first[_identity(d)] for d in dispatches]

    def _first_receipts(self, connection: Connection, known: Sequence[Dispatch]) -> dict[tuple[str, str], Receipt]:
        if not known:
            return {}
        keys = packed({"sender": sender, "digest": digest} for sender, digest in map(_identity, known))
        return {
            (row.sender, row.digest): Receipt(
                dispatch_id=row.id,
                document_id=row.document_id,
                octets=row.receipt,
                admission=Admission(row.admission),
            )
            for row in connection.execute(self._sql.first, {"rows": keys})
        }

    def _report(self, connection: Connection, known: Sequence[tuple[str, Verified]]) -> None:
        """Keep what the statuses among these documents report."""
        statuses = [
            (dispatch_id, verified.envelope, verified.envelope.header)
            for dispatch_id, verified in known
            if isinstance(verified.envelope.header, StatusHeader)
        ]
        about = matched(connection, statuses) if statuses else {}
        self._enter(connection, Kind.REPORT, [report_row(*status, about.get(status[0])) for status in statuses])

    def _decide(self, connection: Connection, decision: Decision) -> bool:
        now = datetime.now(UTC)
        if not ended(connection, decision, now):
            return False
        witness(connection, hold, hold.c.dispatch_id == decision.dispatch_id)
        line = history_row(decision.dispatch_id, None, None, 0, told(decision), now)
        self._enter(connection, Kind.HISTORY, [line])
        announce(connection, decision, now)
        if decision.verified is None:
            self._record(connection, refused(connection, decision))
        else:
            freed(connection, decision.dispatch_id, now)
            self._report(connection, [(decision.dispatch_id, decision.verified)])
        return True

    def _examined(
        self, connection: Connection, dispatch_id: str, found: Sequence[ExaminedAttachment], detail: str
    ) -> bool:
        now = datetime.now(UTC)
        if not examined(connection, dispatch_id, found, now):
            return False
        if detail:
            self._enter(connection, Kind.HISTORY, [history_row(dispatch_id, None, None, 0, detail, now)])
        let_go(connection, dispatch_id, now)
        return True

    def _record(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        keys = sorted({(o.dispatch_id, o.recipient) for o in outcomes})
        rows = packed({"dispatch_id": i, "recipient": r} for i, r in keys)
        standing = {
            (row.dispatch_id, row.recipient): Standing(Status(row.status), row.attempt, row.reference)
            for row in connection.execute(self._sql.locked, {"rows": rows})
        }
        lines, changed = followed(outcomes, standing, datetime.now(UTC))
        self._add(connection, self._sql.change, changed)
        self._enter(connection, Kind.HISTORY, lines)
        self._add(connection, self._sql.leave, changed)
        self._add(connection, self._sql.wait, [row for row in changed if row["status"] == Status.ACCEPTED])

    def _enter(self, connection: Connection, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows that the evidence log speaks of."""
        self._add(connection, getattr(self._sql, kind), rows)
        self._tell(connection, kind, rows)

    def _tell(self, connection: Connection, kind: Kind, rows: Iterable[Mapping[str, Any]]) -> None:
        self._add(connection, self._sql.entry, [entry(kind, row) for row in rows])

    @staticmethod
    def _add(connection: Connection, statement: Any, rows: Iterable[Mapping[str, Any]]) -> None:
        if rows:
            connection.execute(statement, {"rows": packed(rows)})


def _identity(dispatch: Dispatch) -> tuple[str, str]:
    return dispatch.verified.sender, dispatch.verified.envelope.digest


def _parts(dispatches: Sequence[Dispatch]) -> Iterable[list[Dispatch]]:
    part: list[Dispatch] = []
    size = 0
    for dispatch in dispatches:
        part.append(dispatch)
        size += len(dispatch.verified.envelope.octets)
        if size > _BYTES_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _dispatch_parameters(dispatches: Sequence[Dispatch]) -> dict[str, Any]:
    pieces: list[bytes] = []
    rows: list[dict[str, Any]] = []
    position = 1  # both databases count from one
    for dispatch in dispatches:
        row = dispatch_row(dispatch)
        for name, piece in (
            ("octets", dispatch.verified.envelope.octets),
            ("seal", dispatch.seal),
            ("receipt", dispatch.receipt.octets),
        ):
            row[f"{name}_at"], row[f"{name}_size"] = position, len(piece)
            position += len(piece)
            pieces.append(piece)
        rows.append(row)
    return {"rows": packed(rows), "body": b"".join(pieces)}
