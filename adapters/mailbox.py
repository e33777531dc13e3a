"""The agency pulls through a door: what the ledger holds is the mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.dialect.trouble import unavailable
from lgsp.sdk import Handover, options

if TYPE_CHECKING:
    from lgsp.sdk import Connection, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxOptions:
    """Nothing to choose."""


class Mailbox:
    """Has nothing to hand over: the document already lies where the agency fetches it."""

    def __init__(self, connection: Connection) -> None:
        """Refuse options, which would be a mistake."""
        options(MailboxOptions, connection)
        self._open = True

    def deliver(self, delivery: Delivery) -> Handover:  # noqa: ARG002 - the protocol's
        """Say that the agency can fetch it."""
        if not self._open:
            raise unavailable("closed")
        return Handover()

    def close(self) -> None:
        """Take no more."""
        self._open = False
