"""A parcel as an AMQP message: the exact octets as the body, or where they are, and outside what a reader needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pika.spec import BasicProperties

from lgsp.model.envelope import Admission
from lgsp.transport import Parcel
from lgsp.transport.topology import routing_key

if TYPE_CHECKING:
    from lgsp.model.agency import AgencyCode

PERSISTENT: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is published."""

    exchange: str
    routing_key: str
    body: bytes = field(repr=False)
    properties: BasicProperties


def message_of(parcel: Parcel, exchange: str, expires_seconds: float | None = None) -> Message:
    """Return the message for a parcel; with `expires_seconds` it leaves its queue when nobody takes it that long."""
    return Message(
        exchange=exchange,
        routing_key=routing_key(parcel.recipient, parcel.lane),
        body=parcel.octets,
        properties=BasicProperties(
            content_type="application/xml",
            delivery_mode=PERSISTENT,
            message_id=parcel.dispatch_id,
            correlation_id=parcel.correlation,
            expiration=None if expires_seconds is None else str(round(1000 * expires_seconds)),
            headers={
                "lgsp-dispatch-id": parcel.dispatch_id,
                "lgsp-recipient": str(parcel.recipient),
                "lgsp-attempt": parcel.attempt,
                "lgsp-accepted": parcel.accepted.isoformat(),
                "lgsp-priority": parcel.priority,
                **({"lgsp-blob": parcel.blob} if parcel.blob else {}),
                **({} if parcel.admission is Admission.ACCEPT else {"lgsp-admission": parcel.admission.value}),
            },
        ),
    )


def parcel_of(recipient: AgencyCode, body: bytes, properties: BasicProperties, mark: int) -> Parcel | None:
    """Return the parcel in a message, or None when it is not one of ours."""
    headers = properties.headers or {}
    try:
        return Parcel(
            dispatch_id=str(headers["lgsp-dispatch-id"]),
            recipient=recipient,
            octets=body,
            correlation=properties.correlation_id or "",
            accepted=datetime.fromisoformat(str(headers["lgsp-accepted"])),
            attempt=int(str(headers["lgsp-attempt"])),
            priority=int(str(headers.get("lgsp-priority", 0))),  # absent in what an older version published
            blob=str(headers.get("lgsp-blob", "")),
            admission=Admission(str(headers.get("lgsp-admission", "accept"))),
            mark=mark,
        )
    except (KeyError, TypeError, ValueError):
        return None
