"""What couriers of a process record at the same time is one commit, and one courier's trouble stays its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Outcome, Status
from lgsp.model.errors import StoreUnavailable
from lgsp.shared import SharedLedger
from tests.dispatches import RECIPIENT, a_dispatch, parcels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lgsp.transport import Parcel


class Slow:
    """A ledger whose first commit takes until it is let go."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Event(), threading.Event()
        self.commits: list[list[str]] = []
        self.bad: dict[str, Exception] = {}

    def settled(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        return {(parcel.dispatch_id, parcel.recipient) for parcel in parcels}

    def record(self, outcomes: Sequence[Outcome]) -> None:
        self.began.set()
        assert self.may_end.wait(10)
        if (error := next((self.bad[o.dispatch_id] for o in outcomes if o.dispatch_id in self.bad), None)) is not None:
            raise error
        self.commits.append([outcome.dispatch_id for outcome in outcomes])


def recorded(ledger: Slow, names: Sequence[str]) -> dict[str, Exception | None]:
    """Let one courier record something, and all others come while it does; return what became of each."""
    shared, ends = SharedLedger(ledger), dict[str, Exception | None]()

    def one(name: str) -> Callable[[], None]:
        def record() -> None:
            try:
                shared.record([Outcome(dispatch_id=name, recipient=RECIPIENT, status=Status.DELIVERED)])
            except Exception as error:  # noqa: BLE001 - it is looked at
                ends[name] = error
            else:
                ends[name] = None

        return record

    threads = [threading.Thread(target=one(name)) for name in names]
    threads[0].start()
    assert ledger.began.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(shared._record._waiting) < len(names) - 1:
        pass
    ledger.may_end.set()
    for thread in threads:
        thread.join(10)
    return ends


def test_what_comes_while_one_commits_is_the_next_commit() -> None:
    ledger = Slow()
    assert recorded(ledger, "abcd") == dict.fromkeys("abcd")
    first, second = ledger.commits
    assert (first, sorted(second)) == (["a"], ["b", "c", "d"])


def test_what_cannot_be_kept_keeps_nobody_else_from_it() -> None:
    ledger = Slow()
    ledger.bad = {"c": ValueError("c")}
    ends = recorded(ledger, "abcd")
    assert {name: str(error) for name, error in ends.items() if error} == {"c": "c"}
    assert sorted(map(tuple, ledger.commits)) == [("a",), ("b",), ("d",)]


def test_when_the_store_is_away_everybody_hears_it() -> None:
    ledger = Slow()
    ledger.bad = {"b": StoreUnavailable()}
    ends = recorded(ledger, "abcd")
    assert {name for name, error in ends.items() if isinstance(error, StoreUnavailable)} == set("bcd")
    assert ledger.commits == [["a"]]


def test_nothing_to_record_asks_nobody() -> None:
    SharedLedger(Slow()).record([])


@pytest.mark.parametrize("count", [1, 5])
def test_what_is_settled_is_told(count: int) -> None:
    parcels = parcels_of(a_dispatch(recipients=[AgencyCode(f"H03.{n}") for n in range(count)]))
    assert SharedLedger(Slow()).settled(parcels) == {(p.dispatch_id, p.recipient) for p in parcels}
