"""Runs `lgsp` with one mistake in it: `python -m tests.chaos.sabotaged MISTAKE FOLDER relay …`.

The process also dies where the mistake shows; in FOLDER it counts how often. Most mistakes do two things in the wrong
order, which nobody notices until the process dies between them. A checker that stays silent here would stay silent
about a real one.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from lgsp.amqp import AmqpDoor
from lgsp.cli import app
from lgsp.courier import Courier
from lgsp.intake import Intake
from lgsp.model.delivery import Dispatch, Refusal
from lgsp.relay import Relay
from lgsp.store import Ledger
from lgsp.transport.amqp import Amqp
from tests.chaos.mined import die

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lgsp.model.delivery import Outcome, Receipt
    from lgsp.model.envelope import Arrival
    from lgsp.transport import Parcel
    from tests.services.bus import Walk

#: Dies in the second batch of its life, and only so often: the rest of the documents pass.
_FATAL_BATCH, _DEATHS = 2, 2
_LATER_SECONDS: Final = 0.2
_batches = count(1)


def _now_and_then() -> None:
    graves = Path(sys.argv[2])
    if next(_batches) == _FATAL_BATCH and len(list(graves.iterdir())) < _DEATHS:
        (graves / str(os.getpid())).touch()
        die()


def answer_before_the_commit(self: Intake, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
    """Give receipts first and write the ledger a little later."""
    examined = self.examine(arrivals)
    dispatches = [outcome for outcome in examined if isinstance(outcome, Dispatch)]

    def write_later() -> None:
        _now_and_then()
        self.ledger.accept(dispatches)

    threading.Timer(_LATER_SECONDS, write_later).start()
    return [outcome.receipt if isinstance(outcome, Dispatch) else outcome for outcome in examined]


def acknowledge_before_the_commit(self: AmqpDoor, wait_seconds: float = 1.0) -> int:
    """Take documents out of the intake queue, then take them in."""
    if not self._in_hand:
        self._in_hand = self._line.receive(self._batch_limit, wait_seconds)
        if self._in_hand:
            self._line.acknowledge(self._in_hand[-1])
            _now_and_then_later()
    return _step(self, wait_seconds)


def _now_and_then_later() -> None:
    threading.Event().wait(_LATER_SECONDS)  # the acknowledgement is on its way
    _now_and_then()


def answer_a_duplicate_anew(
    self: Ledger, dispatches: Sequence[Dispatch], refusals: Sequence[tuple[Arrival, Refusal]] = ()
) -> list[Receipt | Refusal]:
    """Keep the first receipt, and give another."""
    _accept(self, dispatches, refusals)
    if dispatches:
        _now_and_then()
    return [dispatch.receipt for dispatch in dispatches]


def record_before_publishing(self: Relay) -> int:
    """Say that parcels are in their queues, then put them there."""
    parcels = self.outbox.claim(self.batch_limit, self.lease_seconds)
    if parcels:
        self.ledger.record([self._outcome(parcel) for parcel in parcels])
        _now_and_then()
        self.transport.publish(parcels)
    return len(parcels)


def publish_without_confirms(self: Amqp, parcels: Sequence[Parcel]) -> None:
    """Believe that what is written into a buffer is in its queue."""

    def flush() -> None:
        _now_and_then()
        _publish(self, parcels)

    threading.Timer(_LATER_SECONDS, flush).start()


def acknowledge_before_handing_over(self: Courier, wait_seconds: float = 1) -> int:
    """Take parcels out of the queue, then hand them over."""
    parcels = self.consumer.receive(self.batch_limit, wait_seconds)
    if parcels:
        self.consumer.acknowledge(parcels)
        _now_and_then_later()
        self.ledger.record(self._attempts(parcels))
    return len(parcels)


def acknowledge_before_recording(self: Courier, wait_seconds: float = 1) -> int:
    """Hand parcels over, take them out of the queue, then write down what became of them."""
    parcels = self.consumer.receive(self.batch_limit, wait_seconds)
    if parcels:
        outcomes = self._attempts(parcels)
        self.consumer.acknowledge(parcels)
        _now_and_then_later()
        self.ledger.record(outcomes)
    return len(parcels)


def write_documents_anew(self: Courier, parcel: Parcel, octets: bytes) -> Outcome:
    """Hand over what means the same and is not the same."""
    return _attempt(self, parcel, octets + b"\n")


_step, _accept, _publish, _attempt = AmqpDoor.step, Ledger.accept, Amqp.publish, Courier._attempt


class Mistake(NamedTuple):
    """What is wrong, and where."""

    walk: Walk
    owner: type
    method: str
    wrong: Callable[..., Any]
    #: Words of the sentence by which the checker must find it.
    shows: str


MISTAKES: Final[Mapping[str, Mistake]] = {
    "answer-before-the-commit": Mistake(
        "intake", Intake, "accept", answer_before_the_commit, "the ledger has no document"
    ),
    "acknowledge-before-the-commit": Mistake(
        "intake", AmqpDoor, "step", acknowledge_before_the_commit, "no receipt after"
    ),
    "answer-a-duplicate-anew": Mistake(
        "intake", Ledger, "accept", answer_a_duplicate_anew, "the ledger has no document"
    ),
    "record-before-publishing": Mistake("relay", Relay, "forward", record_before_publishing, "not where it should be"),
    "publish-without-confirms": Mistake("relay", Amqp, "publish", publish_without_confirms, "not where it should be"),
    "acknowledge-before-handing-over": Mistake(
        "courier", Courier, "round", acknowledge_before_handing_over, "not where it should be"
    ),
    "acknowledge-before-recording": Mistake(
        "courier", Courier, "round", acknowledge_before_recording, "not where it should be"
    ),
    "write-documents-anew": Mistake("courier", Courier, "_attempt", write_documents_anew, "other octets"),
}

if __name__ == "__main__":
    mistake = MISTAKES[sys.argv[1]]
    setattr(mistake.owner, mistake.method, mistake.wrong)
    app(sys.argv[3:], prog_name="lgsp")
