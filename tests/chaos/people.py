"""Agencies' systems under fire: they keep their own records, and call again until they are answered."""

from __future__ import annotations

import hashlib
import queue
import random
import re
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pika.exceptions import AMQPError

from adapters.simulators.ministry_rest import MinistryRest, octets
from tests.chaos.papers import AWAY
from tests.services.callers import AmqpCaller, NoAnswer, Refused, SoapCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.responses import Response

    from tests.chaos.reckoning import Paper

    #: Sees to it that a document is written and signed.
    Write = Callable[[Paper], None]

_DISPATCH: Final = re.compile(rb"<DispatchId>([0-9a-f]+)</DispatchId>")


class Flow:
    """Keeps senders from running far ahead, so that there is something in every part of the bus at every moment."""

    def __init__(self, window: int, *, forgets: bool = True) -> None:
        """`forgets`: nobody asks for the octets of a document any more once it is answered."""
        self.window = window
        self._forgets = forgets
        #: Deliveries settled so far; told by whoever watches the ledger.
        self.settled = 0
        #: Nobody begins anything while this is so.
        self.held = False
        #: Documents answered so far.
        self.answered = 0
        self._begun = 0
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def enter(self, paper: Paper) -> bool:
        """Take a turn if there is one now."""
        with self._lock:
            if self.held or self._begun - self.settled >= self.window:
                return False
            self._begun += settling(paper)
            return True

    def leave(self, paper: Paper) -> None:
        """Be done with a document: it is answered."""
        with self._lock:
            self.answered += 1
        if self._forgets:
            paper.octets = b""


def settling(paper: Paper) -> int:
    """Return how many deliveries of a document will be settled: none of a bad one, none to who is away."""
    return 0 if paper.bad else len(set(paper.recipients) - {AWAY})


def _as_it_is(_paper: Paper) -> None:
    """Write nothing: it is written already."""


class Person(threading.Thread):
    """Somebody who works until the end, and whose failure is not silent."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(daemon=True)
        self.flow = flow
        self.trouble: Exception | None = None

    def run(self) -> None:
        try:
            self.work()
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            self.trouble = error

    def work(self) -> None:
        raise NotImplementedError


class SoapSender(Person):
    """Hands in one document after the other; several share one pile."""

    def __init__(
        self, flow: Flow, pile: queue.SimpleQueue[Paper], caller: SoapCaller, write: Write = _as_it_is
    ) -> None:
        super().__init__(flow)
        self._pile, self._write, self._caller = pile, write, caller
        self._random = random.Random()  # when exactly it calls again, no seed decides

    def work(self) -> None:
        try:
            with suppress(queue.Empty):
                while self._may_begin(paper := self._pile.get_nowait()):
                    self._send(paper)
        finally:
            self._caller.close()

    def _may_begin(self, paper: Paper) -> bool:
        while not self.flow.enter(paper):
            if self.flow.ended.wait(0.01):
                return False
        return True

    def _send(self, paper: Paper) -> None:
        self._write(paper)
        while not self.flow.ended.is_set():
            paper.tries += 1
            try:
                answer = self._caller.send(paper.octets)
            except NoAnswer:
                self.flow.ended.wait(self._random.uniform(0.02, 0.3))
            except Refused as refused:
                paper.refusals.append(str(refused))
                self.flow.leave(paper)
                return
            else:
                paper.receipts.append((answer.dispatch_id, hashlib.sha256(answer.receipt).digest()))
                self.flow.leave(paper)
                return


class AmqpSender(Person):
    """Publishes a few ahead, and publishes again what the broker did not confirm. What it did must be answered."""

    def __init__(
        self,
        flow: Flow,
        papers: Sequence[Paper],
        connect: Callable[[AmqpSender], AmqpCaller],
        write: Write = _as_it_is,
    ) -> None:
        super().__init__(flow)
        self._write = write
        self._pile = list(reversed(papers))
        self._by_name = {paper.name: paper for paper in papers}
        self._open: set[str] = set()
        #: Published, and not known to be safe.
        self._unsafe: set[str] = set()
        self._connect = connect

    def heard(self, name: str, kind: str, octets: bytes) -> None:
        """Keep an answer."""
        paper = self._by_name[name]
        found = _DISPATCH.search(octets)
        if kind == "receipt" and found:
            paper.receipts.append((found[1].decode(), hashlib.sha256(octets).digest()))
        else:
            paper.refusals.append(octets.decode())
        if name in self._open:
            self._open.discard(name)
            self.flow.leave(paper)

    def work(self) -> None:
        caller: AmqpCaller | None = None
        while (self._pile or self._open) and not self.flow.ended.is_set():
            try:
                caller = caller or self._connect(self)
                self._round(caller)
            except (AMQPError, OSError):
                if caller is not None:
                    caller.close()
                caller = None
                self.flow.ended.wait(0.3)
        if caller is not None:
            caller.close()

    def _round(self, caller: AmqpCaller) -> None:
        for name in self._unsafe & self._open:
            self._publish(caller, self._by_name[name])
        if self._pile and len(self._open) < 20 and self.flow.enter(self._pile[-1]):
            self._publish(caller, self._pile.pop())
        caller.listen(0.005)
        self._unsafe.clear()

    def _publish(self, caller: AmqpCaller, paper: Paper) -> None:
        self._open.add(paper.name)
        self._unsafe.add(paper.name)
        self._write(paper)
        paper.tries += 1
        caller.publish(paper.name, paper.octets)


class Reader(Person):
    """An agency that fetches its mailbox, stores each document by its dispatch id, and then says so."""

    def __init__(self, flow: Flow, caller: SoapCaller) -> None:
        super().__init__(flow)
        self._caller = caller
        self.stored: dict[str, str] = {}

    def work(self) -> None:
        while not self.flow.ended.is_set():
            try:
                if not self._round():
                    self.flow.ended.wait(0.1)
            except NoAnswer:
                self.flow.ended.wait(0.2)
        self._caller.close()

    def _round(self) -> int:
        waiting = self._caller.received(50)
        for dispatch_id in waiting:
            if dispatch_id not in self.stored:
                self.stored[dispatch_id] = hashlib.sha256(self._caller.document(dispatch_id)).hexdigest()
            self._caller.confirm(dispatch_id)
        return len(waiting)


class Ministry(MinistryRest):
    """A ministry's system that keeps digests only, and finds them at once, however many there are."""

    def __init__(self) -> None:
        super().__init__()
        #: In the order of storing: dispatch id and SHA-256 of the octets.
        self.stored: list[tuple[str, str]] = []
        self._known: set[str] = set()

    def find(self, transaction: str) -> list[dict[str, Any]]:
        """Return something when a document is here."""
        return [{}] if transaction in self._known else []

    def _take(self, wanted: dict[str, Any], reference: str) -> Response:
        answer = super()._take(wanted, reference)
        record = self.records.pop()
        self.statuses.clear()
        self._known.add(record["maGiaoDich"])
        self.stored.append((record["maGiaoDich"], hashlib.sha256(octets(record)).hexdigest()))
        return answer
