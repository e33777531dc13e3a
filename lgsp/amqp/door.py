"""The AMQP door: take in what waits, answer each alone, and only then acknowledge."""

from __future__ import annotations

import math
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

from pika.spec import BasicProperties

from lgsp.amqp.line import Incoming, Line, Outgoing
from lgsp.amqp.queues import DEAD_QUEUE, receipt_queue
from lgsp.amqp.telling import DOOR, Notices, message_of
from lgsp.exchange import error_xml
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Admission, Arrival
from lgsp.model.errors import CallerRefused
from lgsp.model.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.model.delivery import Refusal

_TOKEN: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SHA_256: Final = re.compile(r"[0-9a-f]{64}")
_PERSISTENT: Final = 2
_TELL_EVERY_SECONDS: Final = 1.0


class Intake(Protocol):
    """Takes documents in, many at a time."""

    def accept(self, arrivals: Sequence[Arrival]) -> list[Receipt | Refusal]:
        """Answer each, in order, once all is safe. Idempotent. Raises Unavailable, and then nothing was kept."""


class Systems(Protocol):
    """Knows whose systems may speak."""

    def system(self, system_id: str) -> AgencyCode | None:
        """Return the agency whose system this is; the broker has checked that it is this system."""


def provide(url: str, agencies: Iterable[AgencyCode]) -> None:
    """Make what these agencies' systems connect to, so that they can before the door opens. Safe to repeat.

    Raises TransportUnavailable.
    """
    Line(url, window=1).provide(map(receipt_queue, agencies))


class AmqpDoor:
    """Takes documents from the queue `lgsp.intake`, or from that of the urgent lane.

    Used by one thread; any number of doors may run beside each other. Which queue a document came by decides how soon
    it is taken in, and nothing after that: then its own priority counts.

    Who calls is told by the property `user_id`, which RabbitMQ itself compares with the connected user. Each document
    gets its answer on `agency.<code>.receipts`: the signed receipt, or the `Error` of `urn:lgsp:exchange:1` with the
    header `lgsp-code`. When a document that waited waits no more, a `Decision` comes there too. What nobody answers for
    goes to `lgsp.intake.dead`, with the reason: nothing vanishes.
    """

    def __init__(
        self,
        url: str,
        *,
        intake: Intake,
        directory: Systems,
        notices: Notices,
        batch_limit: int = 100,
        lane: Lane = Lane.ORDINARY,
    ) -> None:
        """Nothing is opened before the first step."""
        self._notices = notices
        # Of the two doors of a process one tells.
        self._tell_at = 0.0 if lane is Lane.ORDINARY else math.inf
        # Two batches: the next comes in while one is worked on.
        self._line = Line(url, window=2 * batch_limit, lane=lane)
        self._intake = intake
        self._directory = directory
        self._batch_limit = batch_limit
        self._in_hand: list[Incoming] = []

    def step(self, wait_seconds: float = 1.0) -> int:
        """Take in what is waiting, at most a batch; return how many messages that were.

        Waits for the first at most `wait_seconds`. Raises Unavailable: the same messages come again with the next
        step. A crash leads to answers that come twice, with the same receipt, never to one that is lost.
        """
        if not self._in_hand:
            self._tell()
            self._in_hand = self._line.receive(self._batch_limit, wait_seconds)
        if not self._in_hand:
            return 0
        known = [(incoming, self._arrival(incoming)) for incoming in self._in_hand]
        arrivals = [arrival for _, arrival in known if arrival is not None]
        # When the store is away the batch stays in hand, neither lost nor acknowledged.
        answers = iter(self._intake.accept(arrivals) if arrivals else [])
        batch, self._in_hand = self._in_hand, []  # from here on the line brings them again if it breaks
        self._line.send(
            [
                _dead(incoming) if arrival is None else _answer(incoming, arrival, next(answers))
                for incoming, arrival in known
            ]
        )
        self._line.acknowledge(batch[-1])
        return len(batch)

    def _tell(self) -> None:
        """Tell senders what became of what waited, looking once a second. Order: send, forget: told at least once."""
        if time.monotonic() < self._tell_at:
            return
        untold = self._notices.untold(DOOR, self._batch_limit)
        if untold:
            self._line.send([message_of(notice) for notice in untold])
            self._notices.told(untold)
        self._tell_at = 0.0 if len(untold) == self._batch_limit else time.monotonic() + _TELL_EVERY_SECONDS

    def close(self) -> None:
        """Give the connection back; what is not acknowledged waits for another door."""
        self._in_hand = []
        self._line.close()

    def _arrival(self, incoming: Incoming) -> Arrival | None:
        system_id = incoming.properties.user_id
        caller = self._directory.system(system_id) if system_id else None
        if caller is None:
            return None
        return Arrival(
            octets=incoming.octets,
            claim=_claim(incoming),
            caller=caller,
            door=DOOR,
            correlation=_correlation(incoming.properties),
            arrived=datetime.now(UTC),
        )


def _claim(incoming: Incoming) -> str:
    """Return the digest of what was uploaded before, when the message carries that instead of a document."""
    said = str((incoming.properties.headers or {}).get("lgsp-claim", "")).lower()
    return said if not incoming.octets and _SHA_256.fullmatch(said) else ""


def _correlation(properties: BasicProperties) -> str:
    given = (properties.correlation_id, properties.message_id)
    return next((token for token in given if token and _TOKEN.fullmatch(token)), None) or uuid4().hex


def _answer(incoming: Incoming, arrival: Arrival, answer: Receipt | Refusal) -> Outgoing:
    headers = {"lgsp-correlation": arrival.correlation}
    if isinstance(answer, Receipt):
        octets, kind = answer.octets, "receipt"
        headers["lgsp-dispatch-id"] = answer.dispatch_id
        if answer.admission is not Admission.ACCEPT:
            headers["lgsp-admission"] = answer.admission.value
    else:
        octets, kind = error_xml(answer.error, arrival.correlation).encode(), "error"
        headers["lgsp-code"] = answer.error.code
    return Outgoing(
        queue=receipt_queue(arrival.caller),
        octets=octets,
        properties=BasicProperties(
            content_type="application/xml",
            content_encoding="utf-8",
            delivery_mode=_PERSISTENT,
            type=kind,
            correlation_id=incoming.properties.correlation_id,
            message_id=incoming.properties.message_id,
            headers=headers,
        ),
    )


def _dead(incoming: Incoming) -> Outgoing:
    """Return the message for the dead-letter queue. The user id moves to a header: only its owner may set it."""
    given = incoming.properties
    reason = "the property user_id names no system of an agency" if given.user_id else "no property user_id"
    headers = {
        **(given.headers or {}),
        "lgsp-code": CallerRefused.code,
        "lgsp-reason": reason,
        "lgsp-user-id": given.user_id or "",
    }
    return Outgoing(
        queue=DEAD_QUEUE,
        octets=incoming.octets,
        properties=BasicProperties(
            content_type=given.content_type,
            delivery_mode=_PERSISTENT,
            correlation_id=given.correlation_id,
            message_id=given.message_id,
            headers=headers,
        ),
    )
