"""A province whose agencies have certificates from an infrastructure on loopback, and documents that wait for news."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt, Refusal
from lgsp.model.envelope import Admission, Arrival
from lgsp.running import Loops
from tests.province import Province, an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lgsp.assembly import Assembly
    from lgsp.store.views import Trace
    from tests.services.pki import PKI

COMMITTEE: Final = AgencyCode("000.00.00.H03")
DEPARTMENT: Final = AgencyCode("000.00.11.H03")
_ANCHOR: Final = """
[[trust.anchors]]
name = "CA của tỉnh"
certificates = ["{keys}/root.crt"]
agencies = ["{agencies}"]
freshness = "{freshness}"
max_age_seconds = 8640000
{more}
[revocation]
refresh_seconds = 0.05
timeout_seconds = 0.5
size_limit_bytes = 100000
first_pause_seconds = 0.05
longest_pause_seconds = 0.2
{rules}
"""
HOLD: Final = '[[trust.admission]]\nverdict = "indeterminate"\noutcome = "hold"\n'


def a_province(
    pki: PKI,
    folder: Path,
    *,
    freshness: str = "hard",
    agencies: str = "*",
    rules: str = HOLD,
    more: str = "",
    transport: str = "embedded:",
    incoming: Path | None = None,
) -> Province:
    """Return a province whose agencies have certificates from `pki`; `incoming` is a folder of the department's."""
    keys = folder / "keys"
    keys.mkdir()
    (keys / "root.crt").write_text(_pem(pki, "root"))
    for code, name in ((COMMITTEE, "committee"), (DEPARTMENT, "department")):
        made = pki.made(name)
        (keys / f"{code}.key").write_bytes(made.key)
        (keys / f"{code}.crt").write_bytes(made.certificate)
    config = _ANCHOR.format(keys=keys, freshness=freshness, agencies=agencies, rules=rules, more=more)
    department = an_agency(DEPARTMENT, "folder", incoming=str(incoming)) if incoming else an_agency(DEPARTMENT)
    both = [an_agency(COMMITTEE), department]
    return make_province(folder / "bus", both, keys=keys, more=config, transport=transport)


def _pem(pki: PKI, name: str) -> str:
    return pki._made[name].decode()


def handed_in(bus: Assembly, octets: bytes, caller: AgencyCode = COMMITTEE, door: str = "soap") -> Receipt | Refusal:
    arrival = Arrival(octets=octets, caller=caller, door=door, correlation="c", arrived=datetime.now(UTC))
    (answer,) = bus.intake.accept([arrival])
    return answer


def refused(bus: Assembly, octets: bytes) -> str:
    answer = handed_in(bus, octets)
    assert isinstance(answer, Refusal), answer
    return answer.error.say("vi") + answer.error.say("en")


def accepted(bus: Assembly, octets: bytes, caller: AgencyCode = COMMITTEE, door: str = "soap") -> Receipt:
    answer = handed_in(bus, octets, caller, door)
    assert isinstance(answer, Receipt), answer
    return answer


def held(bus: Assembly, octets: bytes, door: str = "soap") -> Receipt:
    receipt = accepted(bus, octets, door=door)
    assert receipt.admission is Admission.HOLD
    assert bus.relay.forward() == 0
    return receipt


def way(bus: Assembly, dispatch_id: str) -> Trace:
    (trace,) = bus.views.trace(dispatch_id)
    return trace


def keep_house(bus: Assembly) -> None:
    """Let every broom of trust do its work once."""
    brooms = {duty.name: duty.broom for duty in bus.upkeep}
    brooms["revocation"].sweep()
    bus.known.sweep()
    brooms["judging"].sweep()


@contextmanager
def running(bus: Assembly) -> Iterator[None]:
    """Keep the brooms, the relay and the couriers, as `lgsp serve` does."""
    loops = Loops()
    loops.keep("known", bus.known.sweep, pause_seconds=0.05)
    for duty in bus.upkeep:
        loops.keep(duty.name, duty.broom.sweep, pause_seconds=0.05)
    loops.keep("relay", bus.relay.forward, pause_seconds=0.05)
    fleet = bus.couriers(loops)
    loops.keep("fleet", fleet.adjust, pause_seconds=0.2)
    try:
        yield
    finally:
        loops.stopping.set()
        fleet.close()
        loops.close()


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def kept_until(bus: Assembly, true: Callable[[], bool]) -> None:
    """Keep house until it has come about."""

    def kept() -> bool:
        keep_house(bus)
        return true()

    until(kept)
