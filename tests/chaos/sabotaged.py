"""Runs `lgsp` with one mistake in it and a crash that shows it: `python -m tests.chaos.sabotaged MISTAKE relay …`.

Each mistake does two things in the wrong order, which nobody notices until the process dies between them. A checker
that stays silent here would stay silent about a real one.
"""

from __future__ import annotations

import sys
import threading
from itertools import count
from typing import TYPE_CHECKING, Final

from lgsp.cli import app
from lgsp.courier import Courier
from lgsp.intake import Intake
from lgsp.model.delivery import Dispatch, Refusal
from lgsp.relay import Relay
from tests.chaos.mined import die

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lgsp.model.delivery import Receipt
    from lgsp.model.envelope import Arrival
    from tests.services.bus import Walk

#: Dies in every so many batches, so that some documents pass.
_EVERY: Final = 2
_batches = count(1)


def _now_and_then() -> None:
    if next(_batches) % _EVERY == 0:
        die()


def answer_before_the_commit(self: Intake, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
    """Give receipts first and write the ledger a little later."""
    examined = self.examine(arrivals)
    dispatches = [outcome for outcome in examined if isinstance(outcome, Dispatch)]

    def write_later() -> None:
        _now_and_then()
        self.ledger.accept(dispatches)

    threading.Timer(0.2, write_later).start()
    return [outcome.receipt if isinstance(outcome, Dispatch) else outcome for outcome in examined]


def record_before_publishing(self: Relay) -> int:
    """Say that parcels are in their queues, then put them there."""
    parcels = self.outbox.claim(self.batch_limit, self.lease_seconds)
    if parcels:
        self.ledger.record([self._outcome(parcel) for parcel in parcels])
        _now_and_then()
        self.transport.publish(parcels)
    return len(parcels)


def acknowledge_before_handing_over(self: Courier, wait_seconds: float = 1) -> int:
    """Take parcels out of the queue, then hand them over."""
    parcels = self.consumer.receive(self.batch_limit, wait_seconds)
    if parcels:
        self.consumer.acknowledge(parcels)
        _now_and_then()
        self.ledger.record([self._attempt(parcel, parcel.octets) for parcel in parcels])
    return len(parcels)


MISTAKES: Final[Mapping[str, tuple[Walk, type, str, Callable[..., object]]]] = {
    "answer-before-the-commit": ("intake", Intake, "accept", answer_before_the_commit),
    "record-before-publishing": ("relay", Relay, "forward", record_before_publishing),
    "acknowledge-before-handing-over": ("courier", Courier, "round", acknowledge_before_handing_over),
}

if __name__ == "__main__":
    _, owner, method, wrong = MISTAKES[sys.argv[1]]
    setattr(owner, method, wrong)
    sys.argv[:] = ["lgsp", *sys.argv[2:]]
    app()
