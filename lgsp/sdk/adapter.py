"""The two protocols between the bus and an agency's system."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lgsp.model.agency import Agency
    from lgsp.model.delivery import Delivery, Handover


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What an adapter is given: whom it serves, how to reach them, and a pen."""

    agency: Agency
    #: The `options` of the agency's entry. Read them with `sdk.options`.
    options: Mapping[str, Any] = field(repr=False)
    #: Signs an unsigned envelope with the key that the bus keeps for this agency, and returns the signed octets.
    #: Raises Misconfigured when no key is kept for it.
    sign: Callable[[bytes], bytes] = field(repr=False)


@runtime_checkable
class Adapter(Protocol):
    """Hands documents over to one agency's system."""

    def deliver(self, delivery: Delivery) -> Handover:
        """Hand `delivery` over and return only once the system has it.

        Idempotent by (dispatch_id, recipient): after a crash the same delivery comes again, and must not become
        a second document there. Where `delivery.admission` is FOR_INFORMATION the document has no legal effect (QĐ
        28/2018/QĐ-TTg, Art. 4), and the system's users must see that. May block; the bus bounds nothing, so set
        time-outs. Raises Unavailable when the same call may succeed later (the bus tries again, with growing pauses)
        and Rejected when it never will (the delivery ends as refused, with your words in the trace). Anything else
        that is raised counts as Unavailable.
        """

    def close(self) -> None:
        """Give back connections and files. Called once, also after errors."""


@runtime_checkable
class Source(Protocol):
    """Fetches what one agency's system has to send. An adapter may be both."""

    def collect(self) -> Iterator[bytes]:
        """Yield the envelopes that are waiting, oldest first, and end when there is no more for now.

        Called again after a pause. Resuming the iterator says that the envelope yielded last is safe in the
        ledger or refused for ever: only then mark it as fetched. Duplicates are harmless. Raises Unavailable
        when the system does not answer.
        """
