"""A number used again within the year: what NĐ 30/2020 wants systems to warn of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from lgsp.model.delivery import Receipt, Refusal
from lgsp.model.envelope import BusinessType, DocumentHeader
from lgsp.model.remark import Mode
from lgsp.store import Ledger
from lgsp.store.engine import look
from lgsp.store.tables import remark
from tests.dispatches import a_dispatch

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch


def numbered(
    number: str, day: str, *, octets: bytes | None = None, business: BusinessType = BusinessType.NEW
) -> Dispatch:
    header = DocumentHeader(number=number, notation="QĐ-UBND", promulgated=day, business=business)
    return a_dispatch(octets, header=header)


def remarked(store: Engine) -> list[tuple[str, str]]:
    query = select(remark.c.dispatch_id, remark.c.rule).order_by(remark.c.dispatch_id)
    return [tuple(row) for row in look(store, lambda connection: connection.execute(query).all())]


def test_a_number_used_again_in_the_year_is_remarked_with_the_day_of_the_first(store: Engine) -> None:
    ledger = Ledger(store)
    first, again = numbered("12", "2026/01/05"), numbered("012", "2026/11/22")
    ledger.accept([first])
    (receipt,) = ledger.accept([again])
    assert isinstance(receipt, Receipt)
    (told,) = receipt.remarks
    assert told.rule == "number-reuse"
    assert "2026/01/05" in told.problem.say("vi")
    assert remarked(store) == [(again.id, "number-reuse")]


def test_a_number_starts_again_with_the_year_and_is_each_organ_s_own(store: Engine) -> None:
    ledger = Ledger(store)
    ledger.accept([numbered("13", "2025/12/31")])
    header = DocumentHeader(number="13", notation="QĐ-UBND", promulgated="2026/01/02")
    ledger.accept([numbered("13", "2026/01/02"), a_dispatch(sender="H03.99", header=header)])
    assert remarked(store) == []


def test_two_documents_of_one_batch_with_one_number_are_told_apart_too(store: Engine) -> None:
    first, again = numbered("14", "2026/02/01"), numbered("14", "2026/02/02")
    Ledger(store).accept([first, again])
    assert remarked(store) == [(again.id, "number-reuse")]


def test_numbers_that_are_only_written_alike_are_two(store: Engine) -> None:
    header = DocumentHeader(number="121", notation="KH", promulgated="2026/02/01")
    other = DocumentHeader(number="12", notation="1-KH", promulgated="2026/02/02")
    Ledger(store).accept([a_dispatch(header=header), a_dispatch(header=other)])
    assert remarked(store) == []


def test_an_update_uses_its_number_again_and_nothing_is_remarked(store: Engine) -> None:
    ledger = Ledger(store)
    ledger.accept([numbered("15", "2026/02/01")])
    ledger.accept([numbered("15", "2026/02/03", business=BusinessType.UPDATE)])
    assert remarked(store) == []


def test_an_operator_may_have_it_refused_and_the_others_of_the_batch_pass(store: Engine) -> None:
    ledger = Ledger(store, reuse=Mode.REFUSE)
    first, again, other = numbered("16", "2026/02/01"), numbered("16", "2026/02/03"), numbered("17", "2026/02/03")
    answers = ledger.accept([first, again, other])
    assert [type(answer) for answer in answers] == [Receipt, Refusal, Receipt]
    refused = answers[1]
    assert isinstance(refused, Refusal)
    assert refused.error.code == "LGSP-1400"
    assert ledger.accept([first]) == [first.receipt]


def test_what_was_accepted_before_gets_its_first_receipt_also_once_the_rule_refuses(store: Engine) -> None:
    first, again = numbered("18", "2026/02/01"), numbered("18", "2026/02/03", octets=b"again")
    Ledger(store).accept([first, again])
    repeated = numbered("18", "2026/02/03", octets=b"again")
    (answer,) = Ledger(store, reuse=Mode.REFUSE).accept([repeated])
    assert isinstance(answer, Receipt)
    assert answer.dispatch_id == again.id


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.OFF])
def test_a_refusal_that_was_overruled_passes_and_a_rule_that_is_off_is_silent(store: Engine, mode: Mode) -> None:
    ledger = Ledger(store, reuse=mode, overruled=lambda _rule, _digest: "năm trước đánh nhầm")
    answers = ledger.accept([numbered("19", "2026/02/01"), numbered("19", "2026/02/03")])
    assert all(isinstance(answer, Receipt) for answer in answers)
    assert len(remarked(store)) == (mode is Mode.REFUSE)
