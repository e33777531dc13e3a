"""One run: a province, its agencies' systems, the bus as processes, and weather."""

from __future__ import annotations

import queue
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DBAPIError

from lgsp.model.agency import AgencyCode
from tests.chaos import papers as writing
from tests.chaos.faults.killing import KILLED
from tests.chaos.ledger import LedgerBook
from tests.chaos.mined import PLACES
from tests.chaos.papers import AWAY, BY_AMQP, BY_SOAP, MAILBOXES, REFUSING
from tests.chaos.people import AmqpSender, Flow, Person, Reader, SoapSender, settling
from tests.chaos.reckoning import Books
from tests.chaos.told import Told
from tests.chaos.weather import Weather
from tests.services.bus import WALKS
from tests.services.callers import AmqpCaller, SoapCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.chaos.reckoning import Paper
    from tests.chaos.scene import Scene
    from tests.province import Province
    from tests.services.bus import Walk

    Holdings = Callable[[], Mapping[str, Sequence[tuple[str, str]]]]

_CONNECTIONS_PER_SENDER: Final = 3
_DELIVERIES_ON_THE_WAY: Final = 160
_TELL_EVERY_SECONDS: Final = 10.0


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to happen, decided by the scene's random numbers."""

    documents: int
    #: Names of faults, each as often as it is to strike.
    faults: Sequence[str] = ()
    #: Whether processes also die at chosen places: one after the other, each time they are started.
    mines: bool = False
    #: Which processes there are.
    walks: Sequence[Walk] = KILLED
    #: Give up when nothing moved for so long; a loaded machine may stand still itself.
    patience_seconds: float = 150
    #: Gets a line now and then of how far it is.
    tell: Callable[[str], object] = lambda _: None


class Storm:
    """Runs a plan once."""

    def __init__(self, plan: Plan, scene: Scene, province: Province, brokers: Mapping[str, Sequence[str]]) -> None:
        """`brokers`: the broker's addresses for each agency that publishes there."""
        self.plan, self.scene, self._province, self._brokers = plan, scene, province, brokers
        self._flow = Flow(max(_DELIVERIES_ON_THE_WAY, plan.documents // 50))
        self._weather = Weather(scene, plan.faults)
        self.papers = writing.planned(plan.documents, scene.random)
        self._to_settle = sum(settling(paper) for paper in self.papers)
        self._to_read = sum(len({*MAILBOXES} & {*paper.recipients}) for paper in self.papers if not paper.bad)
        self._mines = {walk: list(PLACES.get(walk, ())) if plan.mines else [] for walk in plan.walks}
        self._mine_of: dict[Walk, str] = {}
        self._told_before: dict[Walk, int] = {}
        self._readers = {code: Reader(self._flow, self._caller(code)) for code in MAILBOXES}
        self._moved = (time.monotonic(), (0, 0, 0, 0))
        self._told_at = time.monotonic()

    def run(self, holdings: Holdings) -> Told:
        """Send all, let the weather blow, wait until nothing moves, and close the books.

        `holdings` returns what the recipients hold that are not mailboxes.
        """
        begun = time.monotonic()
        ledger = LedgerBook(self._province, self.scene.postgres)
        people: list[Person] = [*self._senders(), *self._readers.values()]
        try:
            for walk in WALKS:
                self._start(walk)
            self.scene.bus.wait()
            self._revive()  # nobody waits for the others
            for person in people:
                person.start()
            quiet = self._watch(ledger, people)
            self._weather.settle()
            self._flow.ended.set()
            for person in people:
                person.join(30)
            seconds = time.monotonic() - begun
            log, faults = ledger.evidence(self._revive)
            books = self._books(ledger, holdings())
        finally:
            self._flow.ended.set()
            self.scene.bus.stop()
            ledger.close()
        trouble = [f"{type(p).__name__}: {p.trouble!r}" for p in people if p.trouble]
        assert not trouble, trouble
        return Told(books=books, faults=self._weather.struck, audit=faults, log=log, seconds=seconds, quiet=quiet)

    def _watch(self, ledger: LedgerBook, people: Sequence[Person]) -> bool:
        """Let the weather blow until all is settled, or nothing moves any more."""
        while time.monotonic() - self._moved[0] < self.plan.patience_seconds:
            looked = time.monotonic()
            with suppress(DBAPIError):  # while PostgreSQL is down it stands as it stood
                self._flow.settled = ledger.settled()
            if self._at_rest():
                return True
            if any(person.trouble for person in people):
                return False
            self._weather.blow(self._flow.settled / self._to_settle)
            self._flow.held = self._weather.late or self._mine_not_ready()
            self._revive()
            time.sleep(min(max(0.03, 3 * (time.monotonic() - looked)), 1))
        return False

    def _at_rest(self) -> bool:
        read = sum(len(reader.stored) for reader in self._readers.values())
        stands = (self._flow.settled, read, self._flow.answered, self._weather.struck.total())
        if stands != self._moved[1]:
            self._moved = (time.monotonic(), stands)
        if time.monotonic() - self._told_at > _TELL_EVERY_SECONDS:
            self._told_at = time.monotonic()
            self.plan.tell(f"answered {stands[2]}/{len(self.papers)}, settled {stands[0]}, faults {stands[3]}")
        whole = (self._to_settle, self._to_read, len(self.papers))
        return stands[:3] == whole and self._weather.calm

    def _revive(self) -> None:
        """Start what has ended, unless a fault holds it down."""
        for walk in self.plan.walks:
            if walk not in self.scene.down and not self.scene.bus.lives(walk):
                if place := self._mine_of.pop(walk, ""):
                    self._weather.struck[f"kill {walk}: {place}"] += 1
                self._start(walk)

    def _mine_not_ready(self) -> bool:
        """Tell whether a walk with a mine is on its way up: senders wait, or another takes what should step on it."""
        return any(self.scene.bus.starts_told(walk) == self._told_before[walk] for walk in self._mine_of)

    def _start(self, walk: Walk) -> None:
        """Start a walk: as a fault wants it, else with its next mine if there is one."""
        bus = self.scene.bus
        if walk in self.scene.programs:
            bus.programs[walk] = self.scene.programs[walk]
        elif self._mines[walk]:
            self._mine_of[walk] = place = self._mines[walk].pop(0)
            bus.programs[walk] = (sys.executable, "-m", "tests.chaos.mined", place, "1")
        else:
            bus.programs.pop(walk, None)
        self._told_before[walk] = bus.starts_told(walk)
        bus.start(walk)

    def _senders(self) -> list[Person]:
        write = partial(writing.write, province=self._province)
        people: list[Person] = []
        for code in BY_SOAP:
            pile: queue.SimpleQueue[Paper] = queue.SimpleQueue()
            for paper in self.papers:
                if paper.sender == code:
                    pile.put(paper)
            people += [SoapSender(self._flow, pile, self._caller(code), write) for _ in range(_CONNECTIONS_PER_SENDER)]
        for code in BY_AMQP:
            mine = [paper for paper in self.papers if paper.sender == code]
            people.append(AmqpSender(self._flow, mine, partial(self._connected, code), write))
        return people

    def _connected(self, code: str, sender: AmqpSender) -> AmqpCaller:
        return AmqpCaller(self._brokers[code], code, sender.heard)

    def _caller(self, code: str) -> SoapCaller:
        return SoapCaller(self.scene.bus.port, *self._province.secrets[AgencyCode(code)])

    def _books(self, ledger: LedgerBook, holdings: Mapping[str, Sequence[tuple[str, str]]]) -> Books:
        held = {code: list(reader.stored.items()) for code, reader in self._readers.items()}
        return Books(
            papers=self.papers,
            dispatches=ledger.dispatches(),
            deliveries=ledger.deliveries(),
            holdings={**held, **holdings},
            refusing={REFUSING},
            away={AWAY},
        )
