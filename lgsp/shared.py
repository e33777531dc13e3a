"""The line in front of the ledger: what several threads ask of it at the same time is done once, for all of them."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from lgsp.model.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lgsp.courier import Ledger
    from lgsp.model.agency import AgencyCode
    from lgsp.model.delivery import Outcome
    from lgsp.transport import Parcel

Given = TypeVar("Given")
Result = TypeVar("Result")


class SharedLedger:
    """The ledger as the couriers of a process share it: one question and one commit serve all that wait.

    Nobody waits for a batch to fill: while one commits, the next gathers by itself. Each system has a courier of its
    own, and on a province's day each has a document or two at a time; a commit for each would cost as much as for all.
    """

    def __init__(self, ledger: Ledger) -> None:
        """Ask and write into `ledger`."""
        self._settled = _Shared(ledger.settled)
        self._record = _Shared(ledger.record)

    def settled(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        """Return the (dispatch_id, recipient) of those whose outcome is known already, and of others perhaps."""
        return self._settled(parcels)

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Keep what became of these attempts, in one commit. What cannot be kept is nobody else's loss."""
        if outcomes:
            self._record(outcomes)


class _Wish(NamedTuple, Generic[Given, Result]):
    """What one thread asks for, and its answer."""

    things: Sequence[Given]
    answer: Future[Result]


class _Shared(Generic[Given, Result]):
    """Work on several things, which is as good for those of several threads together."""

    def __init__(self, work: Callable[[Sequence[Given]], Result]) -> None:
        self._work = work
        self._turn = threading.Lock()
        self._gathering = threading.Lock()
        self._waiting: list[_Wish[Given, Result]] = []

    def __call__(self, things: Sequence[Given]) -> Result:
        mine: _Wish[Given, Result] = _Wish(things, Future())
        with self._gathering:
            self._waiting.append(mine)
        with self._turn:
            if not mine.answer.done():
                self._serve(self._gathered())
        return mine.answer.result()

    def _gathered(self) -> list[_Wish[Given, Result]]:
        with self._gathering:
            wishes, self._waiting = self._waiting, []
        return wishes

    def _serve(self, wishes: Sequence[_Wish[Given, Result]]) -> None:
        try:
            result = self._work([thing for wish in wishes for thing in wish.things])
        except Exception as error:  # noqa: BLE001 - raised where it was asked for
            if isinstance(error, Unavailable) or len(wishes) == 1:
                for wish in wishes:
                    wish.answer.set_exception(error)
            else:  # what is wrong with one is not the others' fault
                for wish in wishes:
                    self._serve([wish])
        else:
            for wish in wishes:
                wish.answer.set_result(result)
