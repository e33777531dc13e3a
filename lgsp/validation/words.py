"""The words of a report, in both languages."""

from __future__ import annotations

from typing import Final

from lgsp.model.envelope import Kind
from lgsp.model.text import Text
from signing import Result

KINDS: Final = {
    Kind.DOCUMENT: Text("edXML document", "văn bản edXML"),
    Kind.STATUS: Text("edXML status", "thông báo trạng thái edXML"),
    Kind.MESSAGE: Text("message", "bản tin"),
}
#: E (iNet) writes exactly what A writes: no mark tells them apart.
VARIANTS: Final = {
    "A": Text(
        "VNPT Java SDK, or iNet, variant E, which writes the same",
        "SDK Java của VNPT, hoặc iNet (biến thể E) ghi giống hệt",
    ),
    "B": Text("VPCP .NET SDK", "SDK .NET của VPCP"),
    "C": Text("old Bkav eDoc", "eDoc cũ của Bkav"),
    "D": Text("flat EdXMLEnvelope", "EdXMLEnvelope dạng phẳng"),
    "F": Text("JSON mapping", "ánh xạ JSON"),
    "1": Text("this bus's own", "của chính trục này"),
}
VERDICTS: Final = {
    Result.VALID: Text("The signature is valid.", "Chữ ký số hợp lệ."),
    Result.WEAK: Text(
        "The signature is right, but made with an algorithm or key that no longer holds.",
        "Chữ ký số đúng nhưng dùng thuật toán hoặc khóa đã yếu.",
    ),
    Result.UNVERIFIABLE: Text(
        "There is something like a signature that nobody can verify.", "Có phần chữ ký nhưng không thể kiểm tra được."
    ),
    Result.INVALID: Text(
        "The signature is not valid: do not rely on this content.",
        "Chữ ký số không hợp lệ: không được tin vào nội dung này.",
    ),
    Result.ABSENT: Text("There is no signature.", "Không có chữ ký số."),
}
UNTRUSTED: Final = Text(
    "The signer's certificate does not lead to an authority that you named.",
    "Chứng thư của người ký không thuộc tổ chức chứng thực nào đã chỉ định.",
)
UNJUDGED: Final = Text(
    "No signature was judged: it was read from a mended copy, and only the octets themselves can prove anything.",
    "Chưa kiểm tra chữ ký số: nội dung được đọc từ bản đã chỉnh, chỉ tệp gốc mới có giá trị chứng minh.",
)
FACTS: Final = {
    "sender": Text("sender", "nơi gửi"),
    "recipients": Text("to", "nơi nhận"),
    "document_id": Text("identifier", "mã định danh"),
    "subject": Text("subject", "trích yếu"),
    "number": Text("number", "số"),
    "notation": Text("notation", "ký hiệu"),
    "promulgated": Text("date", "ngày ban hành"),
    "priority": Text("urgency", "mức độ khẩn"),
    "business": Text("business", "nghiệp vụ"),
    "attachments": Text("attachments", "tệp đính kèm"),
    "code": Text("status", "trạng thái"),
    "about": Text("about", "về văn bản"),
    "reason": Text("reason", "lý do"),
    "reported": Text("reported", "thời điểm báo"),
    "service": Text("service", "dịch vụ"),
    "payload": Text("payload", "nội dung"),
    "conversation": Text("conversation", "phiên trao đổi"),
    "created": Text("created", "thời điểm tạo"),
    "digest": Text("SHA-256", "SHA-256"),
}
BUSINESS: Final = {
    "new": Text("new", "văn bản mới"),
    "recall": Text("recall", "thu hồi"),
    "update": Text("update", "cập nhật"),
    "replace": Text("replace", "thay thế"),
}
OK: Final = Text("Good", "Đạt")
NOT_OK: Final = Text("Not good", "Không đạt")
NO_ENVELOPE: Final = Text("no envelope that the bus knows", "không phải gói tin mà trục nhận biết")
VARIANT: Final = Text("variant", "biến thể")
SOURCE: Final = Text("rule", "căn cứ")
WORTH_KNOWING: Final = Text("Worth knowing, refuses nothing:", "Nên biết, không bị từ chối vì những điều này:")
