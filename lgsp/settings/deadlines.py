"""Working time, what is watched by it, and who is told."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, model_validator

from lgsp.settings.values import Place, Section

_SPAN: Final = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
_LOOPBACK: Final = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)")


def _in_order(spans: tuple[str, ...]) -> tuple[str, ...]:
    ends = [end for span in spans for end in span.split("-")]
    if any(one >= other for one, other in pairwise(ends)):
        raise ValueError("each span must end after it begins, and begin after the one before has ended")
    return spans


def _safe(url: str) -> str:
    if url and not url.startswith("https://") and not _LOOPBACK.match(url):
        raise ValueError("https:// is needed; http:// goes to this machine alone")
    return url


class CalendarSection(Section):
    """Which days and hours are worked; public holidays and Tết are known."""

    #: Days worked in exchange for others (ngày làm việc bù), as announced.
    working_days: tuple[date, ...] = ()
    #: Days off beside weekends and public holidays (ngày nghỉ hoán đổi), as announced.
    days_off: tuple[date, ...] = ()
    #: The spans of a working day, in Vietnam time.
    hours: Annotated[
        tuple[Annotated[str, Field(pattern=_SPAN)], ...], Field(min_length=1), AfterValidator(_in_order)
    ] = ("07:30-11:30", "13:30-17:00")


class DeadlinesSection(Section):
    """What is watched."""

    #: How often is looked for deadlines that have passed.
    check_every_seconds: PositiveFloat = 60
    #: A delivered document that its recipient has neither taken nor reported on after so many hours of work is untaken.
    untaken_after_hours: PositiveFloat = 8
    #: What is told: late, untaken, unanswered, unheeded, urgent.
    watch: tuple[Literal["late", "untaken", "unanswered", "unheeded", "urgent"], ...] = (
        "late",
        "untaken",
        "unanswered",
        "unheeded",
        "urgent",
    )


class MailSection(Section):
    """One mail a day to each agency that has something open."""

    #: The SMTP server; empty: nothing is mailed.
    host: str = ""
    port: PositiveInt = 587
    #: `starttls`, `tls` from the first octet, or `none`.
    security: Literal["starttls", "tls", "none"] = "starttls"
    #: Certificates (PEM) to believe beside those of the machine.
    certificates: Place | None = None
    #: Empty: the server asks for no log-in.
    user: str = ""
    password_file: Place | None = None
    #: The address that mails come from.
    sender: str = ""
    #: Who gets a mail about all agencies.
    operators: tuple[str, ...] = ()
    #: Whose mail goes where, by agency code; others are told at the address in the directory.
    addresses: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: Not before this time of a working day, in Vietnam time.
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "07:45"
    #: Whether subjects of documents stand in mails.
    subjects: bool = False
    timeout_seconds: PositiveFloat = 20

    @model_validator(mode="after")
    def _whole(self) -> MailSection:
        if self.host and not self.sender:
            raise ValueError("with a host, sender must say where mails come from")
        return self


class WebhookSection(Section):
    """Each finding to one address, as JSON, signed."""

    #: Empty: nothing is posted.
    url: Annotated[str, AfterValidator(_safe)] = ""
    #: A file with the secret that signs what is posted (HMAC-SHA256).
    secret_file: Place | None = None
    timeout_seconds: PositiveFloat = 10

    @model_validator(mode="after")
    def _whole(self) -> WebhookSection:
        if self.url and self.secret_file is None:
            raise ValueError("with a url, secret_file must name the secret that signs")
        return self
