"""A number is used once in the year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.text import Text
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.envelope import Verified


class NumberOncePerYear:
    """A number is used once in the year. Whether it was is known to the ledger alone, which asks in its commit."""

    sentence: Final = Text(
        "Number and notation of a document are used once by an organ in a year; used again with another date, they are "
        "told.",
        "Số và ký hiệu văn bản chỉ dùng một lần trong năm của cơ quan ban hành; dùng lại với ngày khác thì được cảnh "
        "báo.",
    )
    source: Final = Text(
        "Decree 30/2020/NĐ-CP, Art. 15; Appendix VI, Part I, III.1(h)",
        "Nghị định 30/2020/NĐ-CP, Điều 15; Phụ lục VI, Phần I, mục III.1(h)",
    )
    mode: Final = Mode.REMARK

    def check(self, verified: Verified, at: datetime) -> None:
        """Leave it to lgsp.store.reuse: this rule needs memory."""
