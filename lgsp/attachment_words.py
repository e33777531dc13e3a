"""What was found in attachments, in plain words of both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.attachment import EXAMINED, NOT_PDF, AttachmentSignature, ExaminedAttachment
from lgsp.model.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ROLES: Final = {
    "person": Text("person", "cá nhân"),
    "organ": Text("organ", "cơ quan, tổ chức"),
    "time-stamp": Text("time stamp", "dấu thời gian"),
    "unknown": Text("role unknown", "chưa rõ cá nhân hay cơ quan"),
}
_RESULTS: Final = {
    "weak": Text("right, with an algorithm or key that no longer holds", "đúng nhưng thuật toán hoặc khóa đã yếu"),
    "unverifiable": Text("cannot be verified", "không thể kiểm tra"),
    "invalid": Text("not valid: do not rely on it", "không hợp lệ: không được tin vào chữ ký này"),
}
_BELIEFS: Final = {
    "yes": Text("valid, and its signer is trusted", "hợp lệ, người ký được tin cậy"),
    "no": Text("right, but its signer is not trusted", "đúng nhưng chứng thư người ký không được tin cậy"),
    "indeterminate": Text(
        "right, but it is not known whether its certificate is revoked",
        "đúng nhưng chưa biết chứng thư có bị thu hồi hay không",
    ),
}
_CHANGES: Final = {
    "none": Text("nothing changed since", "không có thay đổi sau khi ký"),
    "evidence": Text("since then only evidence was added", "sau khi ký chỉ bổ sung dữ liệu xác thực"),
    "signatures": Text("since then further signatures were added", "sau khi ký có thêm chữ ký khác"),
    "forbidden": Text("changed after signing", "đã bị sửa sau khi ký"),
}
_OUTCOMES: Final = {
    "too-large": Text("too large to be examined", "quá lớn, không kiểm tra được"),
    "too-many": Text("more than is examined", "vượt số lượng được kiểm tra"),
    "encrypted": Text("encrypted with a password", "có mật khẩu, không mở được"),
    "malformed": Text("not a PDF that can be read", "tệp PDF hỏng, không đọc được"),
    "unreadable": Text("its content is not base64", "nội dung không phải base64"),
    "time": Text("not examined within the time allowed", "không kiểm tra xong trong thời gian cho phép"),
    "memory": Text("needs more memory than allowed", "cần nhiều bộ nhớ hơn mức cho phép"),
    "crashed": Text("could not be examined", "không kiểm tra được"),
}
_NOBODY: Final = Text("no signature in this PDF", "tệp PDF không có chữ ký số")
_UNKNOWN: Final = Text("something that this version has no word for", "điều mà phiên bản này chưa có từ để nói")


def say(found: Iterable[ExaminedAttachment], language: Language) -> Iterator[str]:
    """Yield a line for each PDF, and one for each signature in it."""
    for one in found:
        if one.outcome == NOT_PDF:
            continue
        if one.outcome != EXAMINED:
            yield f"{one.name}: {_OUTCOMES.get(one.outcome, _UNKNOWN).say(language)}"
        elif not one.signatures:
            yield f"{one.name}: {_NOBODY.say(language)}"
        for signature in one.signatures:
            yield f"{one.name}: {'; '.join(_said(signature, language))}"


def _said(signature: AttachmentSignature, language: Language) -> Iterator[str]:
    yield " ".join(filter(None, [_ROLES.get(signature.role, _UNKNOWN).say(language), signature.signer]))
    worth = _RESULTS if signature.result in _RESULTS else _BELIEFS
    word = signature.result if signature.result in _RESULTS else signature.belief
    reason = f" ({signature.reason})" if signature.reason else ""
    yield worth.get(word, _UNKNOWN).say(language) + reason
    if signature.intact:
        yield _CHANGES.get(signature.changes, _UNKNOWN).say(language)
