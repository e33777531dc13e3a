"""What waits to be examined, what was found, and what waited for it, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lgsp.model.attachment import EXAMINED, AttachmentSignature, ExaminedAttachment
from lgsp.model.envelope import Admission, Attachment
from lgsp.store import Ledger, Outbox, Views
from tests.builders import InHand
from tests.dispatches import OTHER, RECIPIENT, SENDER, a_dispatch

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch

SOON = timedelta(seconds=0)
SIGNATURE = AttachmentSignature(
    field="NguoiKy",
    role="person",
    role_by="identifier",
    agency=None,
    signer="CN=Nguyễn Văn Mẫu",
    certificate="ab" * 32,
    result="valid",
    reason="",
    detail="",
    belief="yes",
    anchor="CA",
    intact=True,
    covers="file",
    changes="none",
    level="B-T",
    claimed="2026-11-22T01:02:03+07:00",
    stamped=datetime(2026, 11, 22, tzinfo=UTC),
    visible=True,
)
FOUND = [
    ExaminedAttachment(
        name="cong_van.pdf",
        digest="cd" * 32,
        outcome=EXAMINED,
        signatures=(SIGNATURE, replace(SIGNATURE, field="CoQuan", role="organ", stamped=None, agency=SENDER)),
    ),
    ExaminedAttachment(name="bang.xlsx", digest="ef" * 32, outcome="not-pdf"),
]


def with_attachment(accepted: datetime | None = None) -> Dispatch:
    dispatch = a_dispatch()
    file = Attachment(content_id="1", name="cong_van.pdf", content_type="application/pdf", content=InHand(b"%PDF-"))
    envelope = replace(dispatch.verified.envelope, attachments=(file,))
    verified = replace(dispatch.verified, envelope=envelope)
    return replace(dispatch, verified=verified, accepted=accepted or datetime.now(UTC))


def test_a_document_with_attachments_waits_to_be_examined_and_others_do_not(store: Engine) -> None:
    full, empty = with_attachment(), a_dispatch()
    ledger = Ledger(store, examination=SOON)
    ledger.accept([full, empty])
    (waiting,) = ledger.unexamined(10, 60)
    assert (waiting.dispatch_id, waiting.sender, waiting.attempt) == (full.id, SENDER, 1)
    assert waiting.octets == full.verified.envelope.octets


def test_nothing_waits_where_attachments_are_not_examined(store: Engine) -> None:
    ledger = Ledger(store)
    ledger.accept([with_attachment()])
    assert ledger.unexamined(10, 60) == []


def test_a_document_is_one_examiners_until_the_lease_ends(store: Engine) -> None:
    ledger = Ledger(store, examination=SOON)
    ledger.accept([with_attachment()])
    assert len(ledger.unexamined(10, 60)) == 1
    assert ledger.unexamined(10, 60) == []


def test_an_examiner_that_died_leaves_its_documents_to_the_next(store: Engine) -> None:
    ledger = Ledger(store, examination=SOON)
    ledger.accept([with_attachment()])
    ledger.unexamined(10, 0)
    (again,) = ledger.unexamined(10, 60)
    assert again.attempt == 2


def test_what_was_found_is_kept_once_and_told_in_the_trace(store: Engine) -> None:
    dispatch = with_attachment()
    ledger = Ledger(store, examination=SOON)
    ledger.accept([dispatch])
    assert ledger.examined(dispatch.id, FOUND, "attachments: cong_van.pdf: person, organ")
    assert not ledger.examined(dispatch.id, FOUND, "again")
    assert ledger.unexamined(10, 60) == []
    for reader in (None, SENDER, RECIPIENT):
        (trace,) = Views(store).trace(dispatch.id, reader)
        assert list(trace.attachments) == FOUND
        assert [event.detail for event in trace.history][1:] == ["attachments: cong_van.pdf: person, organ"]
    assert Views(store).trace(dispatch.id, OTHER) == []


def test_what_others_write_into_a_file_can_always_be_kept(store: Engine) -> None:
    dispatch = with_attachment()
    ledger = Ledger(store, examination=SOON)
    ledger.accept([dispatch])
    strange = replace(SIGNATURE, field="\0\ud800", signer="\0", detail="\0", anchor="\0", claimed="\0")
    assert ledger.examined(dispatch.id, [replace(FOUND[0], name="\0\ud800", signatures=(strange,))], "\0")


def test_deliveries_wait_for_the_examination_when_they_are_told_to(store: Engine) -> None:
    full, empty = with_attachment(), a_dispatch()
    ledger, outbox = Ledger(store, examination=timedelta(hours=1)), Outbox(store)
    ledger.accept([full, empty])
    assert [parcel.dispatch_id for parcel in outbox.claim(10, 60)] == [empty.id]
    ledger.examined(full.id, FOUND, "")
    assert [parcel.dispatch_id for parcel in outbox.claim(10, 60)] == [full.id]


def test_deliveries_wait_no_longer_than_they_are_told_to(store: Engine) -> None:
    ledger, outbox = Ledger(store, examination=timedelta(hours=1)), Outbox(store)
    ledger.accept([with_attachment(accepted=datetime.now(UTC) - timedelta(hours=2))])
    assert len(outbox.claim(10, 60)) == 1


def test_a_document_that_is_held_waits_on_when_it_is_examined(store: Engine) -> None:
    dispatch = with_attachment()
    proof = replace(dispatch.verified.proof, admission=Admission.HOLD)
    held = replace(dispatch, verified=replace(dispatch.verified, proof=proof))
    ledger = Ledger(store, examination=timedelta(hours=1))
    ledger.accept([held])
    ledger.examined(held.id, FOUND, "")
    assert Outbox(store).claim(10, 60) == []


@pytest.mark.parametrize("reader", [None, SENDER])
def test_a_document_that_is_not_examined_yet_shows_no_findings(store: Engine, reader: str | None) -> None:
    dispatch = with_attachment()
    Ledger(store, examination=SOON).accept([dispatch])
    (trace,) = Views(store).trace(dispatch.id, None if reader is None else SENDER)
    assert trace.attachments == ()
