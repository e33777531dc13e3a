"""Which couriers there must be: one for all mailboxes, one for each other system; and the same again for the urgent.

A relay delivers to mailboxes by itself (`lgsp.relay`); what lies in their queues all the same, because its agency was
served otherwise or not at all when it came, is for their courier.

A lane has couriers of its own, with a connection to the agency's system of their own, so that what is urgent does not
wait behind a batch that is slow to hand over. One that waits costs a thread and a channel, and no work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from lgsp.breaker import Breaker, Breakers, Sparing
from lgsp.courier import Courier, Ledger, Patience
from lgsp.fleet import Wanted
from lgsp.model.agency import DIRECT, MAILBOX, Agency, AgencyCode
from lgsp.model.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from lgsp.blobs import Blobs
    from lgsp.sdk import Adapter
    from lgsp.transport import Transport


class Directory(Protocol):
    """Who takes part."""

    def agencies(self) -> Sequence[Agency]:
        """Return all agencies: the very same sequence as long as nothing has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Couriers:
    """Knows which couriers the directory asks for."""

    directory: Directory
    transport: Transport
    ledger: Ledger
    make_adapter: Callable[[Agency], Adapter]
    breakers: Breakers
    sparing: Sparing = field(default_factory=Sparing)
    patience: Patience = field(default_factory=Patience)
    batch_limit: int = 100
    #: Serve these alone; empty: everybody.
    only: Collection[AgencyCode] = ()
    #: In how many seconds the bus means to deliver, by priority.
    targets: Mapping[int, float] = field(default_factory=dict)
    #: Where large documents lie.
    blobs: Blobs | None = None
    #: The time by which others will know when a delivery is due again.
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    #: What the directory said last, and what followed from it: it is asked many times a second.
    _last: list[tuple[Sequence[Agency], dict[Hashable, Wanted]]] = field(default_factory=list, repr=False)
    _breakers: dict[Hashable, Breaker] = field(default_factory=dict, repr=False)

    def wanted(self) -> dict[Hashable, Wanted]:
        """Return a courier for each system and lane, by what would make it another one."""
        agencies = self.directory.agencies()
        if not self._last or self._last[0][0] is not agencies:
            self._last[:] = [(agencies, self._wanted_by(agencies))]
        return self._last[0][1]

    def _wanted_by(self, agencies: Sequence[Agency]) -> dict[Hashable, Wanted]:
        served = sorted(filter(self._serves, agencies), key=lambda agency: agency.code)
        mailboxes = [agency for agency in served if agency.adapter == MAILBOX]
        found: dict[Hashable, Wanted] = {}
        key: Hashable
        for lane in Lane:
            for agency in served:
                if agency.adapter != MAILBOX:
                    key = (lane, agency.code, agency.adapter, repr(agency.options))
                    breaker = self._breaker(agency)
                    found[key] = self._wanted(f"courier {agency.code}", [agency], lane, breaker)
            if mailboxes:
                key = (lane, *(agency.code for agency in mailboxes))
                found[key] = self._wanted("courier mailboxes", mailboxes, lane)
        return found

    def _breaker(self, agency: Agency) -> Breaker:
        """Return the one that the lanes of a system share; a system at another address is another one."""
        key = (agency.code, agency.adapter, repr(agency.options))
        return self._breakers.setdefault(key, Breaker(agency.code, self.sparing, self.breakers))

    def _serves(self, agency: Agency) -> bool:
        if not agency.served or agency.adapter == DIRECT:
            return False
        return not self.only or agency.code in self.only

    def _wanted(self, name: str, agencies: Sequence[Agency], lane: Lane, breaker: Breaker | None = None) -> Wanted:
        make = partial(self._make, agencies, lane, breaker)
        return Wanted(name=f"{name}, {lane}", make=make, full=self.batch_limit)

    def _make(self, agencies: Sequence[Agency], lane: Lane, breaker: Breaker | None) -> Courier:
        adapters = {agency.code: self.make_adapter(agency) for agency in agencies}
        return Courier(
            consumer=self.transport.consume(list(adapters), lane),
            adapters=adapters,
            ledger=self.ledger,
            patience=self.patience,
            batch_limit=self.batch_limit,
            targets=self.targets,
            breaker=breaker,
            blobs=self.blobs,
            clock=self.clock,
        )
