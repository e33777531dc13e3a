"""Walk 3, courier: from the queues to the agencies' systems."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.blobs.opening import Opened
from lgsp.model.delivery import Delivery, Outcome, Status
from lgsp.model.errors import ContentUnavailable, LgspError, Rejected, Unavailable
from lgsp.stages.envelope import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lgsp.blobs import Blobs
    from lgsp.breaker import Breaker
    from lgsp.model.agency import AgencyCode
    from lgsp.sdk import Adapter
    from lgsp.transport import Consumer, Parcel


#: A round tries no further parcel after this: what a slow system took is recorded, so that a crash repeats little.
_LONG_SECONDS: Final = 3.0


class Ledger(Protocol):
    """The memory that this walk asks and writes into."""

    def settled(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        """Return the (dispatch_id, recipient) of those whose outcome is known already."""

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Keep what became of these attempts, in one commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the bus keeps trying."""

    attempts_limit: int = 20
    first_pause_seconds: float = 1
    longest_pause_seconds: float = 3600

    def turn(self, attempt: int) -> int:
        """Return which attempt this is of those that it has: what is put out again after the last has as many anew."""
        return (attempt - 1) % self.attempts_limit + 1

    def pause_after(self, attempt: int) -> timedelta:
        """Return the pause before the next attempt: doubled each time, spread by a fifth so that none come at once."""
        seconds = min(self.first_pause_seconds * 2.0 ** min(attempt - 1, 32), self.longest_pause_seconds)
        return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Hands parcels over for some agencies, with one consumer, in one thread."""

    consumer: Consumer
    adapters: Mapping[AgencyCode, Adapter]
    ledger: Ledger
    patience: Patience = field(default_factory=Patience)
    batch_limit: int = 100
    #: In how many seconds the bus means to deliver, by priority.
    targets: Mapping[int, float] = field(default_factory=dict)
    #: Of the one system that it hands over to; None where there is none that could be away.
    breaker: Breaker | None = None
    #: Where large documents lie.
    blobs: Blobs | None = None
    #: The time by which others will know when a delivery is due again.
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def round(self, wait_seconds: float = 1) -> int:
        """Hand over one batch and return how many parcels it held. Order: deliver, record, acknowledge.

        A crash between leads to a second delivery, which the adapter's idempotency absorbs. Raises Unavailable
        when store or queues are; then nothing is acknowledged and all comes again. What an open breaker does not let
        through, or a slow system leaves no time for, is not acknowledged either: it is the first of the next batch.
        """
        if self.breaker and (pause := self.breaker.rests()):
            time.sleep(min(pause, wait_seconds))
            return 0
        parcels = self.consumer.receive(self.batch_limit, wait_seconds)
        if not parcels:
            return 0
        settled = self.ledger.settled(parcels)
        going = [p for p in parcels if (p.dispatch_id, p.recipient) not in settled]
        outcomes = self._attempts(going)
        self.ledger.record(outcomes)
        spared = {parcel.mark for parcel in going[len(outcomes) :]}
        done = [parcel for parcel in parcels if parcel.mark not in spared]
        self.consumer.acknowledge(done)
        telemetry.measured(going[: len(outcomes)], outcomes, self.targets)
        if self.breaker and (is_open := self.breaker.keep()) is not None:
            telemetry.spared(self.breaker.agency, self.breaker.why, is_open=is_open)
        return len(done)

    def close(self) -> None:
        """Stop: close the consumer, then every adapter."""
        self.consumer.close()
        for adapter in self.adapters.values():
            adapter.close()

    def _attempts(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Try them in order, as long as the breaker lets them through and the round is not long."""
        outcomes: list[Outcome] = []
        large, until = Opened(self.blobs), time.monotonic() + _LONG_SECONDS
        for parcel in parcels:
            if outcomes and time.monotonic() > until:
                break
            try:
                octets = large.read(parcel.blob) if parcel.blob else parcel.octets
            except Unavailable as error:  # no fault of the system
                outcomes.append(self._unopened(parcel, error))
                continue
            if self.breaker and not self.breaker.lets():
                break
            outcomes.append(outcome := self._attempt(parcel, octets))
            if self.breaker and outcome.status in {Status.ACCEPTED, Status.FAILED}:
                self.breaker.failed(outcome.detail)
            elif self.breaker:
                self.breaker.answered()
        return outcomes

    def _unopened(self, parcel: Parcel, error: Unavailable) -> Outcome:
        if isinstance(error, ContentUnavailable):
            telemetry.not_as_stored(parcel, error)
        outcome = self._postponed(parcel, _both(error))
        telemetry.attempted(parcel, outcome)
        return outcome

    def _attempt(self, parcel: Parcel, octets: bytes) -> Outcome:
        try:
            handover = self.adapters[parcel.recipient].deliver(_delivery(parcel, octets))
        except Rejected as error:
            outcome = _outcome(parcel, Status.REFUSED, _both(error))
        except Unavailable as error:
            outcome = self._postponed(parcel, _both(error))
        except Exception as error:  # noqa: BLE001 - an adapter's mistake must not stop the others
            telemetry.unforeseen("deliver", parcel.correlation)
            outcome = self._postponed(parcel, _both(error) if isinstance(error, LgspError) else type(error).__name__)
        else:
            outcome = Outcome(
                dispatch_id=parcel.dispatch_id,
                recipient=parcel.recipient,
                status=Status.DELIVERED,
                attempt=parcel.attempt,
                detail=", ".join(f"{name}: {value}" for name, value in handover.facts.items()),
                handover=handover,
            )
        telemetry.attempted(parcel, outcome)
        return outcome

    def _postponed(self, parcel: Parcel, detail: str) -> Outcome:
        turn = self.patience.turn(parcel.attempt)
        if turn == self.patience.attempts_limit:
            return _outcome(parcel, Status.FAILED, detail)
        due = self.clock() + self.patience.pause_after(turn)
        return _outcome(parcel, Status.ACCEPTED, detail, due)


def _both(error: LgspError) -> str:
    """Return an error's words for the trace, for readers of either language."""
    return f"{error.say('vi')}\n{error.say('en')}"


def _outcome(parcel: Parcel, status: Status, detail: str, due: datetime | None = None) -> Outcome:
    return Outcome(
        dispatch_id=parcel.dispatch_id,
        recipient=parcel.recipient,
        status=status,
        attempt=parcel.attempt,
        detail=detail,
        due=due,
    )


def _delivery(parcel: Parcel, octets: bytes) -> Delivery:
    return Delivery(
        dispatch_id=parcel.dispatch_id,
        recipient=parcel.recipient,
        reading=partial(read, octets),
        correlation=parcel.correlation,
        accepted=parcel.accepted,
        attempt=parcel.attempt,
        admission=parcel.admission,
    )
