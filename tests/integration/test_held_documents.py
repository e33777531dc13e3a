"""Documents that wait for news of revocation: how each wait ends, and that its sender is told."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pika
import pytest
import structlog
from lxml import etree

from lgsp.amqp import AmqpDoor, provide
from lgsp.amqp.queues import receipt_queue
from lgsp.assembly import Assembly
from lgsp.courier import Courier
from lgsp.model.delivery import Handover, Refusal, Status
from lgsp.model.envelope import Admission
from lgsp.model.errors import StoreUnavailable, TransportUnavailable
from lgsp.model.lane import Lane
from lgsp.settings import load
from lgsp.soap import answers
from lgsp.upkeep.judging import Judging
from lgsp.upkeep.proving import Stamped
from signing import Authorities
from signing.engine import Both, Engine, Finding, Mathematics
from signing.engine.by_xmlsec import Xmlsec
from tests.builders import a_document
from tests.holding import (
    COMMITTEE,
    DEPARTMENT,
    HOLD,
    a_province,
    accepted,
    handed_in,
    held,
    keep_house,
    kept_until,
    way,
)
from tests.services.pki import PKI
from tests.services.time_authority import TimeAuthority, a_root, by_certomancer
from tests.soap import exchange_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lgsp.model.delivery import Delivery
    from lgsp.store.notices import Notice, Notices
    from signing.certificates import Holder
    from signing.gate import Claim

_FOR_INFORMATION: Final = '[[trust.admission]]\nverdict = "indeterminate"\noutcome = "for-information"\n'
_TIME: Final = '[[time.authorities]]\nurl = "{url}"\ncertificates = ["{root}"]\n'
RECEIPTS: Final = receipt_queue(COMMITTEE).name


class Liar:
    """An engine with a fault: it finds everything wrong."""

    name = "liar"

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:
        """Say so."""
        del claim, holder, octets
        return Finding(Mathematics.WRONG, "a fault")


DISPUTING: Final[Engine] = Both(Xmlsec(), Liar())


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[PKI]:
    (tmp_path / "pki").mkdir()
    with PKI(tmp_path / "pki") as made:
        yield made


def disputing(bus: Assembly) -> None:
    """Let this process judge with two engines, one of which has a fault."""
    bus.trust = replace(bus.trust, engine=DISPUTING)


def alarms(lines: list[structlog.typing.EventDict]) -> list[str]:
    return [str(line["said"]) for line in lines if line["event"] == "trust.engines-disagree"]


def test_engines_that_disagree_at_the_door_refuse_and_raise_the_alarm(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    with closing(province.assembly()) as bus, structlog.testing.capture_logs() as lines:
        disputing(bus)
        answer = handed_in(bus, province.signed(a_document(), COMMITTEE))
        assert isinstance(answer, Refusal)
        assert "invalid" in answer.error.problems[0].found
        assert alarms(lines) == ["xmlsec: right, liar: wrong (a fault)"]


def test_engines_that_disagree_in_upkeep_refuse_and_raise_the_alarm(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
    with closing(province.assembly()) as bus, structlog.testing.capture_logs() as lines:
        disputing(bus)
        keep_house(bus)
        assert way(bus, receipt.dispatch_id).admission is Admission.REFUSE
        assert alarms(lines) == ["xmlsec: right, liar: wrong (a fault)"]


def test_engines_that_agree_raise_no_alarm(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    with closing(province.assembly()) as bus, structlog.testing.capture_logs() as lines:
        altered = province.signed(a_document(), COMMITTEE).replace(b"5123", b"5124")
        assert isinstance(handed_in(bus, altered), Refusal)
        assert alarms(lines) == []


@pytest.mark.parametrize("stamped", [True, False], ids=["stamped", "not stamped"])
def test_a_certificate_revoked_after_the_log_was_stamped_does_not_undo_what_was_held(
    tmp_path: Path,
    stamped: bool,  # noqa: FBT001 - a case
) -> None:
    (tmp_path / "pki").mkdir()
    (tmp_path / "tsa.crt").write_bytes(a_root().certificate)
    with TimeAuthority(by_certomancer()) as authority, PKI(tmp_path / "pki", ocsp=True) as pki:
        time_authority = _TIME.format(url=authority.url, root=tmp_path / "tsa.crt")
        province = a_province(pki, tmp_path, rules=f"{HOLD}{time_authority}")
        pki.down()
        with closing(province.assembly()) as bus:
            receipt = held(bus, province.signed(a_document(), COMMITTEE))
            log_it(bus, stamped=stamped)
            time.sleep(1)  # stamps and answers tell whole seconds
            pki.revoke("committee", datetime.now(UTC))
            pki.up()
            kept_until(bus, lambda: not bus.ledger.held())
            found = way(bus, receipt.dispatch_id)
            assert found.admission is (Admission.ACCEPT if stamped else Admission.REFUSE)
            said = "\n".join(event.detail for event in found.history)
            assert "revoked" in said
            assert ("a time stamp proves the signature by" in said) is stamped


def log_it(bus: Assembly, *, stamped: bool) -> None:
    """Let the evidence log grow, sign a head of it, and have it stamped."""
    while bus.notary.sweep():
        pass
    if stamped:
        next(duty.broom for duty in bus.upkeep if duty.name == "stamping").sweep()


def test_a_stamped_head_proves_nothing_about_octets_that_were_exchanged_in_the_store(
    lists: PKI, tmp_path: Path
) -> None:
    (tmp_path / "tsa.crt").write_bytes(a_root().certificate)
    with TimeAuthority(by_certomancer()) as authority:
        time_authority = _TIME.format(url=authority.url, root=tmp_path / "tsa.crt")
        province = a_province(lists, tmp_path, rules=f"{HOLD}{time_authority}")
        lists.down()
        with closing(province.assembly()) as bus:
            held(bus, province.signed(a_document(), COMMITTEE))
            log_it(bus, stamped=True)
            (waiting,) = bus.ledger.held()
            proven = Stamped(bus.log, bus.time_authorities)
            assert proven(waiting) is not None
            other = replace(
                waiting, arrival=replace(waiting.arrival, octets=province.signed(a_document(number="9"), COMMITTEE))
            )
            assert proven(other) is None
            assert Stamped(bus.log, Authorities())(waiting) is None


def test_what_waits_longer_than_the_limit_ends_refused_and_says_why(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        first = held(bus, province.signed(a_document(number="1"), COMMITTEE))
        now = [datetime.now(UTC)]
        judging = Judging(bus.ledger, bus.trust, limit=timedelta(days=7), clock=lambda: now[0])
        assert judging.sweep() == 0
        now[0] += timedelta(days=6)
        second = accepted(bus, province.signed(a_document(number="2"), COMMITTEE))
        assert judging.sweep() == 0
        now[0] += timedelta(days=1, seconds=1)
        assert judging.sweep() == 2
        for receipt in (first, second):
            found = way(bus, receipt.dispatch_id)
            assert found.admission is Admission.REFUSE
            assert [stand.status for stand in found.deliveries] == [Status.REFUSED]
            assert "trong vòng 7 ngày" in found.history[-1].detail
        assert bus.outbox.waiting() == 0
        assert bus.relay.forward() == 0


def test_a_process_that_was_away_longer_than_the_limit_asks_before_it_gives_up(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        now = [datetime.now(UTC) + timedelta(days=30)]
        judging = Judging(bus.ledger, bus.trust, limit=timedelta(days=7), clock=lambda: now[0])
        assert (judging.sweep(), judging.sweep()) == (0, 0)
        now[0] += timedelta(minutes=4)
        assert judging.sweep() == 0
        assert way(bus, receipt.dispatch_id).admission is Admission.HOLD
        now[0] += timedelta(minutes=2)
        assert judging.sweep() == 1


def test_the_settings_say_how_long_documents_wait(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    settings = load(province.config)
    impatient = settings.trust.model_copy(update={"hold_limit_seconds": 0.5})
    lists.down()
    with closing(Assembly(settings.model_copy(update={"trust": impatient}))) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        kept_until(bus, lambda: way(bus, receipt.dispatch_id).admission is Admission.REFUSE)


def test_a_sender_at_the_soap_door_finds_the_end_of_the_wait_in_its_list(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        held(bus, province.signed(a_document(), COMMITTEE))
        (line,) = bus.views.sent(COMMITTEE)
        assert line.admission is Admission.HOLD
        lists.revoke("committee")
        lists.up()
        kept_until(bus, lambda: not bus.ledger.held())
        (line,) = bus.views.sent(COMMITTEE)
        assert (line.admission, line.deliveries[0].status) == (Admission.REFUSE, Status.REFUSED)
        assert bus.notices.untold("amqp") == []


@pytest.mark.parametrize("released", [True, False], ids=["released", "refused"])
def test_a_sender_at_the_amqp_door_is_told_how_the_wait_ended(
    lists: PKI,
    tmp_path: Path,
    rabbitmq: str,
    released: bool,  # noqa: FBT001 - a case
) -> None:
    province = a_province(lists, tmp_path, transport=rabbitmq)
    lists.down()
    with closing(province.assembly()) as bus:
        emptied(rabbitmq)
        receipt = held(bus, province.signed(a_document(), COMMITTEE), door="amqp")
        if not released:
            lists.revoke("committee")
        lists.up()
        kept_until(bus, lambda: not bus.ledger.held())
    with (
        closing(province.assembly()) as bus,
        closing(bus.amqp_doors[Lane.ORDINARY]) as door,
    ):  # another process, as after a crash
        door.step(0.1)
        ((properties, octets),) = emptied(rabbitmq)
        assert bus.notices.untold("amqp") == []
        decision = etree.fromstring(octets)
        exchange_schema().validate(octets.decode())
        assert properties.type == "decision"
        assert properties.headers["lgsp-dispatch-id"] == receipt.dispatch_id
        assert properties.correlation_id == "c"
        assert decision.findtext("{*}DispatchId") == receipt.dispatch_id
        said = {one.get("{http://www.w3.org/XML/1998/namespace}lang"): one.text for one in decision.iter("{*}Sentence")}
        assert said.keys() == {"vi", "en"}
        if released:
            assert (properties.headers["lgsp-admission"], decision.findtext("{*}Code")) == ("accept", None)
            assert "được chuyển tới nơi nhận" in str(said["vi"])
        else:
            assert (properties.headers["lgsp-admission"], decision.findtext("{*}Code")) == ("refuse", "LGSP-1300")
            assert "keyCompromise" in str(said["en"])


def test_a_crash_between_telling_and_forgetting_tells_again(lists: PKI, tmp_path: Path, rabbitmq: str) -> None:
    province = a_province(lists, tmp_path, transport=rabbitmq)
    lists.down()
    with closing(province.assembly()) as bus:
        emptied(rabbitmq)
        held(bus, province.signed(a_document(), COMMITTEE), door="amqp")
        lists.up()
        kept_until(bus, lambda: not bus.ledger.held())
        with (
            closing(AmqpDoor(rabbitmq, intake=bus.intake, directory=bus.directory, notices=Dying(bus.notices))) as door,
            pytest.raises(StoreUnavailable),
        ):
            door.step(0.1)
        with closing(bus.amqp_doors[Lane.ORDINARY]) as door:
            door.step(0.1)
            door.step(0.1)
        first, second = emptied(rabbitmq)
        assert first[1] == second[1]


def test_while_the_broker_is_away_the_notice_waits(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path, transport="amqp://127.0.0.1:1/?connection_attempts=1")
    lists.down()
    with closing(province.assembly()) as bus:
        held_by_amqp = accepted(bus, province.signed(a_document(), COMMITTEE), door="amqp")
        lists.up()
        kept_until(bus, lambda: not bus.ledger.held())
        with closing(bus.amqp_doors[Lane.ORDINARY]) as door, pytest.raises(TransportUnavailable):
            door.step(0.1)
        assert [one.dispatch_id for one in bus.notices.untold("amqp")] == [held_by_amqp.dispatch_id]


class Dying:
    """Notices of a process that dies once the message is out."""

    def __init__(self, notices: Notices) -> None:
        """Stand before the real ones."""
        self.untold = notices.untold

    def told(self, notices: Sequence[Notice]) -> None:
        """Die."""
        del notices
        raise StoreUnavailable


def emptied(url: str) -> list[tuple[Any, bytes]]:
    """Take everything out of the sender's receipts queue."""
    found: list[tuple[Any, bytes]] = []
    provide(url, [COMMITTEE])
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        channel = connection.channel()
        while (got := channel.basic_get(RECEIPTS, auto_ack=True))[0] is not None:
            found.append((got[1], got[2]))
    return found


def test_what_is_for_information_says_so_to_adapters_in_queues_and_in_the_mailbox(
    lists: PKI, tmp_path: Path, rabbitmq: str
) -> None:
    for transport in ("embedded:", rabbitmq):
        folder = tmp_path / transport[:4]
        folder.mkdir()
        province = a_province(lists, folder, rules=_FOR_INFORMATION, transport=transport, incoming=folder)
        with closing(province.assembly()) as bus:
            accepted(bus, province.signed(a_document(), COMMITTEE))
            assert bus.relay.forward() == 1
            with closing(bus.transport.consume([DEPARTMENT])) as consumer:
                (parcel,) = consumer.receive(10, 5)
                assert parcel.admission is Admission.FOR_INFORMATION
                taken: list[Delivery] = []
                courier = Courier(consumer=consumer, adapters={DEPARTMENT: Taking(taken)}, ledger=bus.ledger)
                assert courier.round() == 1
            assert [delivery.admission for delivery in taken] == [Admission.FOR_INFORMATION]
            (line,) = bus.views.received(DEPARTMENT)
            assert line.admission is Admission.FOR_INFORMATION
            document = bus.views.document(line.dispatch_id, DEPARTMENT)
            assert document is not None
            assert document.admission is Admission.FOR_INFORMATION
            assert "<Admission>for-information</Admission>" in answers.received(line)
            assert "<Admission>for-information</Admission>" in answers.held(document)


class Taking:
    """An adapter that takes everything."""

    def __init__(self, taken: list[Delivery]) -> None:
        """Put it here."""
        self._taken = taken

    def deliver(self, delivery: Delivery) -> Handover:
        """Take it."""
        self._taken.append(delivery)
        return Handover()

    def close(self) -> None:
        """Do nothing."""
