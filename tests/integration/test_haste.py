"""How long the urgent took is measured, on both engines; and what concerns the urgent is urgent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from lgsp.model.delivery import Status
from lgsp.model.lane import Lane, lane_of
from lgsp.store import Ledger
from lgsp.store.engine import look
from lgsp.store.tables import haste
from tests.dispatches import MOMENT, OTHER, RECIPIENT, a_dispatch, an_outcome

if TYPE_CHECKING:
    from sqlalchemy import Engine


def _measured(store: Engine) -> list[Any]:
    return list(look(store, lambda c: c.execute(select(haste).order_by(haste.c.recipient)).all()))


def test_each_urgent_delivery_leaves_one_measure_and_an_ordinary_one_none(store: Engine) -> None:
    urgent, ordinary = a_dispatch(priority=3, recipients=[RECIPIENT, OTHER]), a_dispatch()
    ledger = Ledger(store)
    ledger.accept([urgent, ordinary])
    ledger.record([an_outcome((d, RECIPIENT), Status.QUEUED) for d in (urgent, ordinary)])
    assert _measured(store) == []
    ledger.record([an_outcome((d, RECIPIENT), Status.DELIVERED) for d in (urgent, ordinary)])
    ledger.record([an_outcome((urgent, RECIPIENT), Status.TAKEN)])
    (one,) = _measured(store)
    assert (one.dispatch_id, one.recipient, one.priority, one.accepted) == (urgent.id, RECIPIENT, 3, MOMENT)
    assert abs(one.delivered - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_its_recipient_took_before_the_courier_came_back_is_measured_too(store: Engine) -> None:
    urgent = a_dispatch(priority=1)
    ledger = Ledger(store)
    ledger.accept([urgent])
    ledger.record([an_outcome((urgent, RECIPIENT), Status.TAKEN, attempt=0)])
    assert len(_measured(store)) == 1


@pytest.mark.parametrize(("priority", "lane"), [(0, "ordinary"), (5, "ordinary"), (-1, "ordinary"), (9, "ordinary")])
def test_what_edxml_does_not_call_urgent_is_ordinary(priority: int, lane: str) -> None:
    assert lane_of(priority) == lane


@pytest.mark.parametrize("priority", [1, 2, 3, 4])
def test_khan_thuong_khan_and_hoa_toc_are_urgent(priority: int) -> None:
    assert lane_of(priority) is Lane.URGENT
