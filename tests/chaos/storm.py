"""One run: a province, its agencies' systems, the bus as processes, and somebody who kills them."""

from __future__ import annotations

import hashlib
import queue
import random
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from lgsp.evidence.audit import audit
from lgsp.model.agency import AgencyCode
from lgsp.store import open_engine
from lgsp.store.books import open_books
from lgsp.store.tables import delivery, dispatch, entry, head, leaf
from tests.builders import a_document
from tests.chaos.mined import BY_WALK
from tests.chaos.people import AmqpSender, Flow, Person, Reader, SoapSender
from tests.chaos.reckoning import SETTLED, Books, Kept, Paper
from tests.services.bus import WALKS
from tests.services.callers import AmqpCaller, SoapCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Engine, Table

    from tests.province import Province
    from tests.services.bus import Bus, Walk

BY_SOAP: Final = ("000.00.01.H03", "000.00.02.H03")
BY_AMQP: Final = ("000.00.03.H03",)
MAILBOXES: Final = ("000.00.11.H03", "000.00.12.H03")
FOLDER: Final = "000.00.21.H03"
MINISTRY: Final = "000.00.00.G22"
RECIPIENTS: Final = (*MAILBOXES, FOLDER, MINISTRY)

CONFIGURATION: Final = """
[evidence]
head_every_seconds = 1

[delivery]
lease_seconds = 2
first_pause_seconds = 0.2
longest_pause_seconds = 1
"""
#: What runs, and is killed.
KEPT: Final[tuple[Walk, ...]] = (*WALKS, "upkeep")
_CONNECTIONS_PER_SENDER: Final = 3
_NOTARY_SECONDS: Final = 30
_DELIVERIES_ON_THE_WAY: Final = 160


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to happen, decided by the seed."""

    documents: int
    seed: int
    #: How often each process is killed from outside.
    kills: int = 0
    #: Whether processes also die at chosen places.
    mines: bool = False
    #: Give up when nothing moved for so long.
    patience_seconds: float = 20


@dataclass(slots=True, kw_only=True)
class Told:
    """What happened."""

    books: Books
    faults: list[str] = field(default_factory=list)
    #: What the audit of evidence finds when all is over, a sentence each.
    audit: list[str]
    #: How many leaves and heads the log has.
    log: tuple[int, int]
    seconds: float
    #: Whether everything came to rest.
    quiet: bool

    def lines(self, problems: Sequence[str]) -> Iterator[str]:
        """Yield a report for people."""
        papers, deliveries = self.books.papers, self.books.deliveries
        again = sum(paper.tries - 1 for paper in papers)
        yield f"documents     {len(papers)} sent, {again} calls repeated, {len(deliveries)} deliveries"
        yield f"faults        {len(self.faults)} x SIGKILL: {_counted(self.faults)}"
        yield f"ledger        {len(self.books.dispatches)} documents; deliveries {_counted(list(deliveries.values()))}"
        holdings = {recipient: len(holding) for recipient, holding in self.books.holdings.items()}
        yield f"recipients    {', '.join(f'{recipient} {n}' for recipient, n in holdings.items())}"
        yield f"evidence      {self.log[0]} leaves, {self.log[1]} heads; {len(self.audit)} faults {self.audit[:3]}"
        yield f"time          {self.seconds:.1f} s"
        yield f"verdict       {'nothing lost, nothing doubled, nothing changed' if not problems else 'WRONG'}"
        yield from (f"  {problem}" for problem in problems[:20])


class Storm:
    """Runs a plan once."""

    def __init__(self, plan: Plan, province: Province, bus: Bus, brokers: Mapping[str, str]) -> None:
        """`brokers`: the broker's address for each agency that publishes there."""
        self.plan, self.bus, self._province, self._brokers = plan, bus, province, brokers
        self._random = random.Random(plan.seed)
        self._flow = Flow(_DELIVERIES_ON_THE_WAY)
        self.faults: list[str] = []
        self.papers = [self._paper(n) for n in range(plan.documents)]
        self._deliveries = sum(len(paper.recipients) for paper in self.papers)
        self._mines = {walk: list(BY_WALK.get(walk, ())) if plan.mines else [] for walk in KEPT}
        self._sabotage = dict(bus.programs)
        self._due: dict[Walk, list[float]] = {
            walk: sorted(self._random.uniform(0.03, 0.95) for _ in range(plan.kills)) for walk in KEPT
        }

    def run(self, holdings: Callable[[], Mapping[str, Sequence[tuple[str, str]]]]) -> Told:
        """Send all, kill as planned, wait until nothing moves, and close the books.

        `holdings` returns what the recipients hold that are not mailboxes.
        """
        begun = time.monotonic()
        engine = open_engine(self._province.assembly().settings.store.url)
        readers = {code: Reader(self._flow, self._caller(code)) for code in MAILBOXES}
        people: list[Person] = [*self._senders(), *readers.values()]
        try:
            for walk in WALKS:
                self._start(walk)
            self.bus.wait()
            self._start("upkeep")  # nobody waits for it
            for person in people:
                person.start()
            quiet = self._watch(engine, people, readers)
            self._flow.ended.set()
            for person in people:
                person.join(30)
            seconds = time.monotonic() - begun
            held = {code: list(reader.stored.items()) for code, reader in readers.items()}
            books = self._books(engine, {**held, **holdings()})
            log, faults = self._evidence(engine)
        finally:
            self._flow.ended.set()
            self.bus.stop()
            engine.dispose()
        trouble = [f"{type(p).__name__}: {p.trouble!r}" for p in people if p.trouble]
        assert not trouble, trouble
        return Told(books=books, faults=self.faults, audit=faults, log=log, seconds=seconds, quiet=quiet)

    def _evidence(self, engine: Engine) -> tuple[tuple[int, int], list[str]]:
        """Wait until the notary has made a leaf of every entry, and audit the log and all that it speaks of."""
        until = time.monotonic() + _NOTARY_SECONDS
        while _count(engine, entry) and time.monotonic() < until:
            if not self.bus.lives("upkeep"):
                self._start("upkeep")
            time.sleep(0.2)
        assembly = self._province.assembly()
        certificate = assembly.keys.current().certificate
        assembly.close()
        with open_books(engine) as books:
            found = [
                f"{finding.table} {finding.row}: {finding.fault} {finding.detail}"
                for finding in audit(books, lambda one, _: one == certificate)
            ]
        waiting = _count(engine, entry)
        sizes = _count(engine, leaf), _count(engine, head)
        return sizes, [*found, *([f"{waiting} entries are no leaves yet"] if waiting else [])]

    def _watch(self, engine: Engine, people: Sequence[Person], readers: Mapping[str, Reader]) -> bool:
        """Kill as planned and start again, until all is settled or nothing moves."""
        moved, last = time.monotonic(), (0, 0)
        while time.monotonic() - moved < self.plan.patience_seconds:
            stands = _stands(engine)
            self._flow.settled = sum(stands.get(status, 0) for status in SETTLED)
            answered = sum(1 for paper in self.papers if paper.receipts or paper.refusals)
            read = sum(len(reader.stored) for reader in readers.values())
            if (self._flow.settled + read, answered) != last:
                moved, last = time.monotonic(), (self._flow.settled + read, answered)
            expected = sum(1 for paper in self.papers for code in paper.recipients if code in MAILBOXES)
            if answered == len(self.papers) and self._flow.settled == self._deliveries and read == expected:
                return True
            if any(person.trouble for person in people):
                return False
            self._kill_and_revive()
            time.sleep(0.03)
        return False

    def _kill_and_revive(self) -> None:
        share = self._flow.settled / self._deliveries
        for walk in KEPT:
            due = self._due[walk]
            if not self.bus.lives(walk):
                self.faults.append(f"{walk} by itself")
                self._start(walk)
            elif due and share >= due[0] and walk not in self.bus.programs:
                due.pop(0)
                self.bus.kill(walk)
                self.faults.append(f"{walk}")
                time.sleep(self._random.uniform(0, 0.2))
                self._start(walk)

    def _start(self, walk: Walk) -> None:
        """Start a walk, with its next mine if there is one."""
        programs = dict(self._sabotage)
        if self._mines[walk]:
            place, times = self._mines[walk].pop(0), self._random.randint(2, 6)
            programs[walk] = (sys.executable, "-m", "tests.chaos.mined", place, str(times))
        elif walk in self.bus.programs and walk not in self._sabotage:
            self.bus.programs = {w: p for w, p in self.bus.programs.items() if w != walk}
        self.bus.programs = {**self.bus.programs, **programs}
        self.bus.start(walk)

    def _senders(self) -> list[Person]:
        people: list[Person] = []
        for code in BY_SOAP:
            pile: queue.SimpleQueue[Paper] = queue.SimpleQueue()
            for paper in self.papers:
                if paper.sender == code:
                    pile.put(paper)
            people += [
                SoapSender(self._flow, pile, self._caller(code), self._random.randrange(1000))
                for _ in range(_CONNECTIONS_PER_SENDER)
            ]
        people += [
            AmqpSender(
                self._flow,
                [paper for paper in self.papers if paper.sender == code],
                lambda sender, code=code: AmqpCaller(self._brokers[code], code, sender.heard),  # type: ignore[misc]
            )
            for code in BY_AMQP
        ]
        return people

    def _caller(self, code: str) -> SoapCaller:
        return SoapCaller(self.bus.port, *self._province.secrets[AgencyCode(code)])

    def _paper(self, n: int) -> Paper:
        sender = (*BY_SOAP, *BY_AMQP)[n % 3]
        recipients = tuple(self._random.sample(RECIPIENTS, self._random.randint(1, 3)))
        octets = self._province.signed(
            a_document(sender=sender, recipients=recipients, number=str(n), priority=n % 3), AgencyCode(sender)
        )
        return Paper(
            name=f"document {n}",
            octets=octets,
            digest=hashlib.sha256(octets).hexdigest(),
            sender=sender,
            recipients=recipients,
        )

    def _books(self, engine: Engine, holdings: Mapping[str, Sequence[tuple[str, str]]]) -> Books:
        with engine.connect() as connection:
            dispatches = {
                row.id: Kept(
                    sender=row.sender,
                    digest=row.digest,
                    octets_digest=hashlib.sha256(row.octets).hexdigest(),
                    receipt=row.receipt,
                )
                for row in connection.execute(select(dispatch))
            }
            deliveries = {(row.dispatch_id, row.recipient): row.status for row in connection.execute(select(delivery))}
        return Books(papers=self.papers, dispatches=dispatches, deliveries=deliveries, holdings=holdings)


def files_in(folder: Path) -> list[tuple[str, str]]:
    """Return what a folder holds, as an agency's own system reads it: dispatch id and SHA-256."""
    files = [file for file in folder.iterdir() if not file.name.startswith(".")]
    return [(file.name.partition("-")[0], hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]


def _stands(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(select(delivery.c.status, func.count().label("count_")).group_by(delivery.c.status))
        return {row.status: row.count_ for row in rows}


def _count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _counted(words: Sequence[str]) -> str:
    return ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words)))
