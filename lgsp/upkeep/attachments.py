"""Examines the attachments of accepted documents: who signed the PDF files in them, and whether that holds.

Decree 30/2020/NĐ-CP Art. 5 gives an electronic document its legal weight by the signatures of the competent person and
of the organ. They stand inside the PDF, so they are looked for after acceptance and off the way of the document: what
is found is told, and stops nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.attachments import ATTACHMENTS_LIMIT, examine_attachments, told
from lgsp.model.attachment import EXAMINED, NOT_PDF, ExaminedAttachment
from lgsp.model.envelope import DocumentHeader
from lgsp.model.errors import Rejected
from lgsp.stages.envelope import Limits, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.model.attachment import Unexamined
    from lgsp.model.envelope import Envelope
    from lgsp.stages.signature import Trust
    from signing.pdf import Examiner

#: What kills whoever examines it is not begun for ever.
_ATTEMPTS: Final = 3
_GRACE_SECONDS: Final = 60
_LIMITS: Final = Limits()


class Memory(Protocol):
    """What this broom needs of the ledger."""

    def unexamined(self, limit: int, lease_seconds: float) -> list[Unexamined]:
        """Return documents that nobody examines yet; they are the caller's for a while."""

    def examined(self, dispatch_id: str, found: Sequence[ExaminedAttachment], detail: str) -> bool:
        """Keep what was found, once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Whose signatures the PDF of a document should carry. Of several demands the first that fits counts."""

    #: `person`, `organ`.
    roles: tuple[str, ...]
    #: Codes of senders; `*` and `?` stand for any part of one.
    agency: str = "*"
    #: Name of the document's type, as its sender writes it (`Công văn`); `*` and `?` as above.
    type_name: str = "*"

    def fits(self, sender: AgencyCode, envelope: Envelope) -> bool:
        """Tell whether this demand speaks of such a document."""
        header = envelope.header
        name = header.type_name if isinstance(header, DocumentHeader) else ""
        return fnmatchcase(sender, self.agency) and fnmatchcase(name.casefold(), self.type_name.casefold())

    def lacking(self, found: Sequence[ExaminedAttachment]) -> tuple[str, ...]:
        """Return the roles that no signature stands for, in the attachment that comes closest to the demand."""
        missing = [tuple(role for role in self.roles if not one.signed_by(role)) for one in found]
        return min(missing, key=len, default=self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentExaminer:
    """The broom. Any number of processes may keep it: a document is one's for the time of a lease."""

    memory: Memory
    examiner: Examiner
    trust: Trust
    demands: tuple[Demand, ...] = ()
    #: As at the doors, so that what was accepted can be read.
    limits: Limits = _LIMITS

    def sweep(self) -> int:
        """Examine one document, and return how many there were. Raises Unavailable."""
        waiting = self.memory.unexamined(1, self.examiner.limits.seconds * ATTACHMENTS_LIMIT + _GRACE_SECONDS)
        if waiting:
            self.trust.ready()
        for document in waiting:
            self._examine(document)
        return len(waiting)

    def _examine(self, document: Unexamined) -> None:
        try:
            envelope = read(document.octets, self.limits)
        except Rejected as error:  # taken in by other limits than today's
            self.memory.examined(document.dispatch_id, (), f"attachments not examined: {error.say('en')}")
            return
        if document.attempt > _ATTEMPTS:
            names = [attachment.name for attachment in envelope.attachments]
            found = [ExaminedAttachment(name=name, digest="", outcome="crashed") for name in names]
        else:
            trust, at = self.trust, document.accepted
            found = examine_attachments(envelope, self.examiner, trust.authorities, at, self._agency_of)
        demand = next((one for one in self.demands if one.fits(document.sender, envelope)), None)
        missing = demand.lacking(found) if demand else ()
        if self.memory.examined(document.dispatch_id, found, _detail(found, missing)):
            _tell(document, found, missing)

    def _agency_of(self, fingerprint: str) -> AgencyCode | None:
        binding = self.trust.binding_of(fingerprint)
        return binding.agency if binding is not None else None


def _detail(found: Sequence[ExaminedAttachment], missing: Sequence[str]) -> str:
    said = told(found)
    if not said and not missing:
        return ""
    unsigned = f" | attachment.unsigned: {', '.join(missing)} (thiếu chữ ký số hợp lệ)" if missing else ""
    return f"attachments examined: {said or 'no PDF'}{unsigned}"


def _tell(document: Unexamined, found: Sequence[ExaminedAttachment], missing: Sequence[str]) -> None:
    for number, one in enumerate(found):
        if one.outcome not in {EXAMINED, NOT_PDF}:
            telemetry.attachment_unread(document, number, one.outcome)
    if missing:
        telemetry.attachment_unsigned(document, missing)
