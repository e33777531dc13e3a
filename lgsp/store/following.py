"""The state machine at work: what a batch of outcomes makes of the deliveries it speaks of. No database here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lgsp.model.delivery import FOLLOWS, Outcome, Status
from lgsp.store.rows import history_row
from lgsp.store.tables import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from lgsp.model.agency import AgencyCode


class Standing(NamedTuple):
    """Where one delivery stands."""

    status: Status
    attempt: int
    reference: str
    #: When to try again; None unless it waits in the outbox.
    due: datetime | None = None
    #: How urgent it is.
    priority: int = 0


def followed(
    outcomes: Sequence[Outcome], standing: Mapping[tuple[str, AgencyCode], Standing], now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the lines of history, and the rows of the deliveries that changed in the order of their keys."""
    lines: list[dict[str, Any]] = []
    changed: dict[tuple[str, AgencyCode], Standing] = {}
    for outcome in outcomes:
        key = (outcome.dispatch_id, outcome.recipient)
        before = changed.get(key) or standing.get(key)
        if before is None or not _follows(before, outcome):
            continue
        changed[key] = after = _after(before, outcome, now)
        attempt, at = max(before.attempt, outcome.attempt), outcome.at or now
        lines.append(history_row(*key, outcome.status, attempt, outcome.detail, at, reference=after.reference))
    return lines, [_row(key, after, written(now)) for key, after in sorted(changed.items())]


def put_out_again(
    stands: Mapping[tuple[str, AgencyCode], Standing], said: str, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the same for deliveries that an operator lets go once more: the next attempt, whatever ended the last."""
    after = {
        key: Standing(Status.ACCEPTED, before.attempt + 1, before.reference, now, before.priority)
        for key, before in sorted(stands.items())
    }
    lines = [
        history_row(*key, Status.ACCEPTED, stands[key].attempt, said, now, reference=one.reference)
        for key, one in after.items()
    ]
    return lines, [_row(key, one, written(now)) for key, one in after.items()]


def _follows(before: Standing, outcome: Outcome) -> bool:
    of_older_attempt = 0 < outcome.attempt < before.attempt
    if before.status is Status.WITHDRAWN and outcome.status is Status.ACCEPTED and outcome.attempt:
        return False  # only the ledger itself sends a recall after all; an attempt that failed has nothing to go on
    return not of_older_attempt and outcome.status in FOLLOWS[before.status]


def _after(before: Standing, outcome: Outcome, now: datetime) -> Standing:
    attempt = max(before.attempt, outcome.attempt)
    reference = outcome.handover.reference if outcome.handover else before.reference
    if outcome.status is Status.ACCEPTED:
        return Standing(outcome.status, attempt + 1, reference, outcome.due or now, before.priority)
    return Standing(outcome.status, attempt, reference, None, before.priority)


def _row(key: tuple[str, AgencyCode], after: Standing, changed: str) -> dict[str, Any]:
    return {
        "dispatch_id": key[0],
        "recipient": key[1],
        "status": after.status,
        "attempt": after.attempt,
        "reference": after.reference,
        "changed": changed,
        "due": written(after.due) if after.due else None,
        "priority": after.priority,
    }
