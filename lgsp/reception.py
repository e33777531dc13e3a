"""The line in front of walk 1: several callers hand in at the same time, one commit serves them all."""

from __future__ import annotations

import queue
import threading
import time
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
#: How long a batch waits for those who came together last time: less than a commit takes.
_GATHER_SECONDS: Final = 0.003


class Reception:
    """Gathers what several callers hand in at the same time, so that one commit serves them all.

    While one batch commits, the next one gathers by itself. Clients that wait for their answers come again soon after
    them, and a batch that began with the first of these would commit for it alone: as many as came together last time
    are waited for, for a few milliseconds. What looks urgent goes to the head of the line, and finds room in it a
    while longer.
    """

    def __init__(self, intake: Intake, *, batch_limit: int = 100, waiting_limit: int = 2000) -> None:
        """Start the thread that empties the waiting line."""
        self._intake = intake
        self._batch_limit = batch_limit
        self._room = {Lane.ORDINARY: waiting_limit, Lane.URGENT: waiting_limit + max(waiting_limit // 10, 1)}
        self._numbers = count()
        #: How many came together last time.
        self._together = 1
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
            batch = self._batch()
            ended = batch[-1] is None
            # Who gave up while waiting is left out: nothing of it is kept, and its future takes no answer any more.
            self._answer([entry for entry in batch if entry is not None and entry[1].set_running_or_notify_cancel()])

    def _batch(self) -> list[tuple[Arrival, Future[Answer]] | None]:
        batch = [self._waiting.get()[-1]]
        until = time.monotonic() + _GATHER_SECONDS
        while len(batch) < self._batch_limit and batch[-1] is not None:
            left = until - time.monotonic() if len(batch) < self._together else 0
            try:
                batch.append(self._waiting.get(block=left > 0, timeout=max(left, 0))[-1])
            except queue.Empty:
                break
        self._together = len(batch)
        return batch

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
