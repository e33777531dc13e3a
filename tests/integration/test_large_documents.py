"""Large documents lie apart, each once, and whoever reads one gets it to the byte or not at all; on both engines."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import select

from lgsp.blobs.folder import Folder
from lgsp.courier import Courier
from lgsp.evidence.audit import Fault
from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.delivery import Handover, Status
from lgsp.model.errors import ContentUnavailable, StoreUnavailable
from lgsp.relay import Relay
from lgsp.store import Ledger, Outbox, Queue, Views
from lgsp.store.engine import look
from lgsp.store.octets import Apart
from lgsp.store.tables import delivery as deliveries
from lgsp.store.tables import dispatch as dispatches
from lgsp.transport.amqp import Amqp
from lgsp.transport.embedded import Embedded
from tests.dispatches import RECIPIENT, a_dispatch
from tests.evidence import audited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from lgsp.model.delivery import Delivery
    from lgsp.transport import Transport

LARGE = "văn bản lớn".encode() * 9000
DIGEST = sha256(LARGE).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(root: Path) -> Folder:
    return Folder(root)


@pytest.fixture
def large(store: Engine, blobs: Folder) -> Engine:
    """A store beside which documents lie from 65,536 octets up."""
    return store.execution_options(lgsp_apart=Apart(blobs, 65536))


@pytest.fixture
def code() -> AgencyCode:
    """An agency nobody else uses."""
    return AgencyCode(f"H{uuid4().hex[:8]}.{uuid4().hex[:4]}")


def _rows(engine: Engine) -> list[tuple[bytes, bool]]:
    query = select(dispatches.c.octets, dispatches.c.apart).order_by(dispatches.c.id)
    return [tuple(row) for row in look(engine, lambda c: c.execute(query).all())]


def _file(root: Path) -> Path:
    return root / DIGEST[:2] / DIGEST[2:4] / DIGEST


def test_a_large_document_lies_apart_and_a_small_one_in_its_row(large: Engine, blobs: Folder) -> None:
    edge = b"x" * 65535
    Ledger(large).accept([a_dispatch(LARGE), a_dispatch(edge), a_dispatch(edge + b"x")])
    assert _rows(large) == [(b"", True), (edge, False), (b"", True)]
    assert blobs.read(DIGEST) == LARGE


def test_whoever_asks_for_it_gets_it_to_the_byte(large: Engine) -> None:
    one = a_dispatch(LARGE)
    Ledger(large).accept([one])
    held = Views(large).document(one.id, RECIPIENT)
    assert held is not None
    assert held.octets == LARGE
    assert audited(large) == []


def test_the_same_octets_of_two_senders_are_stored_once(large: Engine, root: Path) -> None:
    Ledger(large).accept([a_dispatch(LARGE), a_dispatch(LARGE, sender="H03.99")])
    Ledger(large).accept([a_dispatch(LARGE, sender="H03.98")])
    assert len(_rows(large)) == 3
    assert [path.name for path in root.rglob("*") if path.is_file()] == [DIGEST]


def test_a_crash_between_blob_and_commit_leaves_nothing_but_a_blob_that_serves_the_next_try(
    large: Engine, blobs: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("lgsp.store.ledger.commit", crash)
        with pytest.raises(KeyboardInterrupt):
            Ledger(large).accept([a_dispatch(LARGE)])
    assert (_rows(large), blobs.missing([DIGEST])) == ([], set())
    Ledger(large).accept([one := a_dispatch(LARGE)])
    assert [parcel.dispatch_id for parcel in Outbox(large).claim(9, 60)] == [one.id]


def test_without_room_nothing_is_kept(large: Engine, blobs: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(blobs, "keep", full)
    with pytest.raises(StoreUnavailable):
        Ledger(large).accept([a_dispatch(), a_dispatch(LARGE)])
    assert _rows(large) == []


def test_queues_carry_the_reference_alone(large: Engine) -> None:
    Ledger(large).accept([a_dispatch(LARGE)])
    (claimed,) = Outbox(large).claim(9, 60)
    Queue(large).put([claimed])
    (taken,) = Queue(large).take([RECIPIENT], 9, 60)
    assert [(each.octets, each.blob) for each in (claimed, taken)] == [(b"", DIGEST)] * 2


@pytest.fixture(params=["embedded", "amqp"])
def transport(request: pytest.FixtureRequest, large: Engine) -> Iterator[Transport]:
    if request.param == "embedded":
        made: Transport = Embedded(Queue(large))
    else:
        made = Amqp(request.getfixturevalue("rabbitmq"), settle_seconds=0)
    yield made
    made.close()


class _System:
    """Keeps what it was given."""

    def __init__(self) -> None:
        self.digests: list[str] = []

    def deliver(self, delivery: Delivery) -> Handover:
        assert isinstance(delivery.reading, partial)
        self.digests.append(sha256(delivery.reading.args[0]).hexdigest())
        return Handover()

    def close(self) -> None:
        pass


class _Directory:
    """Knows agencies that consume their queues, with these options."""

    def __init__(self, **options: object) -> None:
        self._options = options

    def find(self, code: AgencyCode) -> Agency | None:
        return Agency(code=code, name="", adapter="queue", options=self._options)


class _Nobody:
    def find(self, code: AgencyCode) -> Agency | None:
        del code
        return None


def _walked(large: Engine, transport: Transport, blobs: Folder, code: AgencyCode) -> list[str]:
    """Let relay and courier do a round for an agency; return the digests of what its system was given."""
    Relay(outbox=Outbox(large), transport=transport, ledger=Ledger(large), directory=_Nobody(), blobs=blobs).forward()
    system = _System()
    consumer = transport.consume([code])
    Courier(consumer=consumer, adapters={code: system}, ledger=Ledger(large), blobs=blobs).round(5)
    consumer.close()
    return system.digests


def _stands(large: Engine) -> tuple[Status, int]:
    (row,) = look(large, lambda c: c.execute(select(deliveries.c.status, deliveries.c.attempt)).all())
    return Status(row.status), row.attempt


def test_a_system_is_given_what_was_handed_in(
    large: Engine, transport: Transport, blobs: Folder, code: AgencyCode
) -> None:
    Ledger(large).accept([a_dispatch(LARGE, recipients=[code])])
    assert _walked(large, transport, blobs, code) == [DIGEST]
    assert _stands(large) == (Status.DELIVERED, 1)


@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_a_harmed_blob_is_found_before_delivery_told_and_tried_again(  # a fixture each
    large: Engine, transport: Transport, root: Path, code: AgencyCode, harm: str
) -> None:
    one = a_dispatch(LARGE, recipients=[code])
    Ledger(large).accept([one])
    if harm == "altered":
        _file(root).write_bytes(LARGE[:-1] + b"!")
    else:
        _file(root).unlink()
    with structlog.testing.capture_logs() as told:
        assert _walked(large, transport, Folder(root), code) == []
    assert _stands(large) == (Status.ACCEPTED, 2)
    assert [event["event"] for event in told if event["event"].startswith("blob.")] == [f"blob.{harm}"]
    (finding,) = audited(large)
    assert (finding.fault, finding.row) == (Fault.CHANGED, one.id)
    assert ("missing" in finding.detail) is (harm == "missing")
    with pytest.raises(ContentUnavailable):
        Views(large).document(one.id)


@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_a_harmed_blob_is_found_before_it_counts_as_delivered_to_a_mailbox(
    large: Engine, blobs: Folder, root: Path, harm: str
) -> None:
    Ledger(large).accept([a_dispatch(LARGE)])
    relay = Relay(
        outbox=Outbox(large, stays=lambda _: True),
        transport=Embedded(Queue(large)),
        ledger=Ledger(large),
        directory=_Nobody(),
        blobs=blobs,
    )
    if harm == "altered":
        _file(root).write_bytes(LARGE[:-1] + b"!")
    else:
        _file(root).unlink()
    assert relay.forward() == 1
    assert _stands(large) == (Status.ACCEPTED, 2)


def test_whoever_consumes_its_queue_gets_the_octets_unless_it_takes_references(
    large: Engine, rabbitmq: str, blobs: Folder, code: AgencyCode
) -> None:
    transport = Amqp(rabbitmq, settle_seconds=0)
    for option, expected in ((False, (LARGE, "")), (True, (b"", DIGEST))):
        Ledger(large).accept([a_dispatch(LARGE, sender=f"H99.{option}", recipients=[code])])
        relay = Relay(
            outbox=Outbox(large),
            transport=transport,
            ledger=Ledger(large),
            directory=_Directory(takes_references=option),
            blobs=blobs,
        )
        assert relay.forward() == 1
        consumer = transport.consume([code])
        (parcel,) = consumer.receive(9, 5)
        consumer.acknowledge([parcel])
        consumer.close()
        assert (parcel.octets, parcel.blob) == expected
    transport.close()
