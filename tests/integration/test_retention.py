"""Octets end when a rule says so and nothing holds them; what is known of a document never does. On both engines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from lgsp.blobs.folder import Folder
from lgsp.model.delivery import Status
from lgsp.store import Ledger, Views
from lgsp.store.engine import look
from lgsp.store.octets import Apart
from lgsp.store.retention import Retention, Rule, Selection
from lgsp.store.tables import history
from lgsp.store.uploads import Uploads
from lgsp.upkeep.erasing import Erasing
from tests.dispatches import MOMENT, OTHER, RECIPIENT, SENDER, a_dispatch, a_report, an_outcome
from tests.evidence import audited

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch

LARGE = "văn bản lớn".encode() * 9000
YEAR = timedelta(days=365)
ERASED, KEPT = True, False


@pytest.fixture
def blobs(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "blobs")


@pytest.fixture
def large(store: Engine, blobs: Folder) -> Engine:
    return store.execution_options(lgsp_apart=Apart(blobs, 65536))


def _delivered(store: Engine, *dispatches: Dispatch) -> None:
    ledger = Ledger(store)
    ledger.accept(dispatches)
    ledger.record([an_outcome((one, code), Status.DELIVERED) for one in dispatches for code in one.recipients])


def _sweep(store: Engine, blobs: Folder, *rules: Rule, at: datetime = MOMENT + 2 * YEAR) -> int:
    broom = Erasing(Retention(store, rules), Ledger(store), Uploads(store, blobs), clock=lambda: at)
    return broom.sweep()


def _is_erased(store: Engine, dispatch: Dispatch) -> bool:
    held = Views(store).document(dispatch.id)
    assert held is not None
    return held.octets == b""


def test_what_is_old_by_the_first_rule_that_fits_is_erased_and_the_rest_kept(large: Engine, blobs: Folder) -> None:
    document, other = a_dispatch(LARGE), a_dispatch()
    status = a_report(document)
    _delivered(large, document, other, status)
    rules = (Rule(kind="status", keep=YEAR), Rule(level="commune", keep=YEAR))
    assert _sweep(large, blobs, *rules, at=MOMENT + YEAR - timedelta(minutes=1)) == 0
    assert _sweep(large, blobs, *rules) == 1
    assert [_is_erased(large, one) for one in (document, other, status)] == [KEPT, KEPT, ERASED]
    assert _sweep(large, blobs, Rule(kind="document", keep=3 * YEAR), Rule(keep=YEAR)) == 0
    assert _sweep(large, blobs, Rule(level="province", keep=YEAR)) == 2
    assert _sweep(large, blobs, Rule(level="province", keep=YEAR)) == 0
    assert blobs.missing([document.verified.envelope.digest]) == {document.verified.envelope.digest}
    assert audited(large) == []  # evidence stands


def test_without_a_rule_all_is_kept_for_ever(large: Engine, blobs: Folder) -> None:
    _delivered(large, a_dispatch())
    assert _sweep(large, blobs, at=MOMENT + 100 * YEAR) == 0


def test_what_somebody_is_still_to_get_is_kept(large: Engine, blobs: Folder) -> None:
    ledger, waiting = Ledger(large), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([waiting])
    ledger.record([an_outcome((waiting, RECIPIENT), Status.DELIVERED)])
    assert _sweep(large, blobs, Rule(keep=YEAR)) == 0
    ledger.record([an_outcome((waiting, OTHER), Status.FAILED)])
    assert _sweep(large, blobs, Rule(keep=YEAR)) == 1


def test_a_blob_goes_with_the_last_document_that_refers_to_it(large: Engine, blobs: Folder) -> None:
    first, second = a_dispatch(LARGE), a_dispatch(LARGE, sender="H03.99")
    _delivered(large, first, second)
    retention = Retention(large)
    retention.place(Selection(ids=[second.id]), reason="thanh tra", operator="Mẫu")
    assert _sweep(large, blobs, Rule(keep=YEAR)) == 1
    assert (_is_erased(large, first), _is_erased(large, second)) == (ERASED, KEPT)
    retention.release(Selection(ids=[second.id]))
    assert _sweep(large, blobs, Rule(keep=YEAR)) == 1
    assert blobs.missing([first.verified.envelope.digest])


def test_a_hold_is_placed_on_what_an_agency_sent_or_was_sent_since_a_day(store: Engine) -> None:
    ours, theirs, sent = a_dispatch(recipients=[OTHER]), a_dispatch(sender="H99"), a_dispatch(sender=OTHER)
    _delivered(store, ours, theirs, sent)
    retention = Retention(store)
    selection = Selection(agency=OTHER, since=MOMENT)
    assert retention.place(Selection(agency=OTHER, until=MOMENT), reason="thanh tra", operator="Mẫu") == 0
    assert retention.place(selection, reason="thanh tra", operator="Mẫu") == 2
    assert retention.place(selection, reason="lần hai", operator="Mẫu") == 0
    assert [one.dispatch_id for one in retention.holds()] == [ours.id, sent.id]
    assert {one.reason for one in retention.holds()} == {"thanh tra"}
    assert not Ledger(store).erase(ours.id, "hết hạn")
    assert Ledger(store).erase(theirs.id, "hết hạn")
    assert retention.release(selection) == 2
    assert retention.holds() == []
    assert audited(store) == []


def test_an_erasure_says_by_which_rule(large: Engine, blobs: Folder) -> None:
    one = a_dispatch(sender=SENDER)
    _delivered(large, one)
    _sweep(large, blobs, Rule(keep=YEAR))
    query = select(history.c.detail).where(history.c.dispatch_id == one.id).order_by(history.c.id.desc())
    assert look(large, lambda c: c.execute(query).scalars().first()) == "erased: retention: 365 days"
