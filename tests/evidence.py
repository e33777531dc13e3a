"""A key, a clock and a small history for tests of evidence."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lgsp.model.delivery import Handover, Status
from lgsp.store import Ledger
from signing import HeldKey, KeyKind, make_authority, make_certificate
from tests.dispatches import MOMENT, OTHER, RECIPIENT, a_dispatch, a_refusal, a_report, an_outcome

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch
    from signing import SigningKey


class Clock:
    """A clock that stands still until it is moved, at the time at which documents for tests are accepted."""

    def __init__(self) -> None:
        self.now = MOMENT

    def __call__(self) -> datetime:
        return self.now


class Held:
    """A key in hand."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def current(self) -> SigningKey:
        return self._key


@cache
def a_key(kind: KeyKind = KeyKind.P_256) -> Held:
    """Return the bus's key, the same each time for one kind."""
    made = make_certificate(make_authority("Tests"), "Trục liên thông", kind=kind)
    return Held(HeldKey.read(made.key, made.certificate))


def a_log(store: Engine) -> tuple[Dispatch, Dispatch]:
    """Let something of every kind happen; return the document and the report about it."""
    ledger, dispatch = Ledger(store), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([dispatch, a_dispatch()], [a_refusal()])
    ledger.record([an_outcome((dispatch, code), Status.QUEUED) for code in dispatch.recipients])
    handover = Handover(reference="VB 17", facts={"state": "mới"})
    ledger.record([an_outcome((dispatch, OTHER), Status.DELIVERED, handover=handover, detail="state: mới")])
    ledger.record([an_outcome((dispatch, RECIPIENT), Status.ACCEPTED, detail="đang bận")])
    ledger.note(dispatch.id, RECIPIENT, "đã gọi điện")
    report = a_report(dispatch)
    ledger.accept([report])
    return dispatch, report
