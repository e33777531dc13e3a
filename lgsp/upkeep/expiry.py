"""Telling, once a day, of each certificate that soon ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from lgsp import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cryptography import x509


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A certificate that the bus rests on."""

    #: `seal`, `connector`, `authority`, `time authority` or `https`.
    role: str
    #: Which one: the agency's code, the file's name; of a seal `current`, `former` or `coming`.
    name: str
    certificate: x509.Certificate

    def days_left(self, at: datetime) -> int:
        """Return for how many whole days it is still good; less than 0 once it has ended."""
        return (self.certificate.not_valid_after_utc - at).days


class Expiry:
    """The broom that writes the event `key.expires`, once a day while the certificate is in force."""

    def __init__(
        self,
        in_force: Callable[[], Iterable[InForce]],
        *,
        warn_days: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Warn when fewer than `warn_days` are left."""
        self._in_force = in_force
        self._warn_days = warn_days
        self._clock = clock
        self._told: date | None = None

    def sweep(self) -> int:
        """Tell of all that end soon, unless that was done today. A former seal key may end: it signs no more."""
        now = self._clock()
        if now.date() == self._told:
            return 0
        for one in self._in_force():
            days_left = one.days_left(now)
            if days_left < self._warn_days and one.name != "former":
                subject = one.certificate.subject.rfc4514_string()
                telemetry.key_expires(one.role, one.name, subject=subject, days_left=days_left)
        self._told = now.date()
        return 0
