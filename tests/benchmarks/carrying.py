"""The whole way, measured: from the exchange `lgsp.intake`, or the SOAP door, until every delivery is recorded."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import defaultdict
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import psycopg

from lgsp.model.agency import AgencyCode
from tests.benchmarks.cpu import Memory, Meter
from tests.benchmarks.figure import CLIENTS, Delay, Figure
from tests.benchmarks.papers import SENDERS, sender_of
from tests.services.callers import AmqpCaller, SoapCaller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tests.benchmarks.ground import Ground
    from tests.benchmarks.ways import Way
    from tests.province import Province

    #: Hears how many documents are done.
    Progress = Callable[[int], None]

_SOAP_CONNECTIONS: Final = 16
_QUIET_SECONDS: Final = 60
#: Between two looks at how far it is: a look costs the database too.
_LEAST_SECONDS: Final = 0.1
_MOST_SECONDS: Final = 3.0
#: How many documents are published between two confirms, and how many more than were delivered, at most.
_AT_ONCE: Final = 200
_AHEAD: Final = 10_000
#: Of the measured throughput: how fast documents come while delays are measured, and how often some are sent.
_HALF: Final = 0.5
_TICK_SECONDS: Final = 0.01
_DELAYS: Final = """
SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM changed - accepted))
FROM delivery JOIN dispatch ON dispatch.id = dispatch_id WHERE accepted >= %s
"""
_TABLES: Final = """
SELECT sum(pg_total_relation_size(oid)) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


class Carrying:
    """One way, running; measured in portions of documents, each once."""

    def __init__(self, ground: Ground, way: Way, brokers: Mapping[str, str], papers: Sequence[bytes]) -> None:
        """`papers`: the documents; number `n` is of `sender_of(n)`. `brokers`: where each sender connects."""
        self._ground, self._way, self._papers = ground, way, papers
        self._brokers = {code: url + way.place.name for code, url in brokers.items()}
        self._store = psycopg.connect(way.place.store, autocommit=True)
        self._delivered = 0
        #: Of what was uploaded: the digest to claim it by.
        self._claims: dict[int, str] = {}
        servers = {"PostgreSQL": [ground.postgres.pid], "RabbitMQ": [ground.broker.pid]}
        #: All processes that a document costs, by name.
        self.pids: dict[str, list[int]] = {**way.pids, **servers}

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def warm(self, numbers: range) -> None:
        """Carry some documents that do not count: connections, plans and keys are not what is measured.

        The database is not told to look at what its tables hold: of tables as small as these it would learn to read
        them whole, and the plans it makes then stay for a minute, until it looks again by itself.
        """
        self._carry(numbers, lambda _: None, self.send)

    def measured(self, numbers: range, done: Progress, *, by_soap: bool = False) -> Figure:
        """Carry these documents as fast as it goes."""
        send = self.call if by_soap else self.send
        before = self._disk()
        meter = Meter({**self.pids, CLIENTS: [os.getpid()]})
        with Memory(self.pids) as memory:
            begun = datetime.now(UTC)
            self._carry(numbers, done, send)
            seconds = (self._last() - begun).total_seconds()
            self._settle()
            cpu = meter.read()
        disk = {name: (size - before[name]) / len(numbers) for name, size in self._disk().items()}
        what = f"{self._way.what}, SOAP" if by_soap else self._way.what
        return Figure(what=what, documents=len(numbers), seconds=seconds, cpu=cpu, memory=memory.peaks, disk=disk)

    def delayed(self, figure: Figure, numbers: range, done: Progress) -> Figure:
        """Carry these documents at half the throughput that was measured; return the figure with delays added."""
        rate = figure.rate * _HALF
        begun = datetime.now(UTC)
        self._carry(numbers, done, lambda some: self.send_evenly(some, rate))
        row = self._store.execute(_DELAYS, [begun]).fetchone()
        assert row
        half, nearly_all = row[0]
        return replace(figure, delay=Delay(rate=rate, documents=len(numbers), half=half, nearly_all=nearly_all))

    def send(self, numbers: range) -> None:
        """Publish documents as fast as the broker takes them, and not too far ahead of what was delivered."""
        before = self._delivered
        with ExitStack() as stack:
            callers = self._callers(stack)
            for at in range(0, len(numbers), _AT_ONCE):
                while at - (self._delivered - before) // 2 > _AHEAD:
                    time.sleep(_TICK_SECONDS)
                for number in numbers[at : at + _AT_ONCE]:
                    self._publish(callers[sender_of(number)], number)
                for caller in callers.values():
                    caller.flush()

    def upload(self, numbers: range) -> None:
        """Hand documents over beforehand: from now on they are sent by their digests."""
        province, port = self._door()
        for code, mine in _by_sender(numbers).items():
            with closing(SoapCaller(port, *province.secrets[AgencyCode(code)])) as caller:
                self._claims |= {number: caller.upload(self._papers[number]) for number in mine}

    def call(self, numbers: range) -> None:
        """Hand documents in by SOAP: some clients with kept-alive connections, each waiting for its receipt."""
        clients = []
        for code, mine in _by_sender(numbers).items():
            pile: queue.SimpleQueue[int] = queue.SimpleQueue()
            for number in mine:
                pile.put(number)
            count = _SOAP_CONNECTIONS // len(SENDERS)
            clients += [threading.Thread(target=self._work_off, args=(code, pile)) for _ in range(count)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def send_evenly(self, numbers: range, rate: float) -> None:
        """Publish documents at a rate, whatever becomes of them: senders in a province do not wait for one another."""
        with ExitStack() as stack:
            callers = self._callers(stack)
            begun, left = time.monotonic(), numbers
            while left:
                due = max(0, round((time.monotonic() - begun) * rate) - (len(numbers) - len(left)))
                for number in left[:due]:
                    self._publish(callers[sender_of(number)], number)
                for caller in callers.values():
                    caller.flush()
                left = left[due:]
                time.sleep(_TICK_SECONDS)

    def _callers(self, stack: ExitStack) -> dict[str, AmqpCaller]:
        callers = {code: AmqpCaller(url, code, lambda *_: None) for code, url in self._brokers.items()}
        for caller in callers.values():
            stack.enter_context(closing(caller))
        return callers

    def _work_off(self, code: str, pile: queue.SimpleQueue[int]) -> None:
        province, port = self._door()
        with closing(SoapCaller(port, *province.secrets[AgencyCode(code)])) as caller:
            while not pile.empty():
                try:
                    caller.send(self._papers[pile.get_nowait()])
                except queue.Empty:
                    return

    def _door(self) -> tuple[Province, int]:
        province = self._way.province
        assert province is not None
        return province, int(province.assembly().settings.http.bind.rpartition(":")[2])

    def _publish(self, caller: AmqpCaller, number: int) -> None:
        claim = self._claims.get(number)
        caller.publish(str(number), b"" if claim else self._papers[number], claim)

    def _carry(self, numbers: range, done: Progress, send: Callable[[range], None]) -> None:
        sending = threading.Thread(target=send, args=(numbers,), name="sending")
        sending.start()
        self.wait_for(len(numbers), done)
        sending.join()

    def wait_for(self, documents: int, done: Progress) -> None:
        """Return once so many more documents are delivered to both recipients."""
        first, wanted = self._delivered, self._delivered + 2 * documents
        begun = moved = time.monotonic()
        while self._delivered < wanted:
            before, self._delivered = self._delivered, self._count()
            if self._delivered > before:
                done((self._delivered - before) // 2)
                moved = time.monotonic()
            assert time.monotonic() - moved < _QUIET_SECONDS, f"{wanted - self._delivered} deliveries do not arrive"
            speed = max(1.0, (self._delivered - first) / (time.monotonic() - begun))
            time.sleep(min(_MOST_SECONDS, max(_LEAST_SECONDS, (wanted - self._delivered) / speed / 2)))

    def _count(self) -> int:
        return int(self._asked("SELECT count(*) FROM delivery WHERE status = 'delivered'"))

    def _last(self) -> datetime:
        last = self._asked("SELECT max(changed) FROM delivery")
        assert isinstance(last, datetime)
        return last

    def _settle(self) -> None:
        """Return once the evidence log has taken in what it was told: that is a document's work too."""
        until = time.monotonic() + _QUIET_SECONDS
        while self._way.province and self._asked("SELECT EXISTS (SELECT FROM entry)"):
            assert time.monotonic() < until, "the evidence log does not take in what it was told"
            time.sleep(_LEAST_SECONDS)

    def _disk(self) -> dict[str, int]:
        return {
            "tables and indexes": int(self._asked(_TABLES)),
            "write-ahead log": int(self._asked("SELECT pg_current_wal_lsn() - '0/0'")),
            "large documents apart": _size(self._ground.blobs(self._way.place)),
            "RabbitMQ": _size(self._ground.broker.data),
        }

    def _asked(self, question: str) -> Any:
        row = self._store.execute(question.encode()).fetchone()
        assert row
        return row[0]


def _by_sender(numbers: range) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        found[sender_of(number)].append(number)
    return found


def _size(folder: Path) -> int:
    """Return the bytes of all files below a folder, also while some come and go."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += path.stat().st_size if path.is_file() else 0
    return size
