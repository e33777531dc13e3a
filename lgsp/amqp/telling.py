"""What this door tells senders of its own accord: that a document waits no more, or was not delivered to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from pika.spec import BasicProperties

from lgsp.amqp.line import Outgoing
from lgsp.amqp.queues import receipt_queue
from lgsp.exchange import decision_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.store.notices import Notice

DOOR: Final = "amqp"
_PERSISTENT: Final = 2


class Notices(Protocol):
    """What is still to be told."""

    def untold(self, door: str, limit: int = 100) -> Sequence[Notice]:
        """Return what a door has to tell, oldest first."""

    def told(self, notices: Sequence[Notice]) -> None:
        """Forget what was told."""


def message_of(notice: Notice) -> Outgoing:
    """Return the message for the sender's receipts queue; the same notice makes the same message."""
    headers = {
        "lgsp-correlation": notice.correlation,
        "lgsp-dispatch-id": notice.dispatch_id,
        "lgsp-admission": notice.admission,
        **({"lgsp-recipient": notice.recipient} if notice.recipient else {}),
        **({"lgsp-code": notice.code} if notice.code else {}),
    }
    octets = decision_xml(
        dispatch_id=notice.dispatch_id,
        document_id=notice.document_id,
        admission=notice.admission,
        recipient=notice.recipient,
        code=notice.code,
        said=notice.said,
        decided=notice.decided,
        correlation=notice.correlation,
    )
    return Outgoing(
        queue=receipt_queue(notice.agency),
        octets=octets.encode(),
        properties=BasicProperties(
            content_type="application/xml",
            content_encoding="utf-8",
            delivery_mode=_PERSISTENT,
            type="decision",
            correlation_id=notice.correlation,
            headers=headers,
        ),
    )
