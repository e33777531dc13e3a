"""A document cannot have been promulgated tomorrow."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import DocumentHeader
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.text import Text
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from datetime import date

    from lgsp.model.envelope import Verified

#: QĐ 28/2018/QĐ-TTg Art. 14(4): the exchange keeps Vietnam time. The country has no daylight saving time.
VIETNAM: Final = timezone(timedelta(hours=7))


class NotFromTheFuture:
    """A document cannot have been promulgated tomorrow (a check that hubs in use make on PromulgationDate)."""

    sentence: Final = Text(
        "A document is sent once it is promulgated: its date is not in the future, in Vietnam time.",
        "Văn bản chỉ được gửi sau khi ban hành: ngày ban hành không ở tương lai, tính theo giờ Việt Nam.",
    )
    source: Final = Text(
        "Decision 28/2018/QĐ-TTg, Art. 6(2) and 14(4)", "Quyết định 28/2018/QĐ-TTg, Điều 6 khoản 2, Điều 14 khoản 4"
    )
    mode: Final = Mode.REFUSE

    def check(self, verified: Verified, at: datetime) -> None:
        """Compare the promulgation date with today in Vietnam. Dates that do not exist are the schema's concern."""
        header = verified.envelope.header
        if not isinstance(header, DocumentHeader):
            return
        promulgated, today = _day(header.promulgated[:11]), at.astimezone(VIETNAM).date()
        if promulgated is not None and promulgated > today:
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


@lru_cache(maxsize=1_024)
def _day(written: str) -> date | None:
    """Return the day, remembered: parsing takes longer than all else here. At most ten characters are one."""
    try:
        return datetime.strptime(written, "%Y/%m/%d").replace(tzinfo=VIETNAM).date()
    except ValueError:
        return None
