"""The plan: the only package that names concrete parts. Each is made when first asked for.

A file a floor; each takes what it needs from the floors that it stands on, as its own:

    doors       soap, amqp_doors; stands on walks
    walks       intake, reception, transport, relays, couriers, collectors; stands on adapters
    adapters    the agencies' own systems; stands on trust
    upkeep      the duties, notary, examiner; stands on trust and reminding, beside adapters and walks
    reminding   the working calendar, deadlines, mails, posts; stands on memory
    trust       keychain, authorities, revocation, clocks; stands on memory
    memory      engine, ledger, outbox, views, directory, evidence log

A new part is one property on its floor.
"""

from __future__ import annotations

from lgsp.assembly.doors import Doors
from lgsp.assembly.upkeep import Upkept

__all__ = ["Assembly"]


class Assembly(Doors, Upkept):
    """The bus in one process, as the settings want it."""

    def close(self) -> None:
        """Give back what was opened, the doors first."""
        opened = vars(self)
        if "reception" in opened:
            self.reception.close()
        if "transport" in opened:
            self.transport.close()
        if "fetcher" in opened:
            self.fetcher.close()
        if opened.get("stamper"):
            opened["stamper"].close()
        if "examiner" in opened:
            self.examiner.close()
        if "engine" in opened:
            self.engine.dispose()
