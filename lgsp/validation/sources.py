"""Where each rule comes from: the law's article, the standard, or what systems in use were seen to do.

`docs/reference/problems.md` is made from this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lgsp.model.text import Text

_APPENDIX: Final = Text("NĐ 30/2020/NĐ-CP, Appendix VI, Part II", "Nghị định 30/2020/NĐ-CP, Phụ lục VI, Phần II")
_QCVN: Final = Text("QCVN 102:2016/BTTTT with amendment 1:2022", "QCVN 102:2016/BTTTT và Sửa đổi 1:2022")
_CODES: Final = Text("QĐ 20/2020/QĐ-TTg; QCVN 102:2016/BTTTT", "Quyết định 20/2020/QĐ-TTg; QCVN 102:2016/BTTTT")
_COMPLETE: Final = Text("QĐ 28/2018/QĐ-TTg, Art. 9(1)", "Quyết định 28/2018/QĐ-TTg, Điều 9 khoản 1")
_SHOWN: Final = Text("QĐ 28/2018/QĐ-TTg, Art. 10(2)", "Quyết định 28/2018/QĐ-TTg, Điều 10 khoản 2")
_PAPER: Final = Text("QĐ 28/2018/QĐ-TTg, Art. 5(3), 7(2)", "Quyết định 28/2018/QĐ-TTg, Điều 5 khoản 3, Điều 7 khoản 2")
_RECALL: Final = Text("QĐ 28/2018/QĐ-TTg, Art. 8, 9(2)", "Quyết định 28/2018/QĐ-TTg, Điều 8, Điều 9 khoản 2")
_STATUS: Final = Text(
    "QĐ 28/2018/QĐ-TTg, Art. 6(3), 10(2)", "Quyết định 28/2018/QĐ-TTg, Điều 6 khoản 3, Điều 10 khoản 2"
)
_SIGNED: Final = Text(
    "QĐ 28/2018/QĐ-TTg, Art. 4; NĐ 30/2020/NĐ-CP, Art. 5",
    "Quyết định 28/2018/QĐ-TTg, Điều 4; Nghị định 30/2020/NĐ-CP, Điều 5",
)
_DATED: Final = Text(
    "NĐ 30/2020/NĐ-CP, Art. 15; QĐ 28/2018/QĐ-TTg, Art. 6(2)",
    "Nghị định 30/2020/NĐ-CP, Điều 15; Quyết định 28/2018/QĐ-TTg, Điều 6 khoản 2",
)
_URGENT: Final = Text("QĐ 28/2018/QĐ-TTg, Art. 6(2)", "Quyết định 28/2018/QĐ-TTg, Điều 6 khoản 2")
_CLOCK: Final = Text("QĐ 28/2018/QĐ-TTg, Art. 14(4)", "Quyết định 28/2018/QĐ-TTg, Điều 14 khoản 4")
_FORMAT: Final = Text(
    "QĐ 28/2018/QĐ-TTg, Art. 14(2); QCVN 102:2016/BTTTT",
    "Quyết định 28/2018/QĐ-TTg, Điều 14 khoản 2; QCVN 102:2016/BTTTT",
)
_XML: Final = Text("XML 1.0 and Namespaces in XML (W3C)", "XML 1.0 và Namespaces in XML (W3C)")
_SEEN: Final = Text("observed practice: systems in use write it so", "thực tế: các hệ thống đang vận hành ghi như vậy")
_HUB: Final = Text(
    "observed practice: limits of a document hub in use", "thực tế: giới hạn của một trục văn bản đang vận hành"
)
_DEFECT: Final = Text(
    "observed practice: a defect met in real files", "thực tế: lỗi gặp trong tệp của các hệ thống đang dùng"
)
_OURS: Final = Text("a rule of this bus (decision 0016)", "quy định của trục này (quyết định 0016)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the validator may object to."""

    #: What is demanded, in one sentence.
    sentence: Text
    source: Text
    #: Whether the bus refuses what breaks it.
    refuses: bool = False


def _rule(en: str, vi: str, source: Text, *, refuses: bool = False) -> Rule:
    return Rule(sentence=Text(en, vi), source=source, refuses=refuses)


#: Rules about form and content, by name; the schema's rules stand in `ELEMENTS`.
RULES: Final[dict[str, Rule]] = {
    "form.xml": _rule(
        "well-formed XML in UTF-8, without a DTD", "XML đúng cú pháp, mã UTF-8, không có DTD", _XML, refuses=True
    ),
    "form.json": _rule(
        "edXML, not its JSON mapping: JSON carries no signature",
        "edXML, không phải ánh xạ JSON: JSON không mang được chữ ký số",
        _FORMAT,
        refuses=True,
    ),
    "form.variant": _rule("edXML of QCVN 102:2016", "edXML theo QCVN 102:2016", _FORMAT),
    "form.unread": _rule("elements that edXML has", "các phần tử có trong edXML", _FORMAT),
    "form.prefix": _rule("the prefix `edXML:` inside the envelope", "tiền tố `edXML:` bên trong gói tin", _SEEN),
    "schema": _rule("what the schema says of the element", "quy định của lược đồ đối với phần tử", _QCVN, refuses=True),
    "signature": _rule(
        "a signature that fits the document, where there is one",
        "chữ ký số (nếu có) khớp với văn bản",
        _SIGNED,
        refuses=True,
    ),
    "document.body": _rule(
        "a document has its body, though the manifest may be empty; a recall needs none",
        "văn bản có phần thân, danh sách tệp có thể rỗng; văn bản thu hồi không cần",
        _COMPLETE,
        refuses=True,
    ),
    "attachment.missing": _rule(
        "each file of the manifest is there",
        "mỗi tệp trong danh sách đều có nội dung kèm theo",
        _COMPLETE,
        refuses=True,
    ),
    "attachment.repeated": _rule(
        "each file has a ContentId of its own", "mỗi tệp có ContentId riêng", _COMPLETE, refuses=True
    ),
    "attachment.base64": _rule("each file is base64", "nội dung tệp là base64", _COMPLETE, refuses=True),
    "attachment.unlisted": _rule("each file is listed in the manifest", "mỗi tệp được khai báo trong danh sách", _SEEN),
    "attachment.none": _rule("a document has a file", "văn bản có tệp kèm theo", _SHOWN),
    "attachment.empty": _rule("a file has content", "tệp có nội dung", _COMPLETE),
    "attachment.zipped": _rule("files are put in as they are", "tệp được đưa vào nguyên dạng", _SEEN),
    "attachment.envelope": _rule(
        "no envelope inside an envelope: it is not unpacked",
        "không đặt gói tin trong gói tin: không hệ thống nào mở",
        _DEFECT,
    ),
    "date.promulgation": _rule(
        "the day of promulgation exists", "ngày ban hành có thật trong lịch", _DATED, refuses=True
    ),
    "date.impossible": _rule("days exist", "ngày có thật trong lịch", _DEFECT),
    "time.midnight": _rule("times are those of the clock", "thời điểm ghi theo đồng hồ", _CLOCK),
    "trace.nobody": _rule("each hop says whose system it was", "mỗi chặng ghi rõ hệ thống nào", _SHOWN),
    "reference.empty": _rule(
        "what answers nothing has no ResponseFor", "không trả lời văn bản nào thì không ghi ResponseFor", _DEFECT
    ),
    "value.filler": _rule(
        "what is not known is left out, not filled with N/A or null",
        "không có thông tin thì bỏ phần tử, không điền N/A hay null",
        _DEFECT,
    ),
    "code.form": _rule("agency codes have a national form", "mã định danh theo dạng quốc gia", _CODES),
    "priority.five": _rule("urgency is 0 to 4", "mức độ khẩn từ 0 đến 4", _URGENT),
    "type.class": _rule("Type is 1 or 2", "Type là 1 hoặc 2", _HUB),
    "document-id.day": _rule("a day inside a DocumentId exists", "ngày trong DocumentId có thật", _DEFECT),
    "document-id.other": _rule(
        "a DocumentId that speaks says what the header says", "DocumentId dạng ghép khớp với phần đầu", _SHOWN
    ),
    "status.subject": _rule(
        "a status names the document it is about", "trạng thái nêu rõ văn bản nào", _STATUS, refuses=True
    ),
    "status.addressee": _rule(
        "a status is addressed to whom it answers", "trạng thái gửi cho đơn vị mà nó trả lời", _STATUS
    ),
}

#: Where the schema's rule about an element comes from, by the end of its path; the longest end counts.
ELEMENTS: Final[dict[str, Text]] = {
    "OrganId": _CODES,
    "OrganName": _APPENDIX,
    "CodeNumber": _APPENDIX,
    "CodeNotation": _APPENDIX,
    "TypeName": _APPENDIX,
    "Subject": _APPENDIX,
    "PageAmount": _APPENDIX,
    "PromulgationAmount": _APPENDIX,
    "SignerInfo/Position": _APPENDIX,
    "SignerInfo/FullName": _APPENDIX,
    "PromulgationInfo/PromulgationDate": _DATED,
    "PromulgationInfo": _DATED,
    "DueDate": _APPENDIX,
    "ToPlaces/Place": _APPENDIX,
    "DocumentId": _SHOWN,
    "MessageHeader/Code": _SHOWN,
    "DocumentType": _SHOWN,
    "MessageHeader/To": _SHOWN,
    "MessageHeader/From": _SHOWN,
    "OtherInfo": _URGENT,
    "Priority": _URGENT,
    "Timestamp": _CLOCK,
    "TraceHeaderList": _SHOWN,
    "BussinessDocType": _RECALL,
    "Paper": _PAPER,
    "StatusCode": _STATUS,
    "ResponseFor": _STATUS,
    "Competence": _HUB,
    "OrganizationInCharge": _HUB,
    "OrganAdd": _HUB,
    "Email": _HUB,
    "Telephone": _HUB,
    "Fax": _HUB,
    "Website": _HUB,
    "PromulgationInfo/Place": _HUB,
    "Content": _HUB,
    "BussinessDocReason": _HUB,
    "Department": _HUB,
    "Staff": _HUB,
    "Mobile": _HUB,
    "AttachmentName": _HUB,
    "SteeringType": _SEEN,
    "ContentId": _SEEN,
    "ReceiverType": _SEEN,
    "edXMLBody": _COMPLETE,
    "Signature": _SIGNED,
}


def source_of(rule: str, element: str) -> Text:
    """Return where an objection comes from: by its rule, and for the schema's by the element's path in edXML."""
    if rule != "schema":
        return RULES[rule].source if rule in RULES else _OURS
    steps = [step.partition("[")[0] for step in element.split("/")]
    for end in ("/".join(steps[-2:]), steps[-1]):
        if end in ELEMENTS:
            return ELEMENTS[end]
    return RULES["schema"].source
