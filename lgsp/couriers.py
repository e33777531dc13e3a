"""Which couriers there must be: one for all mailboxes, one for each other system, as the directory changes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.courier import Courier, Ledger, Patience
from lgsp.model.agency import DIRECT, Agency, AgencyCode
from lgsp.model.errors import LgspError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lgsp.running import Loops
    from lgsp.sdk import Adapter
    from lgsp.transport import Transport

#: Agencies whose documents wait on the bus itself share one courier: handing over costs nothing there.
MAILBOX: Final = "mailbox"


class Directory(Protocol):
    """Who takes part."""

    def agencies(self) -> list[Agency]:
        """Return all agencies."""


@dataclass(slots=True)
class _Running:
    courier: Courier
    stopping: threading.Event
    thread: threading.Thread

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()
        self.courier.close()


@dataclass(slots=True, kw_only=True)
class Couriers:
    """Starts and stops couriers, so that a slow system holds up no other."""

    directory: Directory
    transport: Transport
    ledger: Ledger
    make_adapter: Callable[[Agency], Adapter]
    loops: Loops
    patience: Patience = field(default_factory=Patience)
    batch_limit: int = 100
    #: Serve these alone; empty: everybody.
    only: Collection[AgencyCode] = ()
    _running: dict[tuple[object, ...], _Running] = field(default_factory=dict)

    def adjust(self) -> int:
        """Compare what runs with the directory, start what is missing, stop what is gone; return 0."""
        wanted = self._wanted()
        for key in self._running.keys() - wanted.keys():
            self._running.pop(key).stop()
        for key in wanted.keys() - self._running.keys():
            try:
                self._running[key] = self._start(wanted[key])
            except LgspError as error:  # one agency's wrong entry leaves the others alone
                telemetry.misconfigured(", ".join(a.code for a in wanted[key]), error)
        return 0

    def close(self) -> None:
        """Stop every courier after the batch in hand."""
        for running in self._running.values():
            running.stopping.set()
        for running in self._running.values():
            running.stop()

    def _wanted(self) -> dict[tuple[object, ...], Sequence[Agency]]:
        served = [
            agency
            for agency in self.directory.agencies()
            if agency.adapter != DIRECT and (not self.only or agency.code in self.only)
        ]
        mailboxes = sorted((a for a in served if a.adapter == MAILBOX), key=lambda a: a.code)
        wanted: dict[tuple[object, ...], Sequence[Agency]] = {
            (a.code, a.adapter, repr(a.options)): [a] for a in served if a.adapter != MAILBOX
        }
        if mailboxes:
            wanted[tuple(a.code for a in mailboxes), MAILBOX] = mailboxes
        return wanted

    def _start(self, agencies: Sequence[Agency]) -> _Running:
        adapters = {agency.code: self.make_adapter(agency) for agency in agencies}
        courier = Courier(
            consumer=self.transport.consume(list(adapters)),
            adapters=adapters,
            ledger=self.ledger,
            patience=self.patience,
            batch_limit=self.batch_limit if agencies[0].adapter == MAILBOX else min(10, self.batch_limit),
        )
        stopping = threading.Event()
        name = f"courier {agencies[0].adapter} {agencies[0].code if len(agencies) == 1 else len(agencies)}"
        return _Running(courier, stopping, self.loops.keep(name, courier.round, pause_seconds=0.05, until=stopping))
