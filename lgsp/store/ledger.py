"""What was accepted, and what became of it. The only writer of dispatches, deliveries, history and reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from lgsp.evidence.rows import Kind
from lgsp.model.delivery import Receipt, Refusal, Status
from lgsp.model.envelope import Admission, Arrival
from lgsp.model.remark import Mode, Remark
from lgsp.store import lifecycle
from lgsp.store.accepting import keep
from lgsp.store.asking import deadline_rows, reply_rows
from lgsp.store.clock import StoreClock
from lgsp.store.engine import commit, look
from lgsp.store.erasing import erased
from lgsp.store.examining import anything, claimed, examined, let_go
from lgsp.store.expiring import Expired, expired
from lgsp.store.holding import ended, fitting, freed, refused, told, waiting
from lgsp.store.lifecycle import follow, reconsider, spoken, spoken_of
from lgsp.store.lifecycle.identity import let_number_go
from lgsp.store.lifecycle.parking import counted as parked
from lgsp.store.lifecycle.requests import lapsed
from lgsp.store.lifecycle.seeking import subjects
from lgsp.store.notices import announce
from lgsp.store.octets import put_apart, refer_to
from lgsp.store.pen import Pen
from lgsp.store.replaying import Replays
from lgsp.store.reuse import objections
from lgsp.store.rows import accepted_row, delivery_row, evident_row, history_row, hold_row, refusal_row, remark_rows
from lgsp.store.rowset import packed
from lgsp.store.statements import statements
from lgsp.store.tables import hold
from lgsp.store.witness import witness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from lgsp.model.agency import AgencyCode
    from lgsp.model.attachment import ExaminedAttachment, Unexamined
    from lgsp.model.delivery import Dispatch, Outcome
    from lgsp.model.envelope import Verified
    from lgsp.store.holding import Decision, Waiting
    from lgsp.store.lifecycle.seeking import Subject
    from lgsp.transport import Parcel

_OVER: Final = frozenset({Status.DELIVERED, Status.TAKEN, Status.REFUSED, Status.FAILED, Status.WITHDRAWN})


class Ledger:
    """The memory of the bus. Safe for many threads and processes at once."""

    def __init__(
        self,
        engine: Engine,
        *,
        examination: timedelta | None = None,
        patience: timedelta = timedelta(hours=72),
        reuse: Mode = Mode.REMARK,
        overruled: Callable[[str, str], str | None] = lambda _rule, _digest: None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Keep the ledger in `engine`, whose tables are up to date.

        With `examination`, attachments of what is accepted wait to be examined, and deliveries wait for that, at most
        so long. `patience`: how long a recall, an update or a replacement waits for its answer. `reuse`: what it leads
        to that a number was used before in the year, and `overruled` why that does not count (see `permit`).
        """
        self._patience = patience
        self._reuse = reuse
        self._overruled = overruled
        self._clock = clock or StoreClock(engine)
        self._engine = engine
        self._examination = examination
        self._sql = statements(engine.dialect.name)

    def accept(
        self, dispatches: Sequence[Dispatch], refusals: Sequence[tuple[Arrival, Refusal]] = ()
    ) -> list[Receipt | Refusal]:
        """Keep a batch in one commit and return an answer for each dispatch, in the same order.

        A document whose number another one of its sender has is refused with DuplicateConflict and not kept, unless it
        says that it recalls, updates or replaces. What a status reports of an earlier document, and what a recall asks
        for, is done in the same commit.

        A document that its sender had accepted before (same sender, same octets: in an earlier batch, in this one,
        or at the same moment in another process) adds nothing and gets the first receipt, byte for byte.
        Raises StoreUnavailable; when the answer to the commit was lost, the batch may have been kept, and accepting
        it again gives the receipts that were kept.
        """
        if not dispatches and not refusals:
            return []
        large = put_apart(self._engine, dispatches)
        return commit(self._engine, lambda connection: self._accept(connection, dispatches, refusals, large))

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of deliveries, in one commit.

        What does not follow (`FOLLOWS`), concerns an older attempt or an unknown delivery, changes nothing. A change
        adds a line of history and takes the delivery out of the outbox; ACCEPTED puts it back, as the next attempt.
        Several outcomes of one delivery count in the order given. Doing it twice changes nothing more.
        """
        if outcomes:
            commit(self._engine, lambda connection: self._pen(connection).record(outcomes))

    def subjects(self, statuses: Sequence[Verified]) -> list[Subject | None]:
        """Return the document that each status speaks of, None where it is not known; in two queries for all."""
        return look(self._engine, lambda connection: subjects(connection, statuses)) if statuses else []

    def lapse(self, now: datetime, limit: int) -> list[dict[str, Any]]:
        """Give up waiting for answers to requests that are due, in one commit; return these requests."""
        return commit(self._engine, lambda connection: lapsed(self._pen(connection), now, limit))

    def expire(self, life: Callable[[AgencyCode], timedelta], limit: int) -> list[Expired]:
        """Give up deliveries of an agency that have waited longer than its life, in one commit; return these."""
        return commit(self._engine, lambda connection: expired(self._pen(connection), life, self._clock(), limit))

    def replays(self) -> Replays:
        """Return what puts deliveries out again."""
        return Replays(self._engine, self._pen)

    def parked(self, before: datetime) -> tuple[int, int]:
        """Return how many statuses and requests wait for their documents, and how many of these since before then."""
        return look(self._engine, lambda connection: parked(connection, before))

    def reconsider(self, since: datetime, limit: int, after: tuple[str, int]) -> tuple[int, tuple[str, int] | None]:
        """Look again for the documents that parked statuses and requests speak of, those parked since `since`.

        Return how many found theirs, and where to go on with the next call; None at the end.
        """
        now = self._clock()
        return commit(
            self._engine, lambda connection: reconsider(self._pen(connection), since, limit, after, self._patience, now)
        )

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
        now = self._clock()
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

        False, and nothing is changed, when it is unknown, held, erased already, or not yet delivered to everybody.
        """
        return commit(self._engine, lambda connection: self._erase(connection, dispatch_id, reason))

    def note(self, dispatch_id: str, recipient: AgencyCode | None, detail: str) -> None:
        """Add a line of history that changes nothing. An unknown dispatch is ignored."""
        line = history_row(dispatch_id, recipient, None, 0, detail, self._clock())
        commit(self._engine, lambda connection: self._note(connection, line))

    def _erase(self, connection: Connection, dispatch_id: str, reason: str) -> bool:
        now = self._clock()
        if not erased(connection, dispatch_id, reason, now):
            return False
        self._pen(connection).enter(Kind.HISTORY, [history_row(dispatch_id, None, None, 0, f"erased: {reason}", now)])
        return True

    def _note(self, connection: Connection, line: Mapping[str, Any]) -> None:
        if connection.execute(self._sql.note, {"rows": packed([line])}).all():
            self._pen(connection).tell(Kind.HISTORY, [line])

    def _accept(
        self,
        connection: Connection,
        dispatches: Sequence[Dispatch],
        refusals: Sequence[tuple[Arrival, Refusal]],
        large: Mapping[str, bytes],
    ) -> list[Receipt | Refusal]:
        pen, now = self._pen(connection), self._clock()
        refer_to(connection, large)
        reused, unwanted = objections(connection, dispatches, self._reuse, self._overruled)
        fresh, kept, rows = keep(pen, [d for d in dispatches if d.id not in unwanted], large)
        answers = _answers(dispatches, kept, reused, unwanted)
        pen.tell(Kind.DISPATCH, [evident_row(d, row) for d, row in zip(fresh, rows, strict=True)])
        deliveries = [delivery_row(d, r, now, self._examination) for d in fresh for r in d.route.recipients]
        pen.add(self._sql.delivery, deliveries)
        pen.add(self._sql.outbox, deliveries)
        pen.enter(Kind.HISTORY, [accepted_row(d) for d in fresh])
        pen.add(self._sql.deadline, [row for d in fresh for row in deadline_rows(d)])
        pen.add(self._sql.reply, [row for d in fresh for row in reply_rows(d)])
        held = [d for d in fresh if d.verified.proof.admission is Admission.HOLD]
        pen.enter(Kind.HOLD, [hold_row(d) for d in held])
        said = [row for d in fresh for row in remark_rows(d.id, (*d.remarks, *_told_late(d, reused)))]
        pen.enter(Kind.REMARK, said)
        if self._examination is not None:
            full = [d for d in fresh if d.verified.envelope.attachments]
            pen.add(self._sql.examination, [{"dispatch_id": d.id, "attempt": 0} for d in full])
        # What a held envelope says is not known to be true yet.
        follow(pen, [spoken(d) for d in fresh if d not in held], self._patience, now)
        conflicts = [(_arrival(d), a) for d, a in zip(dispatches, answers, strict=True) if isinstance(a, Refusal)]
        pen.enter(Kind.REFUSAL, [refusal_row(a, r) for a, r in (*refusals, *conflicts)])
        return answers

    def _decide(self, connection: Connection, decision: Decision) -> bool:
        now = self._clock()
        if not ended(connection, decision, now):
            return False
        witness(connection, hold, hold.c.dispatch_id == decision.dispatch_id)
        line = history_row(decision.dispatch_id, None, None, 0, told(decision), now)
        self._pen(connection).enter(Kind.HISTORY, [line])
        announce(connection, decision, now)
        if decision.verified is None:
            let_number_go(connection, decision.dispatch_id)
            self._pen(connection).record(refused(connection, decision))
        else:
            freed(connection, decision.dispatch_id, now)
            freely = spoken_of(connection, decision.dispatch_id, decision.verified)
            follow(self._pen(connection), [freely], self._patience, now)
        return True

    def _examined(
        self, connection: Connection, dispatch_id: str, found: Sequence[ExaminedAttachment], detail: str
    ) -> bool:
        now = self._clock()
        if not examined(connection, dispatch_id, found, now):
            return False
        if detail:
            self._pen(connection).enter(Kind.HISTORY, [history_row(dispatch_id, None, None, 0, detail, now)])
        let_go(connection, dispatch_id, now)
        return True

    def _pen(self, connection: Connection) -> Pen:
        return Pen(connection, self._sql, lifecycle, self._clock)


def _told_late(dispatch: Dispatch, reused: Mapping[str, Remark]) -> tuple[Remark, ...]:
    return (reused[dispatch.id],) if dispatch.id in reused else ()


def _answers(
    dispatches: Sequence[Dispatch],
    kept: Sequence[Receipt | Refusal],
    reused: Mapping[str, Remark],
    unwanted: Mapping[str, Refusal],
) -> list[Receipt | Refusal]:
    """Put refusals in their places, and tell with a receipt what was remarked after it was signed."""
    if not reused:
        return list(kept)
    rest = iter(kept)
    answers = [unwanted.get(one.id) or next(rest) for one in dispatches]
    return [
        replace(answer, remarks=(*answer.remarks, *_told_late(one, reused)))
        if isinstance(answer, Receipt) and answer.dispatch_id == one.id
        else answer
        for one, answer in zip(dispatches, answers, strict=True)
    ]


def _arrival(dispatch: Dispatch) -> Arrival:
    return Arrival(
        octets=dispatch.verified.envelope.octets,
        caller=dispatch.caller,
        door=dispatch.door,
        correlation=dispatch.correlation,
        arrived=dispatch.accepted,
    )
