"""What watches deadlines, and tells of those that passed."""

from __future__ import annotations

from datetime import time
from functools import cached_property
from typing import TYPE_CHECKING

from lgsp.assembly.memory import Memory
from lgsp.calendar import calendar_of
from lgsp.sdk import secret
from lgsp.store.reminders import Reminders
from lgsp.store.watching import Watch
from lgsp.upkeep import Duty
from lgsp.upkeep.mailing import Mailing, Post, Server
from lgsp.upkeep.posting import Posting
from lgsp.upkeep.reminding import Reminding

if TYPE_CHECKING:
    from lgsp.model.calendar import WorkingCalendar

#: How soon a mail or a post goes after something was found.
_TELLING_PAUSE_SECONDS = 5


class Reminded(Memory):
    """Deadlines by the working calendar."""

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """Which days and hours are worked."""
        return calendar_of(self.settings.calendar)

    @cached_property
    def reminders(self) -> Reminders:
        """What is past its time."""
        return Reminders(self.engine)

    @property
    def reminding(self) -> tuple[Duty, ...]:
        """Who looks, and who tells; nobody tells where the settings name no server."""
        chosen = self.settings.deadlines
        watch = Watch(self.calendar, chosen.untaken_after_hours, self.settings.urgency.target_seconds)
        looking = Reminding(self.reminders, watch, chosen.watch)
        return (
            Duty("reminding", looking, chosen.check_every_seconds),
            *([Duty("mailing", self._mailing(), _TELLING_PAUSE_SECONDS)] if self.settings.mail.host else ()),
            *([Duty("posting", self._posting(), _TELLING_PAUSE_SECONDS)] if self.settings.webhook.url else ()),
        )

    def _mailing(self) -> Mailing:
        chosen = self.settings.mail
        server = Server(
            host=chosen.host,
            port=chosen.port,
            security=chosen.security,
            certificates=chosen.certificates,
            user=chosen.user,
            password=secret(str(chosen.password_file)) if chosen.password_file else "",
            timeout_seconds=chosen.timeout_seconds,
        )
        post = Post(
            server=server,
            sender=chosen.sender,
            operators=chosen.operators,
            addresses=chosen.addresses,
            at=time.fromisoformat(chosen.at),
            subjects=chosen.subjects,
        )
        return Mailing(self.reminders, post, self.calendar)

    def _posting(self) -> Posting:
        chosen = self.settings.webhook
        key = secret(str(chosen.secret_file)).encode()
        return Posting(self.reminders, chosen.url, key, timeout_seconds=chosen.timeout_seconds)
