"""A message is not carried after the time its sender set for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import MessageHeader
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.text import Text
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.envelope import Verified


class Unexpired:
    """A message is not carried after the time its sender set for it."""

    sentence: Final = Text(
        "A message is not carried after the time its sender set for it.",
        "Thông điệp không được chuyển sau thời hạn mà đơn vị gửi đã đặt.",
    )
    source: Final = Text("urn:lgsp:message:1, Expires", "urn:lgsp:message:1, Expires")
    mode: Final = Mode.REFUSE

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
