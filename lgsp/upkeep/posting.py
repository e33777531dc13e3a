"""Telling another system of each deadline that passed: JSON by HTTP POST, signed with a shared secret."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx
import orjson

from lgsp import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lgsp.model.agency import AgencyCode
    from lgsp.model.overdue import Overdue
    from lgsp.store.reminders import Reminder, Told

#: What is older was found while nobody was to be told.
REACH: Final = timedelta(days=7)
_AT_ONCE: Final = 100
_FIRST_PAUSE: Final = timedelta(seconds=30)
_CHANNEL: Final = "webhook"
_NOBODY: Final = ""


class Reminders(Protocol):
    """The memory, as those who tell ask it."""

    def untold(self, how: Told, since: datetime, code: AgencyCode | None = None, limit: int = 500) -> list[Reminder]:
        """Return what is not yet told, oldest first."""

    def turn(self, channel: str, whom: str, now: datetime, hold: timedelta) -> bool:
        """Take the turn to tell somebody."""

    def told(
        self, how: Told, channel: str, whom: str, reminders: Sequence[Overdue], now: datetime, again: datetime
    ) -> None:
        """Keep that these were told."""

    def failed(self, channel: str, whom: str, now: datetime, first_pause: timedelta) -> None:
        """Keep that telling failed."""


class Posting:
    """The broom that posts reminders, a batch at a time. What was not answered with 2xx is posted again."""

    def __init__(
        self,
        reminders: Reminders,
        url: str,
        secret: bytes,
        *,
        timeout_seconds: float = 10,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Post to `url`."""
        self._reminders = reminders
        self._url = url
        self._secret = secret
        self._client = httpx.Client(timeout=timeout_seconds, follow_redirects=False)
        self._hold = timedelta(seconds=2 * timeout_seconds + 10)
        self._clock = clock

    def sweep(self) -> int:
        """Post the next batch; return how many reminders were heard."""
        now = self._clock()
        waiting = self._reminders.untold("posted", now - REACH, limit=_AT_ONCE)
        if not waiting or not self._reminders.turn(_CHANNEL, _NOBODY, now, self._hold):
            return 0
        # Whoever had the turn before may have posted what was waiting a moment ago.
        waiting = self._reminders.untold("posted", now - REACH, limit=_AT_ONCE)
        why = self._post(waiting, now) if waiting else ""
        if why:
            telemetry.untold(_CHANNEL, why, len(waiting))
            self._reminders.failed(_CHANNEL, _NOBODY, now, _FIRST_PAUSE)
            return 0
        self._reminders.told("posted", _CHANNEL, _NOBODY, waiting, now, now)
        return len(waiting)

    def _post(self, waiting: Sequence[Reminder], now: datetime) -> str:
        """Return why it was not heard; empty when it was."""
        body = orjson.dumps({"reminders": [fact(one) for one in waiting]})
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "LGSP-Timestamp": stamp,
            "LGSP-Signature": f"sha256={signature(self._secret, stamp, body)}",
        }
        try:
            answer = self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__
        return "" if answer.is_success else f"HTTP {answer.status_code}"


def signature(secret: bytes, stamp: str, body: bytes) -> str:
    """Return what proves who posted `body` at `stamp`: HMAC-SHA256 of `stamp.body`, in hexadecimal."""
    return hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def fact(one: Reminder) -> dict[str, Any]:
    """Return what is told of a reminder: no subject, and nobody's name."""
    return {
        "id": f"{one.what}:{one.dispatch_id}:{one.recipient}",
        "what": one.what.value,
        "dispatch": one.dispatch_id,
        "correlation": one.correlation,
        "agency": str(one.agency),
        "sender": str(one.sender),
        "recipient": str(one.recipient),
        "number": one.number,
        "notation": one.notation,
        "promulgated": one.promulgated,
        "priority": one.priority,
        "due": one.due.isoformat(),
        "found": one.found.isoformat(),
    }
