"""What is found in the attachments of an envelope, in the words of the model."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lgsp.model.attachment import EXAMINED, NOT_PDF, AttachmentSignature, ExaminedAttachment
from lgsp.model.errors import MalformedEnvelope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from lgsp.model.agency import AgencyCode
    from lgsp.model.envelope import Attachment, Envelope
    from signing import Authorities
    from signing.pdf import Examiner, PdfSignature

#: More attachments than this in one document are not examined, and said so.
ATTACHMENTS_LIMIT: Final = 50
#: The outcome of an attachment that is not even base64.
UNREADABLE: Final = "unreadable"
_NOBODY: Final = "unknown"
_UNBOUND: Final[Callable[[str], AgencyCode | None]] = lambda _: None  # noqa: E731 - a name for a default


def examine_attachments(
    envelope: Envelope,
    examiner: Examiner,
    authorities: Authorities,
    at: datetime,
    agency_of: Callable[[str], AgencyCode | None] = _UNBOUND,
) -> list[ExaminedAttachment]:
    """Examine every attachment, judging certificates as of `at`. Never raises on hostile content.

    `agency_of` tells which agency a certificate (by its fingerprint) speaks for.
    """
    return [
        _examined(attachment, examiner, authorities, at, agency_of)
        if number < ATTACHMENTS_LIMIT
        else ExaminedAttachment(name=attachment.name, digest="", outcome="too-many")
        for number, attachment in enumerate(envelope.attachments)
    ]


def told(found: Iterable[ExaminedAttachment]) -> str:
    """Return what was found in one line, for the trace; empty when there is no PDF."""
    return "; ".join(_line(one) for one in found if one.outcome != NOT_PDF)


def _examined(
    attachment: Attachment,
    examiner: Examiner,
    authorities: Authorities,
    at: datetime,
    agency_of: Callable[[str], AgencyCode | None],
) -> ExaminedAttachment:
    try:
        octets = attachment.content()
    except MalformedEnvelope as error:
        return ExaminedAttachment(
            name=attachment.name, digest="", outcome=UNREADABLE, detail=error.problems[0].say("en")
        )
    found = examiner.examine(octets, authorities, at)
    return ExaminedAttachment(
        name=attachment.name,
        digest=hashlib.sha256(octets).hexdigest(),
        outcome=found.fault.value if found.fault else EXAMINED,
        detail=found.detail or ("read leniently: not quite as ISO 32000 wants it" if found.irregular else ""),
        signatures=tuple(_owned(_signature(one), agency_of) for one in found.signatures),
    )


def _signature(found: PdfSignature) -> AttachmentSignature:
    return AttachmentSignature(
        field=found.field,
        role=found.role.value,
        role_by=found.role_by,
        agency=None,
        signer=found.signer,
        certificate=found.fingerprint,
        result=found.result.value,
        reason=found.reason.value if found.reason else "",
        detail=found.detail,
        belief=found.belief.value,
        anchor=found.anchor,
        intact=found.intact,
        covers=found.covers.value,
        changes=found.changes.value,
        level=found.level.value if found.level else "",
        claimed=found.claimed,
        stamped=found.stamped,
        visible=found.visible,
    )


def _owned(signature: AttachmentSignature, agency_of: Callable[[str], AgencyCode | None]) -> AttachmentSignature:
    """Add whose certificate it is. One that speaks for an agency is an organ's, where nothing else tells."""
    agency = agency_of(signature.certificate) if signature.certificate else None
    if agency is None:
        return signature
    if signature.role == _NOBODY:
        return replace(signature, agency=agency, role="organ", role_by="binding")
    return replace(signature, agency=agency)


def _line(found: ExaminedAttachment) -> str:
    if found.outcome != EXAMINED:
        return f"{found.name}: {found.outcome}"
    return f"{found.name}: {', '.join(map(_word, found.signatures)) or 'no signature'}"


def _word(signature: AttachmentSignature) -> str:
    return signature.role if signature.good else f"{signature.role} ({signature.reason})"
