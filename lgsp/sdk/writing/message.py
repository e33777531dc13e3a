"""Writing messages of `urn:lgsp:message:1`, the envelope of dossiers and service calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from lgsp.sdk.writing.markup import DECLARATION, instant, leaf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

NAMESPACE: Final = "urn:lgsp:message:1"
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*")


def write_message(
    *,
    sender: str,
    recipients: Sequence[str],
    service: str,
    payload: bytes,
    created: datetime,
    conversation: str = "",
    message_id: str = "",
    in_reply_to: str = "",
    expires: datetime | None = None,
    priority: int = 0,
) -> bytes:
    """Return a message as UTF-8 octets, unsigned.

    `payload` is one well-formed element in UTF-8 and in a namespace of its own; it stands in the message byte for
    byte, without its XML declaration. A new identifier is made when `message_id` is empty; it also names the
    conversation that the message opens when `conversation` is empty.
    """
    identifier = message_id or str(uuid4())
    facts = (
        leaf("Id", identifier),
        leaf("From", sender),
        *(leaf("To", recipient) for recipient in recipients),
        leaf("Service", service),
        leaf("Conversation", conversation or identifier),
        leaf("InReplyTo", in_reply_to),
        leaf("Created", instant(created)),
        leaf("Expires", instant(expires)),
        leaf("Priority", priority),
    )
    opening = f'{DECLARATION}<Message xmlns="{NAMESPACE}">\n{"".join(facts)}<Payload>'
    return opening.encode() + _DECLARED.sub(b"", payload, count=1).rstrip() + b"</Payload>\n</Message>\n"
