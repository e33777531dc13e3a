"""The line in front of walk 1: several callers hand in at the same time, one commit serves them all."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from itertools import count
from typing import TYPE_CHECKING, Final

from lgsp import telemetry
from lgsp.model.errors import Overloaded, Unavailable
from lgsp.model.lane import Lane
from lgsp.stages.glance import glance

if TYPE_CHECKING:
    from lgsp.intake import Answer, Intake
    from lgsp.model.envelope import Arrival

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
