"""The contract test that every adapter passes, ours and yours.

Write a class whose name begins with `Test`, over `AdapterContract`, say how your system is reached and looked at, and
run it with pytest:

    class TestMyAdapter(AdapterContract):
        def setup_method(self):
            self.system = MySystem()  # a test instance of the real one, or something that pretends to be it
            self.secrets = (self.system.password,)

        def connect(self, **changes):
            return MyAdapter(Connection(agency=..., options={"address": self.system.address, **changes}, sign=...))

        def envelope(self):
            return read(a_new_document())  # read: lgsp.stages.envelope

        def copies(self, delivery):
            return self.system.count(delivery.dispatch_id)

        def intact(self, delivery):
            return self.system.content(delivery.dispatch_id) == delivery.envelope.octets

        def break_down(self):
            self.system.stop()

        def mend(self):
            self.system.start()

A switch that your system does not have (`refuse`, `lose_answers`, `overload`, `stall`) is left out: its test is
then skipped. `copies`, `intact`, `break_down` and `mend` may be left out by an adapter with no system behind it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import SkipTest
from uuid import uuid4

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Delivery, Handover
from lgsp.model.envelope import Admission
from lgsp.model.errors import LgspError, Misconfigured, RecipientUnavailable, Rejected, Unavailable
from lgsp.sdk.adapter import Adapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.envelope import Envelope


class AdapterContract:
    """What an adapter promises the bus. Subclass it: see above."""

    #: Texts that no error may show: passwords, tokens, keys.
    secrets: tuple[str, ...] = ()
    #: The longest that one delivery may take, whatever the system does.
    patience_seconds: ClassVar[float] = 60

    def connect(self, **changes: Any) -> Adapter:
        """Return a new adapter object for the system, with `changes` to its options."""
        raise NotImplementedError

    def envelope(self) -> Envelope:
        """Return a document that the system takes: another at each call."""
        raise NotImplementedError

    def copies(self, delivery: Delivery) -> int:
        """Return how often the system has the document of this delivery."""
        raise SkipTest(f"no system that could have {delivery.dispatch_id}")

    def intact(self, delivery: Delivery) -> bool:
        """Say whether what the system has of this delivery is what was sent: every field and every file."""
        raise SkipTest(f"no system that could have {delivery.dispatch_id}")

    def break_down(self) -> None:
        """Make the system unreachable."""
        raise SkipTest("no system that can be down")

    def refuse(self) -> None:
        """Make the system refuse every document in its own words, with a secret among them if it can."""
        raise SkipTest("no system that can refuse")

    def lose_answers(self) -> None:
        """Make the system take documents and then answer nothing."""
        raise SkipTest("no system that can lose an answer")

    def overload(self) -> None:
        """Make the system say that it is too busy."""
        raise SkipTest("no system that can be busy")

    def stall(self) -> None:
        """Make the system so slow that the adapter's time-out ends the wait."""
        raise SkipTest("no system that can be slow")

    def mend(self) -> None:
        """Undo all of the above."""

    def test_it_is_an_adapter(self) -> None:
        with self._connected() as adapter:
            assert isinstance(adapter, Adapter)

    def test_a_delivery_is_in_the_system_once_and_as_it_was_sent(self) -> None:
        with self._connected() as adapter:
            delivery = self._delivery()
            assert isinstance(adapter.deliver(delivery), Handover)
            assert self.copies(delivery) == 1
            assert self.intact(delivery)

    def test_a_delivery_for_information_is_in_the_system_once(self) -> None:
        with self._connected() as adapter:
            delivery = replace(self._delivery(), admission=Admission.FOR_INFORMATION)
            adapter.deliver(delivery)
            adapter.deliver(delivery)
            assert self.copies(delivery) == 1
            assert self.intact(delivery)

    def test_two_documents_are_two_there(self) -> None:
        with self._connected() as adapter:
            first, second = self._delivery(), self._delivery()
            adapter.deliver(first)
            adapter.deliver(second)
            assert (self.copies(first), self.copies(second)) == (1, 1)
            assert self.intact(first)
            assert self.intact(second)

    def test_the_same_delivery_again_makes_no_double(self) -> None:
        with self._connected() as adapter:
            delivery = self._delivery()
            adapter.deliver(delivery)
            assert isinstance(adapter.deliver(delivery), Handover)
            assert self.copies(delivery) == 1

    def test_the_same_delivery_after_a_restart_makes_no_double(self) -> None:
        delivery = self._delivery()
        for _ in range(2):
            with self._connected() as adapter:
                adapter.deliver(delivery)
        assert self.copies(delivery) == 1
        assert self.intact(delivery)

    def test_a_system_that_is_down_is_unavailable_and_works_again_without_a_restart(self) -> None:
        with self._connected() as adapter:
            adapter.deliver(self._delivery())
            delivery = self._delivery()
            self.break_down()
            self._raises(Unavailable, adapter, delivery)
            self.mend()
            adapter.deliver(delivery)
            assert self.copies(delivery) == 1

    def test_a_system_that_is_down_at_the_start_is_unavailable_and_works_later(self) -> None:
        self.break_down()
        with self._connected() as adapter:
            delivery = self._delivery()
            self._raises(Unavailable, adapter, delivery)
            self.mend()
            adapter.deliver(delivery)
            assert self.copies(delivery) == 1

    def test_what_the_system_refuses_is_rejected_with_its_words(self) -> None:
        with self._connected() as adapter:
            self.refuse()
            error = self._raises(Rejected, adapter, self._delivery())
            assert any(problem.found for problem in error.problems)
            assert all(problem.expected.en and problem.expected.vi for problem in error.problems)

    def test_a_lost_answer_and_a_second_try_make_no_double(self) -> None:
        with self._connected() as adapter:
            delivery = self._delivery()
            self.lose_answers()
            self._raises(Unavailable, adapter, delivery)
            self.mend()
            adapter.deliver(delivery)
            assert self.copies(delivery) == 1
            assert self.intact(delivery)

    def test_a_busy_system_is_unavailable(self) -> None:
        with self._connected() as adapter:
            delivery = self._delivery()
            self.overload()
            self._raises(Unavailable, adapter, delivery)
            self.mend()
            adapter.deliver(delivery)
            assert self.copies(delivery) == 1

    def test_a_slow_system_is_waited_for_only_so_long(self) -> None:
        with self._connected() as adapter:
            self.stall()
            began = time.monotonic()
            self._raises(Unavailable, adapter, self._delivery())
            assert time.monotonic() - began < self.patience_seconds

    def test_closing_is_final(self) -> None:
        adapter = self.connect()
        adapter.close()
        self._raises(RecipientUnavailable, adapter, self._delivery())

    def test_an_option_that_it_does_not_know_is_refused_by_name(self) -> None:
        try:
            self.connect(no_such_option=1).close()
        except Misconfigured as error:
            assert "no_such_option" in str(error)
        else:
            raise AssertionError("the adapter took an option that it does not know")

    def _raises(self, kind: type[LgspError], adapter: Adapter, delivery: Delivery) -> LgspError:
        """Deliver, and return the error of this kind that is raised and says no secret."""
        try:
            adapter.deliver(delivery)
        except kind as error:
            told: BaseException | None = error
            while told is not None:
                said = f"{told} {told!r} " + (told.say("vi") if isinstance(told, LgspError) else "")
                assert not any(secret and secret in said for secret in self.secrets), "an error shows a secret"
                told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
            return error
        raise AssertionError(f"{kind.__name__} was not raised")

    def _delivery(self) -> Delivery:
        envelope = self.envelope()
        recipient = envelope.recipients[0] if envelope.recipients else AgencyCode("000.00.00.G22")
        return Delivery(
            dispatch_id=uuid4().hex,
            recipient=recipient,
            reading=lambda: envelope,
            correlation=uuid4().hex,
            accepted=datetime.now(UTC),
        )

    @contextmanager
    def _connected(self) -> Iterator[Adapter]:
        adapter = self.connect()
        try:
            yield adapter
        finally:
            adapter.close()
