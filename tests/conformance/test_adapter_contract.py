"""The contract must catch what it promises to catch: adapters that break one promise each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lgsp.sdk import (
    Adapter,
    Connection,
    Delivery,
    Handover,
    Problem,
    RecipientUnavailable,
    Rejected,
    Text,
    options,
)
from lgsp.sdk.contract import AdapterContract
from tests.conformance.adapters import a_connection, an_envelope

if TYPE_CHECKING:
    from lgsp.sdk import Envelope

_WANTED = Text("an answer", "trả lời")


@dataclass(frozen=True)
class _NoOptions:
    """Nothing to choose."""


class Shelf:
    """A system in memory."""

    def __init__(self) -> None:
        self.held: list[tuple[str, bytes]] = []
        self.mood = "well"


class Honest:
    """Keeps every promise."""

    def __init__(self, connection: Connection, shelf: Shelf) -> None:
        options(_NoOptions, connection)
        self.shelf, self.open = shelf, True

    def deliver(self, delivery: Delivery) -> Handover:
        if not self.open or self.shelf.mood in {"down", "busy", "slow"}:
            raise RecipientUnavailable(Problem(expected=_WANTED))
        if self.shelf.mood == "refusing":
            raise Rejected(Problem(expected=_WANTED, found="không nhận"))
        self.keep(delivery)
        if self.shelf.mood == "forgetful":
            raise RecipientUnavailable(Problem(expected=_WANTED))
        return Handover()

    def keep(self, delivery: Delivery) -> None:
        if all(key != delivery.dispatch_id for key, _ in self.shelf.held):
            self.shelf.held.append((delivery.dispatch_id, delivery.envelope.octets))

    def close(self) -> None:
        self.open = False


class Doubling(Honest):
    def keep(self, delivery: Delivery) -> None:
        self.shelf.held.append((delivery.dispatch_id, delivery.envelope.octets))


class Polishing(Honest):
    def keep(self, delivery: Delivery) -> None:
        self.shelf.held.append((delivery.dispatch_id, delivery.envelope.octets.strip()))


class Silent(Honest):
    def deliver(self, delivery: Delivery) -> Handover:
        try:
            return super().deliver(delivery)
        except (RecipientUnavailable, Rejected):
            return Handover()


class GivingUp(Honest):
    def deliver(self, delivery: Delivery) -> Handover:
        try:
            return super().deliver(delivery)
        except RecipientUnavailable as error:
            raise Rejected(error.problems) from None


class Telling(Honest):
    def deliver(self, delivery: Delivery) -> Handover:
        try:
            return super().deliver(delivery)
        except Rejected as error:
            raise Rejected(Problem(expected=_WANTED, found="mật khẩu bí-mật")) from error


class TestHonest(AdapterContract):
    kind: type[Honest] = Honest
    secrets = ("bí-mật",)

    def setup_method(self) -> None:
        self.shelf = Shelf()

    def connect(self, **changes: Any) -> Adapter:
        return self.kind(a_connection(changes), self.shelf)

    def envelope(self) -> Envelope:
        return an_envelope()

    def copies(self, delivery: Delivery) -> int:
        return sum(key == delivery.dispatch_id for key, _ in self.shelf.held)

    def intact(self, delivery: Delivery) -> bool:
        return dict(self.shelf.held)[delivery.dispatch_id] == delivery.envelope.octets

    def break_down(self) -> None:
        self.shelf.mood = "down"

    def refuse(self) -> None:
        self.shelf.mood = "refusing"

    def lose_answers(self) -> None:
        self.shelf.mood = "forgetful"

    def overload(self) -> None:
        self.shelf.mood = "busy"

    def stall(self) -> None:
        self.shelf.mood = "slow"

    def mend(self) -> None:
        self.shelf.mood = "well"


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Doubling, "test_the_same_delivery_again_makes_no_double"),
        (Doubling, "test_the_same_delivery_after_a_restart_makes_no_double"),
        (Doubling, "test_a_lost_answer_and_a_second_try_make_no_double"),
        (Polishing, "test_a_delivery_is_in_the_system_once_and_as_it_was_sent"),
        (Silent, "test_a_system_that_is_down_is_unavailable_and_works_again_without_a_restart"),
        (Silent, "test_what_the_system_refuses_is_rejected_with_its_words"),
        (Silent, "test_closing_is_final"),
        (GivingUp, "test_a_busy_system_is_unavailable"),
        (GivingUp, "test_a_system_that_is_down_at_the_start_is_unavailable_and_works_later"),
        (Telling, "test_what_the_system_refuses_is_rejected_with_its_words"),
    ],
)
def test_a_broken_promise_is_seen(kind: type[Honest], promise: str) -> None:
    contract = TestHonest()
    contract.kind = kind
    contract.setup_method()
    with pytest.raises((AssertionError, Rejected)):
        getattr(contract, promise)()
