"""Reading messages of `urn:lgsp:message:1`: the envelope of dossiers and service calls."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import Envelope, MessageHeader
from lgsp.stages.envelope.octets import text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Tree

_Q: Final = "{urn:lgsp:message:1}"
ROOT: Final = f"{_Q}Message"
#: Stands for a time that is missing or no time; the schema refuses such a message.
_NEVER: Final = datetime(1, 1, 2, tzinfo=UTC)


def read(octets: bytes, root: Element) -> Envelope:
    """Return the message. The payload is named, not interpreted."""
    facts: dict[str, str] = {}
    places: dict[AgencyCode, tuple[str, int | None]] = {}
    parties = 0
    payload = ""
    for child in root.iterchildren(f"{_Q}*"):
        name, text = str(child.tag)[len(_Q) :], text_of(child).strip()
        if name == "To":
            parties += 1
            if text:
                places.setdefault(AgencyCode(text), (f"Message/To[{parties}]", child.sourceline))
        elif name == "Payload":
            payload = next((str(inner.tag) for inner in child.iterchildren("*")), "")
        else:
            facts.setdefault(name, text)
    service = facts.get("Service", "")
    return Envelope(
        octets=octets,
        digest=sha256(octets).hexdigest(),
        document_id=facts.get("Id", ""),
        sender=AgencyCode(facts.get("From", "")),
        recipients=tuple(places),
        places=places,
        subject=service,
        header=MessageHeader(
            service=service,
            conversation=facts.get("Conversation", ""),
            in_reply_to=facts.get("InReplyTo") or None,
            created=_moment(facts.get("Created", "")) or _NEVER,
            expires=_moment(facts.get("Expires", "")),
            priority=_PRIORITIES.get(facts.get("Priority", ""), 0),
            payload=payload,
        ),
        variant="1",
        tree=cast("Tree", root),
    )


_PRIORITIES: Final = {str(number): number for number in range(5)}


def _moment(written: str) -> datetime | None:
    """Return the time in UTC; None for what is no time with an offset."""
    try:
        moment = datetime.fromisoformat(written)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
