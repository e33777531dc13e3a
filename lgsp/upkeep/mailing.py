"""Telling agencies by mail of their deadlines that passed: one mail a day, however much there is."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.model.calendar import VIETNAM
from lgsp.upkeep.letters import letter
from lgsp.upkeep.posting import Reminders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from email.message import EmailMessage
    from pathlib import Path

    from lgsp.model.agency import AgencyCode
    from lgsp.model.calendar import WorkingCalendar
    from lgsp.store.reminders import Reminder, Told

_CHANNEL: Final = "mail"
OPERATORS: Final = "operators"
#: A mail a day tells of what was found since the last one, and after a long rest of no more than this.
_REACH: Final = timedelta(days=30)
_FIRST_PAUSE: Final = timedelta(minutes=5)
_HOLD: Final = timedelta(minutes=5)
#: What a mail lists; the rest is counted.
_LINES: Final = 200


class Concerned(Reminders, Protocol):
    """The memory, as this broom asks it."""

    def concerned(self, since: datetime) -> Sequence[tuple[AgencyCode, str, str]]:
        """Return code, name and mail address of each agency with something that was not mailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mails are handed in."""

    host: str
    port: int
    #: `starttls`, `tls` or `none`.
    security: str
    certificates: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 20

    def send(self, message: EmailMessage) -> None:
        """Hand in a mail. Raises OSError or SMTPException: nobody got it, or not everybody."""
        with self._connected() as connection:
            if self.user:
                connection.login(self.user, self.password)
            connection.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=self._context())
        connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        if self.security == "starttls":
            try:
                connection.starttls(context=self._context())
            except BaseException:
                connection.close()
                raise
        return connection

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.certificates is not None:
            context.load_verify_locations(self.certificates)
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Who writes to whom, and when."""

    server: Server
    sender: str
    operators: Sequence[str] = ()
    #: Where an agency's mail goes in place of the directory's address.
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: Not before this time of a working day.
    at: time = time(7, 45)
    subjects: bool = False


class Mailing:
    """The broom that writes one mail a working day to each agency with something new, and one to the operators."""

    def __init__(
        self,
        reminders: Concerned,
        post: Post,
        calendar: WorkingCalendar,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Write by `post`."""
        self._reminders = reminders
        self._post = post
        self._calendar = calendar
        self._clock = clock

    def sweep(self) -> int:
        """Write to all who have not had a mail today; return how many got one."""
        now = self._clock()
        local = now.astimezone(VIETNAM)
        if not self._calendar.works(local.date()) or local.time() < self._post.at:
            return 0
        sent = 0
        for code, name, mail in self._reminders.concerned(now - _REACH):
            to = self._post.addresses.get(code) or ([mail] if mail else [])
            if to:
                sent += self._tell("mailed", code, name or code, to, now)
        if self._post.operators:
            sent += self._tell("reported", None, "", self._post.operators, now)
        return sent

    def _tell(self, how: Told, code: AgencyCode | None, name: str, to: Sequence[str], now: datetime) -> bool:
        whom = code or OPERATORS
        waiting = self._reminders.untold(how, now - _REACH, code, limit=_LINES)
        if not waiting or not self._reminders.turn(_CHANNEL, whom, now, _HOLD):
            return False
        waiting = self._reminders.untold(how, now - _REACH, code, limit=_LINES)
        try:
            self._post.server.send(self._written(waiting, name, to, now))
        except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: an address that no header can hold
            telemetry.untold(_CHANNEL, type(error).__name__, len(waiting), agency=code or "")
            self._reminders.failed(_CHANNEL, whom, now, _FIRST_PAUSE)
            return False
        self._reminders.told(how, _CHANNEL, whom, waiting, now, self._tomorrow(now))
        return True

    def _written(self, waiting: Sequence[Reminder], name: str, to: Sequence[str], now: datetime) -> EmailMessage:
        return letter(waiting, name=name, sender=self._post.sender, to=to, at=now, subjects=self._post.subjects)

    def _tomorrow(self, now: datetime) -> datetime:
        """Return from when on the next mail may go."""
        following = self._calendar.worked_from(now.astimezone(VIETNAM).date() + timedelta(days=1))
        return datetime.combine(following, self._post.at, VIETNAM)
