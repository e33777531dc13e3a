"""Authorities on loopback that answer, fall silent, crawl and lie; and what becomes of documents meanwhile."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from lgsp.model.delivery import Status
from lgsp.model.envelope import Admission
from tests.builders import a_document, a_status
from tests.holding import (
    COMMITTEE,
    DEPARTMENT,
    a_province,
    accepted,
    handed_in,
    held,
    keep_house,
    kept_until,
    refused,
    running,
    until,
    way,
)
from tests.services.pki import PKI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lgsp.assembly import Assembly
    from tests.province import Province


@pytest.fixture(params=[False, True], ids=["crl", "ocsp"])
def pki(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PKI]:
    """An infrastructure that publishes lists, and one that is asked."""
    yield from _pki(tmp_path, ocsp=request.param)


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[PKI]:
    yield from _pki(tmp_path, ocsp=False)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[PKI]:
    yield from _pki(tmp_path, ocsp=True)


def _pki(folder: Path, *, ocsp: bool) -> Iterator[PKI]:
    (folder / "pki").mkdir()
    with PKI(folder / "pki", ocsp=ocsp) as made:
        yield made


def test_what_is_held_while_the_source_is_away_goes_by_itself_when_it_comes_back(pki: PKI, tmp_path: Path) -> None:
    province = a_province(pki, tmp_path)
    pki.down()
    with closing(province.assembly()) as bus, running(bus):
        receipt = accepted(bus, province.signed(a_document(), COMMITTEE))
        assert receipt.admission is Admission.HOLD
        time.sleep(0.5)
        assert way(bus, receipt.dispatch_id).admission is Admission.HOLD
        assert bus.views.received(DEPARTMENT) == []
        pki.up()
        until(lambda: way(bus, receipt.dispatch_id).deliveries[0].status is Status.DELIVERED)
        found = way(bus, receipt.dispatch_id)
        assert found.admission is Admission.ACCEPT
        assert any(event.detail.startswith("accept: valid, CA của tỉnh, good") for event in found.history)


def test_what_was_held_goes_from_a_cold_start_too(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        keep_house(bus)
        assert way(bus, receipt.dispatch_id).admission is Admission.HOLD
    lists.up()
    with closing(province.assembly()) as other:
        keep_house(other)
        keep_house(other)
        assert way(other, receipt.dispatch_id).admission is Admission.ACCEPT
        assert other.relay.forward() == 1


def test_a_held_document_that_turns_out_revoked_ends_refused_and_its_sender_reads_why(pki: PKI, tmp_path: Path) -> None:
    province = a_province(pki, tmp_path)
    pki.down()
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        pki.revoke("committee")
        pki.up()
        kept_until(bus, lambda: way(bus, receipt.dispatch_id).admission is Admission.REFUSE)
        (trace,) = bus.views.trace(receipt.dispatch_id, COMMITTEE)
        assert [stand.status for stand in trace.deliveries] == [Status.REFUSED]
        told = "\n".join(event.detail for event in trace.history)
        assert "chứng thư số chưa bị thu hồi" in told
        assert "keyCompromise" in told
        assert bus.relay.forward() == 0
        assert bus.outbox.waiting() == 0


def test_the_same_held_document_again_gets_the_first_receipt(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        octets = province.signed(a_document(), COMMITTEE)
        assert accepted(bus, octets) == held(bus, octets)


def test_the_receipt_of_a_held_document_says_so_and_follows_its_schema(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        root = etree.fromstring(receipt.octets)
        assert root.findtext("{*}Admission") == "hold"
        assert root.findtext("{*}Verdict") == "indeterminate"
        etree.XMLSchema(etree.parse("schemas/receipt-1.0/receipt.xsd")).assertValid(root)


def test_a_recipient_sees_nothing_of_a_document_that_is_held_or_was_refused(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        for _ in range(2):
            assert bus.views.document(receipt.dispatch_id, DEPARTMENT) is None
            assert bus.views.trace(receipt.dispatch_id, DEPARTMENT) == []
            assert bus.views.document(receipt.dispatch_id, COMMITTEE) is not None
            lists.revoke("committee")
            lists.up()
            keep_house(bus)
            keep_house(bus)


def test_what_a_held_status_reports_is_told_only_once_it_is_believed(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.down()
    with closing(province.assembly()) as bus:
        name = f"{COMMITTEE},2020/09/24,5123/UBND-KGVX"
        document = held(bus, province.signed(a_document(document_id=name), COMMITTEE))
        status = province.signed(a_status(about=name), DEPARTMENT)
        assert accepted(bus, status, caller=DEPARTMENT).admission is Admission.HOLD
        assert way(bus, document.dispatch_id).business == ()
        lists.up()
        kept_until(bus, lambda: not bus.ledger.held())
        assert [said.code for said in way(bus, document.dispatch_id).business] == ["03"]


def known_once(bus: Assembly, province: Province) -> None:
    """Let the bus meet the intermediate, and fetch all there is about it."""
    handed_in(bus, province.signed(a_document(number="1"), COMMITTEE))
    kept_until(bus, lambda: not bus.ledger.held())


def test_the_revoked_is_refused_at_the_door_after_a_cold_start_with_every_source_away(pki: PKI, tmp_path: Path) -> None:
    province = a_province(pki, tmp_path)
    pki.revoke("committee")
    with closing(province.assembly()) as bus:
        known_once(bus, province)
    pki.down()
    with closing(province.assembly()) as cold:
        assert "revoked: CN=committee: revoked" in refused(cold, province.signed(a_document(), COMMITTEE))


@pytest.mark.parametrize("name", ["between", "root"])
def test_whoever_rests_on_a_revoked_authority_is_refused(lists: PKI, tmp_path: Path, name: str) -> None:
    province = a_province(lists, tmp_path)
    lists.revoke(name)
    with closing(province.assembly()) as bus:
        known_once(bus, province)
        assert f"revoked: CN={name}: revoked" in refused(bus, province.signed(a_document(), COMMITTEE))


def test_a_soft_anchor_lets_the_unknown_pass_and_the_proof_says_so(lists: PKI, tmp_path: Path) -> None:
    lists.down()
    province = a_province(lists, tmp_path, freshness="soft")
    with closing(province.assembly()) as bus:
        receipt = accepted(bus, province.signed(a_document(), COMMITTEE))
        found = way(bus, receipt.dispatch_id)
        assert (found.admission, found.verdict, found.revocation) == (Admission.ACCEPT, "valid", "unknown")
        assert found.anchor == "CA của tỉnh"


def test_the_proof_tells_the_source_and_the_age_of_what_is_known(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path, freshness="soft")
    with closing(province.assembly()) as bus:
        known_once(bus, province)
        keep_house(bus)
        receipt = accepted(bus, province.signed(a_document(), COMMITTEE))
        assert way(bus, receipt.dispatch_id).revocation.startswith("good, crl, as of 20")


def test_indeterminate_is_refused_where_no_rule_says_otherwise(lists: PKI, tmp_path: Path) -> None:
    lists.down()
    province = a_province(lists, tmp_path, rules="")
    with closing(province.assembly()) as bus:
        said = refused(bus, province.signed(a_document(), COMMITTEE))
        assert "indeterminate" in said
        assert "hiện chưa có thông tin nào" in said


def test_an_anchor_that_may_not_vouch_for_the_sender_is_a_reason_of_its_own(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path, agencies="*.G??")
    with closing(province.assembly()) as bus:
        said = refused(bus, province.signed(a_document(), COMMITTEE))
        assert "CA của tỉnh vouches for *.G??, not for 000.00.00.H03" in said
        assert "chỉ xác nhận cho đơn vị khác" in said


def _stale(pki: PKI, path: str, _body: bytes) -> bytes | None:
    return pki.fetched(path.replace("latest", "archive-3")) if path.endswith(".crl") else None


def _foreign(pki: PKI, path: str, _body: bytes) -> bytes | None:
    """Answer with the list of another authority."""
    return pki.fetched(path.replace("between", "root")) if path.endswith("between/latest.crl") else None


def _forged(pki: PKI, path: str, _body: bytes) -> bytes | None:
    octets = pki.fetched(path)
    return octets[:-1] + bytes([octets[-1] ^ 1])


def _huge(_pki: PKI, _path: str, _body: bytes) -> bytes | None:
    return b"0" * 200_000


def _slow(_pki: PKI, _path: str, _body: bytes) -> bytes | None:
    time.sleep(0.8)
    return None


def _nonsense(_pki: PKI, _path: str, _body: bytes) -> bytes | None:
    return b"<html>Bao tri he thong</html>"


@pytest.mark.parametrize("lie", [_stale, _foreign, _forged, _huge, _slow, _nonsense])
def test_a_list_that_is_old_foreign_forged_huge_late_or_none_makes_nobody_trusted(
    lists: PKI, tmp_path: Path, lie: Callable[[PKI, str, bytes], bytes | None]
) -> None:
    province = a_province(lists, tmp_path)
    lists.reply = lambda path, body: lie(lists, path, body)
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        for _ in range(3):
            keep_house(bus)
            time.sleep(0.1)
        assert lists.asked
        assert way(bus, receipt.dispatch_id).admission is Admission.HOLD
        lists.reply = lambda _path, _body: None
        kept_until(bus, lambda: way(bus, receipt.dispatch_id).admission is Admission.ACCEPT)


def _about_another(pki: PKI, path: str, body: bytes) -> bytes | None:
    """Answer the question about another certificate, which is revoked, or good."""
    from signing.revocation import question  # noqa: PLC0415 - only this liar asks

    if "ocsp" not in path or not body:
        return None
    return pki.fetched(path, question(pki.certificate("department"), pki.certificate("between")))


def _to_another(pki: PKI, path: str, body: bytes) -> bytes | None:
    """Answer a question that somebody else asked, with another nonce."""
    from signing.revocation import question  # noqa: PLC0415 - only this liar asks

    if "ocsp" not in path or not body:
        return None
    asked = question(pki.certificate("committee"), pki.certificate("between"), b"another nonce...")
    return pki.fetched(path, asked)


@pytest.mark.parametrize("lie", [_about_another, _to_another, _huge, _slow, _nonsense])
@pytest.mark.parametrize("revoked", [False, True])
def test_an_answer_about_or_to_another_is_no_answer(
    asked: PKI,
    tmp_path: Path,
    lie: Callable[[PKI, str, bytes], bytes | None],
    revoked: bool,  # noqa: FBT001 - a case
) -> None:
    province = a_province(asked, tmp_path)
    if revoked:
        asked.revoke("department")
    asked.reply = lambda path, body: lie(asked, path, body) if "ocsp" in path else None
    with closing(province.assembly()) as bus:
        receipt = held(bus, province.signed(a_document(), COMMITTEE))
        for _ in range(3):
            keep_house(bus)
            time.sleep(0.1)
        assert any("ocsp" in path for path in asked.asked)
        assert way(bus, receipt.dispatch_id).admission is Admission.HOLD


def test_nobody_is_asked_while_a_document_is_judged(pki: PKI, tmp_path: Path) -> None:
    province = a_province(pki, tmp_path)
    with closing(province.assembly()) as bus:
        for number in range(5):
            accepted(bus, province.signed(a_document(number=str(number)), COMMITTEE))
        assert pki.asked == []


def test_a_source_that_fails_is_asked_again_ever_less_often(lists: PKI, tmp_path: Path) -> None:
    lists.reply = _nonsense.__get__(lists)
    province = a_province(lists, tmp_path)
    with closing(province.assembly()) as bus:
        news = bus.upkeep[[duty.name for duty in bus.upkeep].index("revocation")].broom
        end = time.monotonic() + 1
        while time.monotonic() < end:
            news.sweep()
            time.sleep(0.01)
    assert len(set(lists.asked)) == 1  # the anchor's own list: the intermediate is not known yet
    assert 4 <= len(lists.asked) <= 9


def test_the_operator_s_own_addresses_are_asked_too(lists: PKI, tmp_path: Path) -> None:
    more = f'crl_urls = ["{lists.crl_urls["between"]}", "{lists.crl_urls["root"]}"]'
    province = a_province(lists, tmp_path, more=more)
    with closing(province.assembly()) as bus:
        bus.revocations.saw([lists.certificate("between")])
        keep_house(bus)
        assert accepted(bus, province.signed(a_document(), COMMITTEE)).admission is Admission.ACCEPT


def test_what_an_intruder_writes_into_the_store_is_not_believed(lists: PKI, tmp_path: Path) -> None:
    province = a_province(lists, tmp_path)
    lists.revoke("committee")
    with closing(province.assembly()) as bus:
        known_once(bus, province)
        with bus.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE revocation SET octets = substr(octets, 1, 200), digest = 'x'")
    with closing(province.assembly()) as cold:
        lists.down()
        assert accepted(cold, province.signed(a_document(), COMMITTEE)).admission is Admission.HOLD
