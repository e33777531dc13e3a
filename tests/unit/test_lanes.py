"""Each system has a courier for each lane, and the urgent one waits for nobody."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lgsp.couriers import Couriers
from lgsp.fleet import Fleet
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Handover
from lgsp.model.envelope import Arrival
from lgsp.model.lane import Lane
from lgsp.running import Loops
from tests.builders import a_document
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

    from lgsp.model.delivery import Delivery
    from lgsp.sdk import Agency
    from tests.province import Province

COMMITTEE = AgencyCode("000.00.00.H03")
SLOW = AgencyCode("000.00.11.H03")
MAILBOX = AgencyCode("000.00.12.H03")


class SlowSystem:
    """Takes a while for each document."""

    def __init__(self) -> None:
        self.got: list[int] = []

    def deliver(self, delivery: Delivery) -> Handover:
        time.sleep(0.3)
        self.got.append(delivery.envelope.priority)
        return Handover()

    def close(self) -> None:
        """Nothing is open."""


def _province(folder: Path) -> Province:
    incoming = folder / "in"
    incoming.mkdir()
    return make_province(
        folder / "bus", [an_agency(COMMITTEE), an_agency(SLOW, "folder", incoming=str(incoming)), an_agency(MAILBOX)]
    )


def test_there_is_a_courier_for_each_system_and_lane(tmp_path: Path) -> None:
    with closing(_province(tmp_path).assembly()) as bus:
        couriers = Couriers(
            directory=bus.directory,
            transport=bus.transport,
            ledger=bus.ledger,
            make_adapter=bus.adapter,
            breakers=bus.breakers,
        )
        names = sorted(wanted.name for wanted in couriers.wanted().values())
    systems = (f"courier {SLOW}", "courier mailboxes")
    assert names == sorted(f"{system}, {lane}" for system in systems for lane in Lane)


def test_what_is_urgent_does_not_wait_for_a_slow_system_to_take_the_ordinary(tmp_path: Path) -> None:
    province = _province(tmp_path)
    systems: list[SlowSystem] = []

    def make(_: Agency) -> SlowSystem:
        systems.append(SlowSystem())
        return systems[-1]

    with closing(province.assembly()) as bus:
        couriers = Couriers(
            directory=bus.directory,
            transport=bus.transport,
            ledger=bus.ledger,
            make_adapter=make,
            breakers=bus.breakers,
            only=[SLOW],
        )
        loops = Loops()
        fleet = Fleet(wanted=couriers.wanted, loops=loops, pause_seconds=0.05)
        arrivals = [_arrival(province, number, priority=0) for number in range(20)]
        bus.intake.accept(arrivals)
        while bus.relay.forward():
            pass
        fleet.adjust()
        while not any(system.got for system in systems):
            threading.Event().wait(0.01)
        begun = time.monotonic()
        bus.intake.accept([_arrival(province, 99, priority=2)])
        bus.relay.forward()
        while not any(2 in system.got for system in systems):
            assert time.monotonic() - begun < 2
            threading.Event().wait(0.01)
        assert sum(len(system.got) for system in systems) < 15
        fleet.close()
        loops.close()


def _arrival(province: Province, number: int, priority: int) -> Arrival:
    octets = province.signed(a_document(recipients=[SLOW], number=str(number), priority=priority), COMMITTEE)
    return Arrival(octets=octets, caller=COMMITTEE, door="test", correlation=f"c{number}", arrived=datetime.now(UTC))
