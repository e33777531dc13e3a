"""A province at work: agencies that send and read at a steady pace, and keep their own records."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import queue
import threading
import time
from itertools import count, cycle, pairwise
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import text

from lgsp.model.agency import AgencyCode
from tests.builders import a_document
from tests.chaos.people import AmqpSender, Flow, Person, Reader, SoapSender
from tests.chaos.reckoning import SETTLED, Books, Kept, Paper
from tests.services.callers import AmqpCaller, Answer, NoAnswer, Refused, SoapCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.province import Province

BY_SOAP: Final = "000.00.01.H03"
BY_AMQP: Final = "000.00.03.H03"
MAILBOXES: Final = ("000.00.11.H03", "000.00.12.H03")
FOLDER: Final = "000.00.21.H03"
_A_SECOND: Final = 15
_AT_MOST_BY_AMQP: Final = 600


class Steady(Flow):
    """Gives turns at a steady pace, until it is closed."""

    def __init__(self, a_second: float) -> None:
        super().__init__(window=100, forgets=False)
        self._pause, self._next, self._turn = 1 / a_second, 0.0, threading.Lock()
        self.closed = False

    def enter(self, paper: Paper) -> bool:
        """Take a turn if there is one now."""
        with self._turn:
            now = time.monotonic()
            if self.closed or now < self._next or not super().enter(paper):
                return False
            self._next = max(now, self._next + self._pause)
            return True


class Doors(SoapCaller):
    """Calls one of several doors; the next one when it does not answer, as through a balancer."""

    def __init__(self, ports: Sequence[int], system_id: str, secret: str, heard: list[float]) -> None:
        super().__init__(ports[0], system_id, secret)
        self._ports, self._heard = cycle(ports), heard
        next(self._ports)

    def send(self, octets: bytes) -> Answer:
        """Hand in a document, and note when it was answered."""
        answer = super().send(octets)
        self._heard.append(time.monotonic())
        return answer

    def _call(self, operation: str, inside: str) -> Any:
        try:
            return super()._call(operation, inside)
        except NoAnswer:
            self._connection.close()  # it is open still when the answer was that there is none yet
            self._connection = http.client.HTTPConnection("127.0.0.1", next(self._ports), timeout=20)
            raise


class Stranger(Person):
    """Somebody whose calls are refused, and who comes again."""

    def __init__(self, flow: Flow, caller: SoapCaller) -> None:
        super().__init__(flow)
        self._caller = caller
        self.refused = 0

    def work(self) -> None:
        while not self.flow.ended.wait(0.2):
            with contextlib.suppress(NoAnswer):
                try:
                    self._caller.send(b"<letter/>")
                except Refused:
                    self.refused += 1
                else:
                    raise AssertionError("a letter that is no edXML got a receipt")


class Load:
    """Runs it, and closes the books."""

    def __init__(
        self, province: Province, engine: Engine, ports: Sequence[int], *, incoming: Path, broker: str = ""
    ) -> None:
        """`incoming` is the folder agency's; `broker` the address of the agency that publishes, if there is one."""
        self._province, self.engine, self._ports, self._incoming = province, engine, ports, incoming
        self._flow, self._numbers = Steady(_A_SECOND), count()
        self._callers: list[Doors] = []
        self.papers: list[Paper] = []
        #: When each SOAP call that handed in a document was answered.
        self.heard: list[float] = []
        self.readers = {code: Reader(self._flow, self._caller(code)) for code in MAILBOXES}
        self._people: list[Person] = [SoapSender(self._flow, self, self._caller(BY_SOAP)) for _ in range(2)]  # type: ignore[arg-type]
        if broker:
            papers = [self._paper(BY_AMQP) for _ in range(_AT_MOST_BY_AMQP)]
            self._people.append(AmqpSender(self._flow, papers, lambda one: AmqpCaller(broker, BY_AMQP, one.heard)))
        self.stranger = Stranger(self._flow, self._caller(BY_SOAP))
        self._people += [*self.readers.values(), self.stranger]

    def get_nowait(self) -> Paper:
        """Give the next document to a sender by SOAP: the pile has no end while the flow is open."""
        if self._flow.closed:
            raise queue.Empty
        return self._paper(BY_SOAP)

    def start(self) -> None:
        """Let them work."""
        for person in self._people:
            person.start()

    def moves(self, *, seconds: float = 60) -> bool:
        """Wait until more is accepted and more is settled than now, by as much as only a bus that works does."""
        answered, settled = self._answered(), self._settled()
        return self.until(lambda: self._answered() >= answered + 10 and self._settled() >= settled + 20, seconds)

    def rest(self, *, seconds: float = 60) -> bool:
        """Let nobody begin anything, and wait until all is settled and read."""
        self._flow.closed = True
        quiet = self.until(self._still, seconds)
        self.end()
        return quiet

    def end(self) -> None:
        """Let everybody go home."""
        self._flow.closed = True
        self._flow.ended.set()
        for person in self._people:
            if person.is_alive():
                person.join(30)
        for caller in self._callers:
            caller.close()
        trouble = [repr(person.trouble) for person in self._people if person.trouble]
        assert not trouble, trouble

    def books(self) -> Books:
        """Return all records."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT id, sender, digest, octets, receipt FROM dispatch")).all()
            stands = connection.execute(text("SELECT dispatch_id, recipient, status FROM delivery")).all()
        held = {code: list(reader.stored.items()) for code, reader in self.readers.items()}
        files = [file for file in self._incoming.iterdir() if not file.name.startswith(".")]
        held[FOLDER] = [(f.name.partition("-")[0], hashlib.sha256(f.read_bytes()).hexdigest()) for f in files]
        return Books(
            papers=[paper for paper in self.papers if paper.tries],
            dispatches={
                row.id: Kept(
                    sender=row.sender,
                    digest=row.digest,
                    octets_digest=hashlib.sha256(row.octets).hexdigest(),
                    receipt=hashlib.sha256(row.receipt).digest(),
                )
                for row in rows
            },
            deliveries={(row.dispatch_id, row.recipient): row.status for row in stands},
            holdings=held,
        )

    def longest_wait(self, begin: float, end: float) -> float:
        """Return how long no document was answered, at most, between two moments."""
        moments = [begin, *(moment for moment in sorted(self.heard) if begin < moment < end), end]
        return max(later - earlier for earlier, later in pairwise(moments))

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def until(self, fulfilled: Callable[[], bool], seconds: float) -> bool:
        """Wait for something; tell whether it came."""
        until = time.monotonic() + seconds
        while not fulfilled():
            if time.monotonic() > until or any(person.trouble for person in self._people):
                return False
            time.sleep(0.05)
        return True

    def _still(self) -> bool:
        begun = [paper for paper in self.papers if paper.tries]
        expected = sum(len(paper.recipients) for paper in begun)
        return self._answered() == len(begun) and self._settled() == expected and self._is_read()

    def _is_read(self) -> bool:
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT dispatch_id, recipient FROM delivery")).all()
        return all(row.dispatch_id in self.readers[row.recipient].stored for row in rows if row.recipient in MAILBOXES)

    def _answered(self) -> int:
        return sum(1 for paper in self.papers if paper.receipts or paper.refusals)

    def _settled(self) -> int:
        with self.engine.connect() as connection:
            counted = connection.execute(text("SELECT status, count(*) FROM delivery GROUP BY status")).all()
        self._flow.settled = sum(number for status, number in counted if status in SETTLED)
        return self._flow.settled

    def _caller(self, code: str) -> Doors:
        self._callers.append(Doors(self._ports, *self._province.secrets[AgencyCode(code)], self.heard))
        return self._callers[-1]

    def _paper(self, sender: str) -> Paper:
        number = next(self._numbers)
        recipients = ((*MAILBOXES, FOLDER)[number % 3], (*MAILBOXES, FOLDER)[(number + 1) % 3])
        document = a_document(sender=sender, recipients=recipients, number=str(number), priority=number % 3)
        octets = self._province.signed(document, AgencyCode(sender))
        paper = Paper(
            name=f"document {number}",
            octets=octets,
            digest=hashlib.sha256(octets).hexdigest(),
            sender=sender,
            recipients=recipients,
        )
        self.papers.append(paper)
        return paper
