"""What a mail about passed deadlines says: in Vietnamese, and then in English."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Final

from lgsp.model.calendar import VIETNAM
from lgsp.model.overdue import What
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from lgsp.model.text import Language
    from lgsp.store.reminders import Reminder

TITLES: Final = {
    What.LATE: Text(
        "Sent after the morning of the working day that follows the signing (Decision 28/2018/QĐ-TTg, Art. 6(2))",
        "Gửi quá buổi sáng của ngày làm việc tiếp theo ngày ký (khoản 2 Điều 6 Quyết định 28/2018/QĐ-TTg)",
    ),
    What.UNTAKEN: Text(
        "Delivered, and neither taken nor reported on (Art. 6(2))",
        "Đã gửi đến nhưng chưa được tiếp nhận và chưa có phản hồi trạng thái (khoản 2 Điều 6)",
    ),
    What.UNANSWERED: Text(
        "Past the day by which an answer was asked for",
        "Quá hạn trả lời ghi trong văn bản",
    ),
    What.UNHEEDED: Text(
        "A recall, an update or a replacement was not answered (Art. 9(2))",
        "Yêu cầu thu hồi, cập nhật hoặc thay thế chưa được trả lời (khoản 2 Điều 9)",
    ),
    What.URGENT: Text(
        "Urgent, and not delivered in time (Art. 6(2))",
        "Văn bản khẩn chưa đến nơi nhận trong thời gian quy định (khoản 2 Điều 6)",
    ),
}
_SUBJECT: Final = Text(
    "{count} documents past their time", "Có {count} văn bản quá hạn trên trục liên thông văn bản của tỉnh"
)
_GREETING: Final = Text("To: {name}", "Kính gửi: {name}")
_OPENING: Final = Text(
    "By {at} the province's message bus has found these documents to be past their time:",
    "Tính đến {at}, trục liên thông văn bản của tỉnh ghi nhận các văn bản quá hạn sau đây:",
)
_CLOSING: Final = Text(
    "This mail is written by the bus, once a working day. For all that is open: lgsp overdue.",
    "Thư này do hệ thống tự động gửi, mỗi ngày làm việc một lần. Xem toàn bộ bằng lệnh: lgsp overdue.",
)
_LINE: Final = Text(
    "{document}, of {promulgated}, from {sender}{to}; due {due}",
    "Văn bản {document}, ngày {promulgated}, nơi gửi {sender}{to}; hạn {due}",
)
_TO: Final = Text(" to {recipient}", ", nơi nhận {recipient}")
_ALL: Final = Text("the operators of the bus", "đơn vị vận hành trục liên thông")


def letter(
    reminders: Sequence[Reminder], *, name: str, sender: str, to: Sequence[str], at: datetime, subjects: bool
) -> EmailMessage:
    """Return the mail about these; `name` is empty in one to the operators."""
    message = EmailMessage()
    message["Subject"] = _SUBJECT.vi.format(count=len(reminders))
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday reply answers it
    parts = ["\n".join(_written(reminders, language, name, at, subjects)) for language in ("vi", "en")]
    message.set_content("\n\n----\n\n".join(parts) + "\n")
    return message


def _written(
    reminders: Sequence[Reminder],
    language: Language,
    name: str,
    at: datetime,
    subjects: bool,  # noqa: FBT001
) -> Iterator[str]:
    def said(text: Text, **facts: object) -> str:
        return str(getattr(text, language)).format(**facts)

    yield said(_GREETING, name=name or getattr(_ALL, language))
    yield ""
    yield said(_OPENING, at=_local(at))
    for what in What:
        group = [one for one in reminders if one.what is what]
        if group:
            yield ""
            yield f"{said(TITLES[what])} ({len(group)}):"
        for one in group:
            to = said(_TO, recipient=one.recipient) if one.recipient else ""
            about = f": {one.subject}" if subjects else ""
            facts = {"document": document(one), "promulgated": one.promulgated, "sender": one.sender, "to": to}
            yield f"  - {said(_LINE, **facts, due=_local(one.due))}{about} [{one.dispatch_id}]"
    yield ""
    yield said(_CLOSING)


def document(one: Reminder) -> str:
    """Return how people name a document."""
    return "/".join(filter(None, (one.number, one.notation))) or one.dispatch_id


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
