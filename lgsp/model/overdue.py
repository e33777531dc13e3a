"""What can be past its time, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.agency import AgencyCode


class What(StrEnum):
    """Which deadline passed, and who must act."""

    #: Sent after noon of the working day after its signing (QĐ 28/2018/QĐ-TTg Điều 6(2)): its sender.
    LATE = "late"
    #: Delivered, and neither taken nor reported on (Điều 6(2): handled on receipt): its recipient.
    UNTAKEN = "untaken"
    #: Its DueDate passed, and its recipient has neither finished it nor answered: its recipient.
    UNANSWERED = "unanswered"
    #: A recall, an update or a replacement that its recipient has not answered in time (Điều 9(2)): its recipient.
    UNHEEDED = "unheeded"
    #: Urgent, and not delivered in the time the bus means to take (Điều 6(2)): whoever operates the bus.
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """One deadline that passed."""

    what: What
    dispatch_id: str
    #: Whom the document was sent to; empty where it concerns the whole document.
    recipient: AgencyCode
    #: Who must act; empty: the operator.
    agency: AgencyCode
    due: datetime
    #: Follows the document through every log line.
    correlation: str = ""
