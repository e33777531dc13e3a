"""Walk 1, intake: from a door to the ledger. This file is the broker's whole specification, a line a stage."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from lgsp import telemetry
from lgsp.model.delivery import Dispatch, Receipt, Refusal
from lgsp.model.envelope import Kind
from lgsp.model.errors import Overloaded, Problem, Rejected, SignatureRejected, Unavailable
from lgsp.model.lane import Lane
from lgsp.model.text import Text
from lgsp.stages.answer import owed
from lgsp.stages.envelope import Limits, read, whole
from lgsp.stages.glance import glance
from lgsp.stages.policy import PaperRules, Rule, nobody, permit
from lgsp.stages.route import Directory, route
from lgsp.stages.seal import seal
from lgsp.stages.signature import Trust, authenticate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lgsp.model.envelope import Arrival, Verified
    from lgsp.model.remark import Remark
    from lgsp.stages.answer import Subject
    from lgsp.stages.schema import Schemas
    from signing import KeyProvider

Answer = Receipt | Refusal
Taken = TypeVar("Taken")
Given = TypeVar("Given")


class Ledger(Protocol):
    """The memory that this walk writes into."""

    def subjects(self, statuses: Sequence[Verified]) -> Sequence[Subject | None]:
        """Return the document that each status speaks of, where it is known."""

    def accept(self, dispatches: Sequence[Dispatch], refusals: Sequence[tuple[Arrival, Refusal]] = ()) -> list[Answer]:
        """Keep all in one commit; answer each dispatch: its receipt, the first one for what came before, or why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A document that passed every stage which needs no knowledge of other documents."""

    arrival: Arrival
    verified: Verified
    remarks: tuple[Remark, ...]
    #: Which schema versions judged it.
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes documents in. Without state of its own: any number may run beside each other."""

    schemas: Schemas
    trust: Trust
    rules: Sequence[Rule]
    directory: Directory
    keys: KeyProvider
    ledger: Ledger
    limits: Limits = field(default_factory=Limits)
    #: Why a rule's refusal does not count, by the rule's name and the digest of the octets; None: it counts.
    overruled: Callable[[str, str], str | None] = nobody
    #: What is a reason for paper beside the electronic document.
    paper: PaperRules = field(default_factory=PaperRules)

    def prove(self, arrival: Arrival) -> Proven:
        """Pass a document through the stages that ask who it is from, without I/O. Raises Rejected from one of them."""
        at = arrival.arrived
        envelope = read(arrival.octets, self.limits)
        conformity = self.schemas.validate(envelope, at)
        noticed = whole(envelope)
        verified = authenticate(envelope, arrival.caller, self.trust, at)
        remarks = (*conformity.remarks, *noticed, *permit(verified, self.rules, at, self.overruled))
        return Proven(arrival=arrival, verified=verified, remarks=remarks, schema=conformity.stamp)

    def address(self, proven: Proven, subject: Subject | None = None) -> Dispatch:
        """Pass it through those that ask where it goes, without I/O. `subject`: what a status speaks of."""
        verified, arrival = proven.verified, proven.arrival
        at = arrival.arrived
        way = route(verified, self.directory, at, owed(verified, subject))
        paper = self.paper.reason(verified.envelope)
        remarks, schema = proven.remarks, proven.schema
        dispatch = seal(
            verified, way, keys=self.keys, arrival=arrival, at=at, remarks=remarks, paper=paper, schema=schema
        )
        return dispatch if subject is None else replace(dispatch, about=subject.dispatch_id, urgency=subject.priority)

    def accept(self, arrivals: Sequence[Arrival]) -> list[Answer]:
        """Take in whatever is waiting (1..100) with one commit, and answer each, in order.

        One bad document never fails its batch. Once this returns, what has a receipt is safe. Idempotent: the same
        document again gets the first receipt. Raises StoreUnavailable or KeyUnavailable: nothing of the batch was kept.
        """
        proven = [self._tried(self.prove, arrival, arrival) for arrival in arrivals]
        subjects = self._subjects([one for one in proven if isinstance(one, Proven)])
        examined = [
            self._tried(lambda one: self.address(one, subjects.get(id(one))), one, arrival)
            if isinstance(one, Proven)
            else one
            for one, arrival in zip(proven, arrivals, strict=True)
        ]
        dispatches = [outcome for outcome in examined if isinstance(outcome, Dispatch)]
        refusals = [
            (arrival, outcome)
            for arrival, outcome in zip(arrivals, examined, strict=True)
            if isinstance(outcome, Refusal)
        ]
        given = iter(self.ledger.accept(dispatches, refusals))
        answers = [next(given) if isinstance(outcome, Dispatch) else outcome for outcome in examined]
        telemetry.answered(arrivals, answers, list(map(_is_repeated, examined, answers)))
        return answers

    def _subjects(self, proven: Sequence[Proven]) -> dict[int, Subject | None]:
        """Return the documents that the statuses among these speak of: one question for all of them."""
        statuses = [one for one in proven if one.verified.envelope.kind is Kind.STATUS]
        found = self.ledger.subjects([one.verified for one in statuses]) if statuses else ()
        return {id(one): subject for one, subject in zip(statuses, found, strict=True)}

    @staticmethod
    def _tried(stages: Callable[[Taken], Given], taken: Taken, arrival: Arrival) -> Given | Refusal:
        try:
            return stages(taken)
        except Rejected as error:
            if isinstance(error, SignatureRejected):
                telemetry.engines_disagree(arrival, error)
            return _refusal(arrival, error)
        except Unavailable:
            raise  # nobody's fault: nothing of the batch is kept, and it comes again
        except Exception:  # noqa: BLE001 - what a hostile document provokes is its own refusal, not its neighbours'
            telemetry.unforeseen("examine", arrival.correlation)
            return _refusal(arrival, Rejected(_unexamined(arrival)))


def _is_repeated(examined: Answer | Dispatch, answer: Answer) -> bool:
    """Return whether the receipt is that of an earlier acceptance."""
    return isinstance(examined, Dispatch) and isinstance(answer, Receipt) and examined.id != answer.dispatch_id


def _refusal(arrival: Arrival, error: Rejected) -> Refusal:
    return Refusal(error=error, digest=sha256(arrival.octets).hexdigest(), correlation=arrival.correlation)


def _unexamined(arrival: Arrival) -> Problem:
    return Problem(
        expected=Text("a document that can be examined to its end", "văn bản kiểm tra được trọn vẹn"),
        cure=Text(
            f"tell the operator the correlation id {arrival.correlation}",
            f"báo cho đơn vị vận hành mã theo dõi {arrival.correlation}",
        ),
    )


#: Who is served first.
_ORDER: Final = (Lane.URGENT, Lane.ORDINARY)


class Reception:
    """Gathers what several callers hand in at the same time, so that one commit serves them all.

    It never waits to fill a batch: while one batch commits, the next one gathers by itself. What looks urgent goes to
    the head of the line, and finds room in it a while longer.
    """

    def __init__(self, intake: Intake, *, batch_limit: int = 100, waiting_limit: int = 2000) -> None:
        """Start the thread that empties the waiting line."""
        self._intake = intake
        self._batch_limit = batch_limit
        self._room = {Lane.ORDINARY: waiting_limit, Lane.URGENT: waiting_limit + max(waiting_limit // 10, 1)}
        self._numbers = count()
        #: Who waits, in the order of being served; None tells that no more will come.
        self._waiting: queue.PriorityQueue[tuple[int, int, tuple[Arrival, Future[Answer]] | None]] = (
            queue.PriorityQueue()
        )
        self._thread = threading.Thread(target=self._run, name="reception", daemon=True)
        self._thread.start()

    def submit(self, arrival: Arrival) -> Future[Answer]:
        """Hand one document in. The future holds its answer once that is committed, or Unavailable.

        Raises Overloaded when too many are waiting.
        """
        lane = glance(arrival.octets)
        if self._waiting.qsize() >= self._room[lane]:
            raise Overloaded
        future: Future[Answer] = Future()
        self._waiting.put((_ORDER.index(lane), next(self._numbers), (arrival, future)))
        return future

    def close(self) -> None:
        """Answer what is waiting, then stop."""
        self._waiting.put((len(_ORDER), next(self._numbers), None))
        self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            batch = [self._waiting.get()[-1]]
            while len(batch) < self._batch_limit and batch[-1] is not None:
                try:
                    batch.append(self._waiting.get_nowait()[-1])
                except queue.Empty:
                    break
            ended = batch[-1] is None
            # Who gave up while waiting is left out: nothing of it is kept, and its future takes no answer any more.
            self._answer([entry for entry in batch if entry is not None and entry[1].set_running_or_notify_cancel()])

    def _answer(self, batch: list[tuple[Arrival, Future[Answer]]]) -> None:
        if not batch:
            return
        try:
            answers = self._intake.accept([arrival for arrival, _ in batch])
        except Exception as error:  # noqa: BLE001 - every caller gets it, and the thread lives on
            if isinstance(error, Unavailable):
                telemetry.unavailable("intake", error)
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
