"""Driving what is planned through the three walks of a real bus, at the time of the plan."""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Final

from lgsp.courier import Courier
from lgsp.model.delivery import Refusal, Status
from lgsp.model.envelope import Arrival
from lgsp.simulate.events import Answer, Letter
from lgsp.simulate.folder import Keys
from lgsp.simulate.writing import written
from signing import EDXML_RULES, MESSAGE_RULES, sign_enveloped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from lgsp.model.agency import AgencyCode
    from lgsp.model.delivery import Outcome
    from lgsp.reports.reckoner import Reckoner
    from lgsp.simulate.events import Planned
    from lgsp.simulate.folder import Imagined
    from lgsp.simulate.plan import Plan
    from lgsp.store import Ledger
    from lgsp.transport import Parcel

#: One batch of intake holds what comes in so long, or longer where little comes, and no more than so many. What a
#: recipient takes is dated by the end of the batch that says so.
_WINDOW: Final = timedelta(minutes=10)
_LONGEST: Final = timedelta(hours=2)
_BATCH: Final = 100


@dataclass(slots=True, kw_only=True)
class Done:
    """What was done."""

    documents: int = 0
    statuses: int = 0
    messages: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    deliveries: int = 0
    #: Of all unsigned octets, in order: the same for the same scale and seed.
    digest: str = ""
    #: Of this process and of those that sign.
    cpu_seconds: float = 0.0
    seconds: float = 0.0


class _Imagining:
    """The ledger as couriers see it: what they tell of happened a little after acceptance, not now."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self._ledger = ledger
        self._random = Random(f"{seed} deliveries")  # noqa: S311  # to be repeated, not to be secret
        self.accepted: dict[str, datetime] = {}

    def settled(self, parcels: Sequence[Parcel]) -> set[tuple[str, AgencyCode]]:
        self.accepted = {parcel.dispatch_id: parcel.accepted for parcel in parcels}
        return self._ledger.settled(parcels)

    def record(self, outcomes: Sequence[Outcome]) -> None:
        self._ledger.record([self._dated(one) for one in outcomes])

    def _dated(self, outcome: Outcome) -> Outcome:
        seconds = self._random.lognormvariate(0.6, 1.1) if outcome.status is Status.DELIVERED else 0.5
        return replace(outcome, at=self.accepted[outcome.dispatch_id] + timedelta(seconds=seconds))


def run(bus: Imagined, plan: Plan, folder: Path, told: Callable[[datetime, int], None]) -> Done:
    """Send everything that is planned; `told` hears how far it is."""
    done, digest, began = Done(), sha256(), (time.monotonic(), spent())
    codes = [body.code for body in plan.bodies]
    imagining = _Imagining(bus.ledger, plan.seed)
    adapters = {agency.code: bus.adapter(agency) for agency in bus.directory.agencies() if agency.code in set(codes)}
    consumer = bus.transport.consume(codes)
    courier = Courier(consumer=consumer, adapters=adapters, ledger=imagining)
    reckoner = bus.counting
    with ProcessPoolExecutor(max_workers=max(1, (os.cpu_count() or 2) - 1)) as pool:
        for batch in _signed(plan, folder / "keys", pool):
            for one in batch:
                digest.update(one.digest)
            bus.clock.now = batch[-1].planned.at
            answers = bus.intake.accept([arrival(one) for one in batch])
            _count(done, batch, answers)
            done.deliveries += _carried(bus, courier)
            _kept(bus, reckoner)
            told(batch[-1].planned.at, len(batch))
    courier.close()
    while bus.leaves.append(_BATCH * 10):
        pass
    reckoner.catch_up()
    done.digest, done.seconds, done.cpu_seconds = digest.hexdigest(), time.monotonic() - began[0], spent() - began[1]
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What is planned, as its sender's system hands it in."""

    planned: Planned
    octets: bytes
    #: Of the octets before they were signed.
    digest: bytes


def _signed(plan: Plan, keys: Path, pool: ProcessPoolExecutor) -> Iterator[list[Signed]]:
    """Yield batches in order; the next is signed while the one before is carried."""
    ahead = None
    window = min(_LONGEST, max(_WINDOW, timedelta(minutes=0.5 / plan.scale)))
    for batch in _batches(plan.events(), window):
        coming = pool.submit(signed, keys, batch)
        if ahead is not None:
            yield ahead.result()
        ahead = coming
    if ahead is not None:
        yield ahead.result()


def _batches(events: Iterable[Planned], window: timedelta) -> Iterator[list[Planned]]:
    """Yield batches; nobody answers in the batch that brings the document."""
    batch: list[Planned] = []
    brought: set[int] = set()
    for one in events:
        early = isinstance(one, Answer) and one.about.serial in brought
        if batch and (early or len(batch) == _BATCH or one.at - batch[0].at > window):
            yield batch
            batch, brought = [], set()
        batch.append(one)
        if isinstance(one, Letter):
            brought.add(one.serial)
    if batch:
        yield batch


_KEYS: dict[str, Keys] = {}


def signed(keys: Path, batch: Sequence[Planned]) -> list[Signed]:
    """Write and sign, in a process of its own: it holds the bodies' keys as their own systems would."""
    held = _KEYS.setdefault(str(keys), Keys(keys))
    found = []
    for one in batch:
        plain = written(one)
        octets = plain
        if not isinstance(one, Letter) or one.signed:
            rules = EDXML_RULES if isinstance(one, (Letter, Answer)) else MESSAGE_RULES
            octets = sign_enveloped(plain, held.of(one.sender.code), rules)
        if isinstance(one, Letter) and one.spoilt:
            octets = octets.replace("của".encode(), b"cua").replace(b"<edXML:PageAmount>2", b"<edXML:PageAmount>3")
        found.append(Signed(planned=one, octets=octets, digest=sha256(plain).digest()))
    return found


def arrival(one: Signed) -> Arrival:
    """Return what is handed in by its sender."""
    return Arrival(
        octets=one.octets,
        caller=one.planned.sender.code,
        door="simulate",
        correlation=one.digest.hex()[:32],
        arrived=one.planned.at,
    )


def _carried(bus: Imagined, courier: Courier) -> int:
    """Let relay and couriers carry what waits; return how many deliveries that was."""
    carried = 0
    while bus.relay.forward():
        pass
    while taken := courier.round(0):
        carried += taken
    return carried


def _kept(bus: Imagined, reckoner: Reckoner) -> None:
    """Keep the evidence log and the figures, as upkeep does beside a bus."""
    while bus.leaves.append(_BATCH * 10) == _BATCH * 10:
        pass
    reckoner.sweep()


def _count(done: Done, batch: Sequence[Signed], answers: Sequence[object]) -> None:
    for one, answer in zip(batch, answers, strict=True):
        if isinstance(answer, Refusal):
            done.refused[answer.error.code] += 1
        elif isinstance(one.planned, Letter):
            done.documents += 1
        elif isinstance(one.planned, Answer):
            done.statuses += 1
        else:
            done.messages += 1


def spent() -> float:
    """Return the CPU seconds of this process and of those below it that have ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
