"""To whom a status is owed: whoever its document was exchanged with, however the reporting system wrote it.

Systems in use write their own code into `ResponseFor/OrganId`, an old one, or one that nobody has. When the ledger
knows the document, that tells better. Status 13 flips its direction: the document's sender asks its receivers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lgsp.model.envelope import StatusHeader
from lgsp.model.lifecycle import Business

if TYPE_CHECKING:
    from collections.abc import Collection

    from lgsp.model.agency import AgencyCode
    from lgsp.model.envelope import Verified


class Subject(Protocol):
    """The document that a status speaks of, as the ledger knows it."""

    @property
    def dispatch_id(self) -> str:
        """The bus's id of it."""

    @property
    def sender(self) -> AgencyCode:
        """Who sent it."""

    @property
    def recipients(self) -> Collection[AgencyCode]:
        """Who got it."""

    @property
    def priority(self) -> int:
        """How urgent it is."""


def owed(verified: Verified, subject: Subject | None) -> tuple[AgencyCode, ...]:
    """Return whom a status goes to in place of the agency written; nobody: that one, as for all other envelopes.

    Only those who exchanged the document are believed to know it: a stranger's status goes where the stranger writes.
    """
    header = verified.envelope.header
    if subject is None or not isinstance(header, StatusHeader):
        return ()
    if header.code != Business.ASKED_BACK:
        return (subject.sender,) if verified.sender in subject.recipients else ()
    # Not flipped: the sender wrote itself, as it stands in the document. It asks everybody.
    itself = {verified.sender, verified.envelope.sender}
    asks_itself = verified.sender == subject.sender and set(verified.envelope.recipients) <= itself
    return tuple(sorted(subject.recipients)) if asks_itself else ()
