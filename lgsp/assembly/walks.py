"""The three walks of a document, and the queues between them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from lgsp.assembly.adapters import Adapted, fetches
from lgsp.assembly.passwords import with_password
from lgsp.assembly.refusing import misconfigured
from lgsp.breaker import Sparing
from lgsp.collector import Collectors
from lgsp.courier import Patience
from lgsp.couriers import Couriers
from lgsp.fleet import Fleet
from lgsp.intake import Intake
from lgsp.model.agency import DIRECT, READS_URGENT
from lgsp.model.lane import Lane
from lgsp.model.text import Text
from lgsp.policies import paper_of
from lgsp.reception import Reception
from lgsp.relay import Relay
from lgsp.schema_rules import schemas_of
from lgsp.shared import SharedLedger
from lgsp.stages.envelope import Limits
from lgsp.store import Queue
from lgsp.store.clock import StoreClock
from lgsp.transport.amqp import Amqp, DeadLetter
from lgsp.transport.embedded import Embedded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lgsp.running import Loops
    from lgsp.sdk import AgencyCode
    from lgsp.transport import Transport


class Walks(Adapted):
    """In, across and out."""

    @cached_property
    def intake(self) -> Intake:
        """Walk 1."""
        return Intake(
            schemas=schemas_of(self.settings.schemas, self.registry),
            trust=self.trust,
            rules=self.rules,
            overruled=self.overrules.why,
            paper=paper_of(self.settings.rules),
            directory=self.directory,
            keys=self.keys,
            ledger=self.ledger,
            limits=Limits(size_bytes=self.settings.intake.size_limit_bytes),
            uploads=self.uploads,
        )

    @cached_property
    def reception(self) -> Reception:
        """Group commit in front of walk 1."""
        chosen = self.settings.intake
        return Reception(self.intake, batch_limit=chosen.batch_limit, waiting_limit=chosen.waiting_limit)

    @property
    def on_broker(self) -> bool:
        """Whether the queues are RabbitMQ's."""
        return self.settings.transport.url.startswith(("amqp://", "amqps://"))

    @property
    def _broker(self) -> str:
        section = self.settings.transport
        return with_password(section.url, section.password_file)

    @cached_property
    def transport(self) -> Transport:
        """The queues."""
        section = self.settings.transport
        if section.url == "embedded:":
            return Embedded(Queue(self.engine))
        if self.on_broker:
            return Amqp(self._broker, unwatched=self._unwatched)
        raise misconfigured(
            "[transport] url", section.url, Text("embedded: or amqp(s)://…", "embedded: hoặc amqp(s)://…")
        )

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """Return what the broker put aside; nothing where the store is the queue."""
        return self.transport.dead_letters(limit) if isinstance(self.transport, Amqp) else []

    def _unwatched(self, code: AgencyCode) -> bool:
        """Tell whether an agency consumes its queues itself and has not said that it reads the urgent one."""
        agency = self.directory.find(code)
        return agency is not None and agency.adapter == DIRECT and not agency.options.get(READS_URGENT)

    @cached_property
    def relay(self) -> Relay:
        """Walk 2, for both lanes."""
        return self._relay(None)

    @cached_property
    def relays(self) -> Mapping[Lane, Relay]:
        """Walk 2, a lane each."""
        return {lane: self._relay(lane) for lane in Lane}

    def _relay(self, lane: Lane | None) -> Relay:
        return Relay(
            outbox=self.outbox,
            transport=self.transport,
            ledger=self.ledger,
            directory=self.directory,
            batch_limit=self.settings.delivery.batch_limit,
            lease_seconds=self.settings.delivery.lease_seconds,
            lane=lane,
            targets=self.settings.urgency.target_seconds,
            blobs=self.blobs,
        )

    def couriers(self, loops: Loops, only: tuple[AgencyCode, ...] = ()) -> Fleet:
        """Walk 3, for everybody or for some."""
        chosen = self.settings.delivery
        couriers = Couriers(
            directory=self.directory,
            transport=self.transport,
            ledger=SharedLedger(self.ledger),
            clock=StoreClock(self.engine),
            make_adapter=self.adapter,
            breakers=self.breakers,
            sparing=Sparing(
                after=chosen.breaker_after,
                first_pause_seconds=chosen.breaker_first_pause_seconds,
                longest_pause_seconds=chosen.breaker_longest_pause_seconds,
            ),
            patience=Patience(
                attempts_limit=chosen.attempts_limit,
                first_pause_seconds=chosen.first_pause_seconds,
                longest_pause_seconds=chosen.longest_pause_seconds,
            ),
            batch_limit=chosen.batch_limit,
            only=only,
            targets=self.settings.urgency.target_seconds,
            blobs=self.blobs,
        )
        return Fleet(wanted=couriers.wanted, loops=loops, pause_seconds=0.05)

    def collectors(self, loops: Loops) -> Fleet:
        """Fetch from every system that is polled: the door that opens outwards."""
        collectors = Collectors(
            directory=self.directory, fetches=fetches, make_adapter=self.adapter, intake=self.intake
        )
        return Fleet(wanted=collectors.wanted, loops=loops, pause_seconds=self.settings.delivery.collect_every_seconds)
