"""Which of a system's services takes an envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from adapters.dialect.trouble import not_taken
from lgsp.sdk import MessageHeader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.sdk import Envelope


class Taking(Protocol):
    """A service that says what it takes."""

    @property
    def takes(self) -> str:
        """`document`, `status`, `message`, or a message's payload as `{namespace}local`."""


Service = TypeVar("Service", bound=Taking)


def choose(services: Sequence[Service], envelope: Envelope) -> Service:
    """Return the first service that takes `envelope`. Raises Rejected when there is none."""
    names = {envelope.kind.value}
    if isinstance(envelope.header, MessageHeader):
        names.add(envelope.header.payload)
    for service in services:
        if service.takes in names:
            return service
    raise not_taken(", ".join(sorted(names)))
