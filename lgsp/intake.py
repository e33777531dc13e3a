"""Walk 1, intake: from a door to the ledger. This file is the broker's whole specification, a line a stage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, TypeGuard, TypeVar

from lgsp import telemetry
from lgsp.model.delivery import Dispatch, Receipt, Refusal
from lgsp.model.envelope import Kind
from lgsp.model.errors import Problem, Rejected, SignatureRejected, Unavailable, UnknownDocument
from lgsp.model.text import Text
from lgsp.stages.answer import owed
from lgsp.stages.envelope import Limits, read, whole
from lgsp.stages.policy import PaperRules, Rule, nobody, permit
from lgsp.stages.route import Directory, route
from lgsp.stages.seal import seal
from lgsp.stages.signature import Trust, authenticate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.model.envelope import Arrival, Verified
    from lgsp.model.remark import Remark
    from lgsp.stages.answer import Subject
    from lgsp.stages.schema import Schemas
    from signing import KeyProvider

Answer = Receipt | Refusal
Given = TypeVar("Given")


class Ledger(Protocol):
    """The memory that this walk writes into."""

    def subjects(self, statuses: Sequence[Verified]) -> Sequence[Subject | None]:
        """Return the document that each status speaks of, where it is known."""

    def accept(self, dispatches: Sequence[Dispatch], refusals: Sequence[tuple[Arrival, Refusal]] = ()) -> list[Answer]:
        """Keep all in one commit; answer each dispatch: its receipt, the first one for what came before, or why not."""


class Uploads(Protocol):
    """What was uploaded to be handed in by its digest."""

    def read(self, claims: Collection[tuple[AgencyCode, str]]) -> Mapping[tuple[AgencyCode, str], bytes]:
        """Return the octets that these agencies uploaded; without those that they did not."""


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
    #: None: nothing can be handed in by its digest.
    uploads: Uploads | None = None

    def prove(self, arrival: Arrival) -> Proven:
        """Pass a document through the stages that ask who it is from, without I/O. Raises Rejected from one of them."""
        at = arrival.arrived
        if arrival.claim and not arrival.octets:
            raise UnknownDocument(_not_uploaded(arrival))
        envelope = read(arrival.octets, self.limits)
        conformity = self.schemas.validate(envelope, at)
        noticed = whole(envelope)
        verified = authenticate(envelope, arrival.caller, self.trust, at)
        remarks = (*conformity.remarks, *noticed, *permit(verified, self.rules, at, self.overruled))
        return Proven(arrival=arrival, verified=verified, remarks=remarks, schema=conformity.stamp)

    def address(self, proven: Proven, subject: Subject | None = None) -> Dispatch:
        """Pass it through those that ask where it goes, without I/O. `subject`: what a status speaks of."""
        verified, arrival, at = proven.verified, proven.arrival, proven.arrival.arrived
        way = route(verified, self.directory, at, owed(verified, subject))
        dispatch = seal(
            verified,
            way,
            keys=self.keys,
            arrival=arrival,
            at=at,
            remarks=proven.remarks,
            paper=self.paper.reason(verified.envelope),
            schema=proven.schema,
        )
        return dispatch if subject is None else replace(dispatch, about=subject.dispatch_id, urgency=subject.priority)

    def accept(self, arrivals: Sequence[Arrival]) -> list[Answer]:
        """Take in whatever is waiting (1..100) with one commit, and answer each, in order.

        One bad document never fails its batch. Once this returns, what has a receipt is safe. Idempotent: the same
        document again gets the first receipt. Raises StoreUnavailable or KeyUnavailable: nothing of the batch was kept.
        """
        arrivals = self._claimed(arrivals)
        examined = self.examine(arrivals)
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

    def _claimed(self, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """Fill in what was uploaded before; each agency's own uploads alone."""
        claims = {(one.caller, one.claim) for one in arrivals if one.claim}
        if not claims or self.uploads is None:
            return arrivals
        there = self.uploads.read(claims)
        return [replace(one, octets=there.get((one.caller, one.claim), b"")) if one.claim else one for one in arrivals]

    def examine(self, arrivals: Sequence[Arrival]) -> list[Dispatch | Refusal]:
        """Pass a batch through every stage, in order; the ledger is asked once, for what statuses speak of."""
        proven = [_tried(partial(self.prove, arrival), arrival) for arrival in arrivals]
        subjects = self._subjects(proven)
        return [
            _tried(partial(self.address, one, subject), one.arrival) if isinstance(one, Proven) else one
            for one, subject in zip(proven, subjects, strict=True)
        ]

    def _subjects(self, proven: Sequence[Proven | Refusal]) -> list[Subject | None]:
        """Return for each what it speaks of, when it is a status and the ledger knows the document."""
        statuses = [one.verified for one in proven if _is_status(one)]
        found = iter(self.ledger.subjects(statuses) if statuses else ())
        return [next(found) if _is_status(one) else None for one in proven]


def _is_status(one: Proven | Refusal) -> TypeGuard[Proven]:
    return isinstance(one, Proven) and one.verified.envelope.kind is Kind.STATUS


def _tried(stages: Callable[[], Given], arrival: Arrival) -> Given | Refusal:
    """Return what the stages make of an arrival, or its refusal."""
    try:
        return stages()
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
    return Refusal(
        error=error, digest=arrival.claim or sha256(arrival.octets).hexdigest(), correlation=arrival.correlation
    )


def _not_uploaded(arrival: Arrival) -> Problem:
    return Problem(
        element="lgsp-claim",
        expected=Text(
            "the digest of what your system uploaded in the last hours",
            "giá trị băm của nội dung mà hệ thống của đơn vị đã tải lên trong vài giờ qua",
        ),
        found=arrival.claim,
        cure=Text(
            f"PUT /documents/{arrival.claim}, and hand it in again", f"PUT /documents/{arrival.claim} rồi gửi lại"
        ),
    )


def _unexamined(arrival: Arrival) -> Problem:
    return Problem(
        expected=Text("a document that can be examined to its end", "văn bản kiểm tra được trọn vẹn"),
        cure=Text(
            f"tell the operator the correlation id {arrival.correlation}",
            f"báo cho đơn vị vận hành mã theo dõi {arrival.correlation}",
        ),
    )
