"""Agencies' systems under fire: they keep their own records, and call again until they are answered."""

from __future__ import annotations

import hashlib
import queue
import random
import re
import threading
import time
from typing import TYPE_CHECKING, Final

from pika.exceptions import AMQPError

from tests.services.callers import AmqpCaller, NoAnswer, Refused, SoapCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.chaos.reckoning import Paper

#: An AMQP sender hands a document in again when no answer came for so long.
_PATIENCE_SECONDS: Final = 5.0
_DISPATCH: Final = re.compile(rb"<DispatchId>([0-9a-f]+)</DispatchId>")


class Flow:
    """Keeps senders from running far ahead, so that there is something in every part of the bus at every moment."""

    def __init__(self, window: int) -> None:
        self.window = window
        #: Deliveries settled so far; told by whoever watches the ledger.
        self.settled = 0
        self._begun = 0
        self._lock = threading.Lock()
        self.ended = threading.Event()

    def enter(self, paper: Paper) -> bool:
        """Take a turn if there is one now."""
        with self._lock:
            if self._begun - self.settled >= self.window:
                return False
            self._begun += len(paper.recipients)
            return True


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

    def __init__(self, flow: Flow, pile: queue.SimpleQueue[Paper], caller: SoapCaller, seed: int) -> None:
        super().__init__(flow)
        self._pile, self._caller, self._random = pile, caller, random.Random(seed)

    def work(self) -> None:
        try:
            while True:
                paper = self._pile.get_nowait()
                while not self.flow.enter(paper):
                    if self.flow.ended.wait(0.01):
                        return
                self._send(paper)
        except queue.Empty:
            self._caller.close()

    def _send(self, paper: Paper) -> None:
        while not self.flow.ended.is_set():
            paper.tries += 1
            try:
                answer = self._caller.send(paper.octets)
            except NoAnswer:
                self.flow.ended.wait(self._random.uniform(0.02, 0.3))
            except Refused as refused:
                paper.refusals.append(str(refused))
                return
            else:
                paper.receipts.append((answer.dispatch_id, answer.receipt))
                return


class AmqpSender(Person):
    """Publishes a few ahead, and publishes again what is not answered."""

    def __init__(self, flow: Flow, papers: Sequence[Paper], connect: Callable[[AmqpSender], AmqpCaller]) -> None:
        super().__init__(flow)
        self._pile = list(reversed(papers))
        self._by_name = {paper.name: paper for paper in papers}
        self._open: dict[str, float] = {}
        self._connect = connect

    def heard(self, name: str, kind: str, octets: bytes) -> None:
        """Keep an answer."""
        paper = self._by_name[name]
        found = _DISPATCH.search(octets)
        if kind == "receipt" and found:
            paper.receipts.append((found[1].decode(), octets))
        else:
            paper.refusals.append(octets.decode())
        self._open.pop(name, None)

    def work(self) -> None:
        caller = self._connect(self)
        while (self._pile or self._open) and not self.flow.ended.is_set():
            try:
                self._round(caller)
            except AMQPError:
                caller.close()
                self.flow.ended.wait(0.3)
                caller = self._connect(self)
                self._open = dict.fromkeys(self._open, 0.0)
        caller.close()

    def _round(self, caller: AmqpCaller) -> None:
        if self._pile and len(self._open) < 20 and self.flow.enter(self._pile[-1]):
            self._publish(caller, self._pile.pop())
        for name in [name for name, since in self._open.items() if time.monotonic() - since > _PATIENCE_SECONDS]:
            self._publish(caller, self._by_name[name])
        caller.listen(0.005)

    def _publish(self, caller: AmqpCaller, paper: Paper) -> None:
        self._open[paper.name] = time.monotonic()
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
