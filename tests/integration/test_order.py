"""What one sender sends to a recipient that asks for order comes in that order; nobody else waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lgsp.model.agency import IN_ORDER, AgencyCode
from lgsp.model.delivery import Status
from lgsp.relay import Relay
from lgsp.store import Ledger, Outbox
from lgsp.transport import NotTaken
from lgsp.transport.amqp.link import unavailable
from tests.dispatches import OTHER, RECIPIENT, a_dispatch, an_outcome, parcels_of
from tests.province import an_agency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from lgsp.model.agency import Agency
    from lgsp.model.delivery import Dispatch
    from lgsp.transport import Parcel


class Line:
    """Queues in memory; those of some agencies are full."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.full: set[str] = set()

    def publish(self, parcels: Sequence[Parcel]) -> None:
        self.got += [(p.dispatch_id, p.recipient) for p in parcels if p.recipient not in self.full]
        if left := [p for p in parcels if p.recipient in self.full]:
            raise NotTaken(unavailable("full").problems[0], left)


class Known:
    """A directory in which one agency asks for order."""

    def find(self, code: AgencyCode) -> Agency | None:
        return an_agency(code, "folder", **({IN_ORDER: True} if code == RECIPIENT else {}))


@pytest.fixture
def line() -> Line:
    return Line()


def relay_of(store: Engine, line: Line) -> Relay:
    return Relay(outbox=Outbox(store), transport=line, ledger=Ledger(store), directory=Known())  # type: ignore[arg-type]


def sent(store: Engine, count: int, *recipients: str, **how: int) -> list[Dispatch]:
    dispatches = [a_dispatch(recipients=recipients or [RECIPIENT], **how) for _ in range(count)]  # type: ignore[arg-type]
    Ledger(store).accept(dispatches)
    return dispatches


def test_a_later_one_waits_until_the_earlier_is_settled_and_then_goes(store: Engine, line: Line) -> None:
    first, second, third = sent(store, 3)
    relays = [relay_of(store, line), relay_of(store, line)]
    for relay in relays:
        relay.forward()
    assert line.got == [(first.id, RECIPIENT)]
    Ledger(store).record([an_outcome((first, RECIPIENT), Status.FAILED)])
    early = Outbox(store).early([parcel for one in (second, third) for parcel in parcels_of(one)])
    assert early == {(third.id, RECIPIENT)}


def test_an_urgent_one_waits_for_its_turn_too_and_nobody_else_s_waits_at_all(store: Engine, line: Line) -> None:
    (first,) = sent(store, 1, RECIPIENT, OTHER)
    (urgent,) = sent(store, 1, RECIPIENT, OTHER, priority=3)
    relay_of(store, line).forward()
    assert set(line.got) == {(first.id, RECIPIENT), (first.id, OTHER), (urgent.id, OTHER)}


def test_what_another_sender_sends_is_not_waited_for(store: Engine, line: Line) -> None:
    one, other = a_dispatch(), a_dispatch(sender=OTHER)
    Ledger(store).accept([one, other])
    relay_of(store, line).forward()
    assert line.got == [(one.id, RECIPIENT), (other.id, RECIPIENT)]


def test_a_queue_that_is_full_keeps_its_own_waiting_and_nobody_else_s(store: Engine, line: Line) -> None:
    sent(store, 2, OTHER, "H03.13")
    line.full = {OTHER}
    relay_of(store, line).forward()
    assert {recipient for _, recipient in line.got} == {"H03.13"}
    assert Outbox(store).waiting() == 2
    assert not Outbox(store).claim(10, 60)  # later, so that others come first
