"""The checker bites: each way to lose, double or change a document is found in made-up books."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from tests.chaos.reckoning import Books, Kept, Paper, reckon


def books() -> Books:
    """Return books in which all is well: three documents, the first to two recipients."""
    papers = [
        Paper(
            name=f"paper {n}",
            octets=b"",
            digest=f"digest {n}",
            sender="A",
            recipients=("B", "C") if n == 0 else ("C",),
            receipts=[(f"d{n}", b"receipt %d" % n)],
            tries=1,
        )
        for n in range(3)
    ]
    return Books(
        papers=papers,
        dispatches={
            f"d{n}": Kept(sender="A", digest=f"digest {n}", octets_digest=f"digest {n}", receipt=b"receipt %d" % n)
            for n in range(3)
        },
        deliveries={("d0", "B"): "delivered", ("d0", "C"): "taken", ("d1", "C"): "taken", ("d2", "C"): "delivered"},
        holdings={
            "B": [("d0", "digest 0")],
            "C": [("d0", "digest 0"), ("d1", "digest 1"), ("d2", "digest 2")],
        },
    )


def test_good_books_balance() -> None:
    assert reckon(books()) == []


def test_the_same_receipt_more_than_once_is_well() -> None:
    good = books()
    good.papers[0].receipts *= 3
    assert reckon(good) == []


def test_refused_failed_and_waiting_balance_where_the_recipient_says_so() -> None:
    good = books()
    stands = {("d0", "B"): "refused", ("d0", "C"): "failed", ("d1", "C"): "queued", ("d2", "C"): "accepted"}
    assert reckon(replace(good, deliveries=stands, holdings={}, refusing={"B"}, away={"C"})) == []


def test_a_bad_document_that_was_refused_is_well() -> None:
    good = books()
    good.papers.append(replace(good.papers[0], name="bad", digest="x", bad=True, receipts=[], refusals=["LGSP-1300"]))  # type: ignore[attr-defined]
    assert reckon(good) == []


def without_receipt(b: Books) -> Books:
    b.papers[1].receipts.clear()
    return b


def with_two_receipts(b: Books) -> Books:
    b.papers[1].receipts.append(("d1", b"another"))
    return b


def accepted_and_lost(b: Books) -> Books:
    return replace(
        b,
        dispatches={i: kept for i, kept in b.dispatches.items() if i != "d1"},
        deliveries={k: s for k, s in b.deliveries.items() if k[0] != "d1"},
    )


def with_changed_octets_in_the_ledger(b: Books) -> Books:
    return replace(b, dispatches={**b.dispatches, "d1": replace(b.dispatches["d1"], octets_digest="other")})


def accepted_twice(b: Books) -> Books:
    return replace(
        b, dispatches={**b.dispatches, "d9": b.dispatches["d1"]}, deliveries={**b.deliveries, ("d9", "C"): "delivered"}
    )


def with_a_delivery_forgotten(b: Books) -> Books:
    return replace(b, deliveries={k: s for k, s in b.deliveries.items() if k != ("d0", "B")})


def with_one_left_in_a_queue(b: Books) -> Books:
    return replace(b, deliveries={**b.deliveries, ("d2", "C"): "queued"})


def with_a_status_nobody_knows(b: Books) -> Books:
    return replace(b, deliveries={**b.deliveries, ("d2", "C"): "somewhere"})


def not_at_the_recipient(b: Books) -> Books:
    return replace(b, holdings={**b.holdings, "B": []})


def stored_twice_under_one_name(b: Books) -> Books:
    return replace(b, holdings={**b.holdings, "B": [("d0", "digest 0")] * 2})


def stored_twice_under_two_names(b: Books) -> Books:
    return replace(b, holdings={**b.holdings, "C": [*b.holdings["C"], ("d9", "digest 1")]})


def changed_at_the_recipient(b: Books) -> Books:
    return replace(b, holdings={**b.holdings, "B": [("d0", "other")]})


def bad_and_accepted(b: Books) -> Books:
    b.papers[1].bad = True
    return b


def refused_by_nobody(b: Books) -> Books:
    return replace(b, deliveries={**b.deliveries, ("d2", "C"): "refused"})


def refused_and_held(b: Books) -> Books:
    return replace(refused_by_nobody(b), refusing={"C"})


def withdrawn_and_held(b: Books) -> Books:
    return replace(b, deliveries={**b.deliveries, ("d2", "C"): "withdrawn"})


def refused(b: Books) -> Books:
    b.papers[0].refusals.append("LGSP-1300")
    return b


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (without_receipt, "no receipt"),
        (with_two_receipts, "2 different receipts"),
        (accepted_and_lost, "the ledger has no document d1"),
        (with_changed_octets_in_the_ledger, "other octets"),
        (accepted_twice, "2 times in the ledger"),
        (with_a_delivery_forgotten, "1 accepted for it, 0 accounted for"),
        (with_one_left_in_a_queue, "not where it should be"),
        (with_a_status_nobody_knows, "3 accepted for it, 2 accounted for"),
        (not_at_the_recipient, "does not have 1 documents"),
        (stored_twice_under_one_name, "more than once"),
        (stored_twice_under_two_names, "more than once"),
        (changed_at_the_recipient, "other octets"),
        (refused, "LGSP-1300"),
        (bad_and_accepted, "is bad, and has 1 receipts"),
        (refused_by_nobody, "not where it should be"),
        (refused_and_held, "holds 1 documents that it refused"),
        (withdrawn_and_held, "holds 1 documents that it refused or that were withdrawn"),
    ],
)
def test_what_goes_wrong_is_found_and_named(harm: object, words: str) -> None:
    assert callable(harm)
    found = reckon(harm(deepcopy(books())))
    assert any(words in sentence for sentence in found), found
