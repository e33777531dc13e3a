"""How much may be attached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.errors import MalformedEnvelope, PolicyDenied, Problem
from lgsp.model.text import Text
from lgsp.stages.policy.files.looking import about, files
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.envelope import Verified

_MEGABYTE: Final = 1024 * 1024


class WithinSize:
    """Attachments stay within what gateways and recipients take."""

    sentence: Final = Text(
        "A document has no more and no larger attachments than gateways and recipients take.",
        "Số lượng và dung lượng tệp đính kèm không vượt mức mà các trục và đơn vị nhận tiếp nhận được.",
    )
    source: Final = Text(
        "the operator's limits, [rules] file_limit_bytes and files_limit (gateways in use take 50 MB)",
        "giới hạn của đơn vị vận hành, [rules] file_limit_bytes và files_limit (các trục đang dùng nhận đến 50 MB)",
    )
    mode: Final = Mode.REFUSE

    def __init__(self, file_limit_bytes: int = 50 * _MEGABYTE, files_limit: int = 100) -> None:
        """Take the largest file and how many there may be."""
        self._file_limit_bytes = file_limit_bytes
        self._files_limit = files_limit
        megabytes = f"{file_limit_bytes / _MEGABYTE:g} MB"
        self._expected = Text(f"a file of at most {megabytes}", f"tệp không quá {megabytes}")

    def check(self, verified: Verified, at: datetime) -> None:
        """Count and measure, by the length of the base64."""
        del at
        envelope = verified.envelope
        if len(envelope.attachments) > self._files_limit:
            expected = Text(f"at most {self._files_limit} attachments", f"không quá {self._files_limit} tệp đính kèm")
            raise PolicyDenied(
                Problem(element="edXML/AttachmentEncoded", expected=expected, found=str(len(envelope.attachments)))
            )
        if len(envelope.octets) <= self._file_limit_bytes:
            return  # no file is larger than what it stands in
        problems: list[Problem] = []
        for place, file, _ in files(envelope):
            try:
                size = file.content.size()
            except MalformedEnvelope:
                continue
            if size > self._file_limit_bytes:
                problems.append(about(place, file, self._expected, f"{size / _MEGABYTE:.1f} MB"))
        if problems:
            raise PolicyDenied(problems)
