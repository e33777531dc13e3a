"""A refusal says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import StatusHeader
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.text import Text
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.envelope import Verified

#: Business status: the recipient refuses the document.
_REFUSED: Final = "02"
_LONGEST: Final = 1000


class RefusalSaysWhy:
    """A refusal says why, in at most 1000 characters."""

    sentence: Final = Text(
        "Who refuses a document (status 02) says why, in at most 1000 characters.",
        "Đơn vị từ chối nhận văn bản (trạng thái 02) phải nêu lý do, không quá 1000 ký tự.",
    )
    source: Final = Text("Decision 28/2018/QĐ-TTg, Art. 5(4)", "Quyết định 28/2018/QĐ-TTg, Điều 5 khoản 4")
    mode: Final = Mode.REFUSE

    def check(self, verified: Verified, at: datetime) -> None:
        """Look at the description of a status 02. Blanks and dots are no reason."""
        del at
        header = verified.envelope.header
        if not isinstance(header, StatusHeader) or header.code != _REFUSED:
            return
        if len(header.reason) > _LONGEST or not any(letter.isalpha() for letter in header.reason):
            raise PolicyDenied(
                Problem(
                    element="edXML/edXMLEnvelope/edXMLHeader/MessageHeader/Description",
                    expected=Text(
                        "the reason for refusing, 1 to 1000 characters", "lý do từ chối, từ 1 đến 1000 ký tự"
                    ),
                    found=header.reason[:50],
                    cure=Text(
                        "write in Description what the sender has to correct",
                        "ghi vào Description điều đơn vị gửi cần sửa",
                    ),
                )
            )
