"""Permission: the rules of the exchange, each a small object with its sentence and its source."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Protocol

from lgsp.model.envelope import DocumentHeader, MessageHeader
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lgsp.model.envelope import Verified

#: QĐ 28/2018/QĐ-TTg Art. 14(4): the exchange keeps Vietnam time. The country has no daylight saving time.
VIETNAM = timezone(timedelta(hours=7))


class Policy(Protocol):
    """One rule. Found through the entry point group `lgsp.policies`; made without arguments."""

    def check(self, verified: Verified, at: datetime) -> None:
        """Say nothing, or raise PolicyDenied with a sentence that the sender can act on. No I/O. Thread-safe."""


def permit(verified: Verified, policies: Iterable[Policy], at: datetime) -> None:
    """Let `verified` pass, or raise PolicyDenied from the first rule that objects."""
    for policy in policies:
        policy.check(verified, at)


class NotFromTheFuture:
    """A document cannot have been promulgated tomorrow (a check that hubs in use make on PromulgationDate)."""

    def check(self, verified: Verified, at: datetime) -> None:
        """Compare the promulgation date with today in Vietnam. Dates that do not exist are the schema's concern."""
        header = verified.envelope.header
        if not isinstance(header, DocumentHeader):
            return
        try:
            promulgated = datetime.strptime(header.promulgated, "%Y/%m/%d").replace(tzinfo=VIETNAM).date()
        except ValueError:
            return
        today = at.astimezone(VIETNAM).date()
        if promulgated > today:
            raise PolicyDenied(
                Problem(
                    element="edXML/edXMLEnvelope/edXMLHeader/MessageHeader/PromulgationInfo/PromulgationDate",
                    expected=Text(f"{today:%Y/%m/%d} or earlier", f"{today:%Y/%m/%d} hoặc sớm hơn"),
                    found=header.promulgated,
                    cure=Text(
                        "correct the date, or send the document on the day of its promulgation",
                        "sửa lại ngày ban hành, hoặc gửi văn bản vào đúng ngày ban hành",
                    ),
                )
            )


class Unexpired:
    """A message is not carried after the time its sender set for it."""

    def check(self, verified: Verified, at: datetime) -> None:
        """Compare `Expires` with the time of arrival."""
        header = verified.envelope.header
        if isinstance(header, MessageHeader) and header.expires is not None and header.expires <= at:
            raise PolicyDenied(
                Problem(
                    element="Message/Expires",
                    expected=Text("a time that is still to come", "thời điểm chưa qua"),
                    found=header.expires.isoformat(),
                    cure=Text("send the message again with a later time", "gửi lại thông điệp với thời hạn mới"),
                )
            )
