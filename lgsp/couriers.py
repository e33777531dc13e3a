"""Which couriers there must be: one for all mailboxes, one for each other system."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from lgsp.courier import Courier, Ledger, Patience
from lgsp.fleet import Wanted
from lgsp.model.agency import DIRECT, Agency, AgencyCode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from lgsp.sdk import Adapter
    from lgsp.transport import Transport

#: Agencies whose documents wait on the bus itself share one courier: handing over costs nothing there.
MAILBOX: Final = "mailbox"
#: With real systems a round is kept short, so that a crash repeats little.
_FEW: Final = 10


class Directory(Protocol):
    """Who takes part."""

    def agencies(self) -> list[Agency]:
        """Return all agencies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Couriers:
    """Knows which couriers the directory asks for."""

    directory: Directory
    transport: Transport
    ledger: Ledger
    make_adapter: Callable[[Agency], Adapter]
    patience: Patience = field(default_factory=Patience)
    batch_limit: int = 100
    #: Serve these alone; empty: everybody.
    only: Collection[AgencyCode] = ()

    def wanted(self) -> dict[Hashable, Wanted]:
        """Return a courier for each system, by what would make it another one."""
        served = sorted(filter(self._serves, self.directory.agencies()), key=lambda agency: agency.code)
        mailboxes = [agency for agency in served if agency.adapter == MAILBOX]
        found: dict[Hashable, Wanted] = {
            (agency.code, agency.adapter, repr(agency.options)): self._wanted(
                f"courier {agency.code}", [agency], min(_FEW, self.batch_limit)
            )
            for agency in served
            if agency.adapter != MAILBOX
        }
        if mailboxes:
            found[tuple(a.code for a in mailboxes)] = self._wanted("courier mailboxes", mailboxes, self.batch_limit)
        return found

    def _serves(self, agency: Agency) -> bool:
        return agency.adapter != DIRECT and (not self.only or agency.code in self.only)

    def _wanted(self, name: str, agencies: Sequence[Agency], batch_limit: int) -> Wanted:
        return Wanted(name=name, make=partial(self._make, agencies, batch_limit))

    def _make(self, agencies: Sequence[Agency], batch_limit: int) -> Courier:
        adapters = {agency.code: self.make_adapter(agency) for agency in agencies}
        return Courier(
            consumer=self.transport.consume(list(adapters)),
            adapters=adapters,
            ledger=self.ledger,
            patience=self.patience,
            batch_limit=batch_limit,
        )
