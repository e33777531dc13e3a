"""What addressing says to the sender about the codes it wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from lgsp.model.envelope import Kind
from lgsp.model.errors import Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lgsp.model.agency import Agency, AgencyCode, Participant

#: Path of an element and its line.
Place: TypeAlias = tuple[str, "int | None"]

_HEADER: Final = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader"
#: What is pointed at when no recipient is written at all.
PLACE: Final[Mapping[Kind, str]] = {
    Kind.DOCUMENT: f"{_HEADER}/To[1]/OrganId",
    Kind.STATUS: f"{_HEADER}/ResponseFor/OrganId",
    Kind.MESSAGE: "Message/To[1]",
}
SENDER: Final[Mapping[Kind, str]] = {
    Kind.DOCUMENT: f"{_HEADER}/From/OrganId",
    Kind.STATUS: f"{_HEADER}/From/OrganId",
    Kind.MESSAGE: "Message/From",
}


def nobody(kind: Kind) -> Problem:
    """Say that no recipient is left."""
    return unknown((PLACE[kind], None), "")


def unknown(place: Place, code: str) -> Problem:
    """Say that nobody answers to the code."""
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text("the code of an agency on this bus", "mã định danh của đơn vị có trên trục"),
        found=code,
        cure=Text(
            "look the code up with ListAgencies, or ask the province to register this agency",
            "tra mã bằng ListAgencies, hoặc đề nghị tỉnh đăng ký đơn vị này",
        ),
    )


def closed(place: Place, code: AgencyCode, successor: AgencyCode | None) -> Problem:
    """Say that the code is closed, and who took over where somebody did."""
    cure = Text("ask the province who took over this agency's work", "hỏi tỉnh xem đơn vị nào tiếp nhận nhiệm vụ")
    if successor is not None:
        cure = Text(f"send to its successor, {successor}", f"gửi tới đơn vị kế thừa, mã {successor}")
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text("a code that is in force (QĐ 09/2025/QĐ-TTg)", "mã còn hiệu lực (QĐ 09/2025/QĐ-TTg)"),
        found=code,
        cure=cure,
    )


def locked(place: Place, code: AgencyCode) -> Problem:
    """Say that the agency's connection is suspended."""
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text("an agency whose connection is open", "đơn vị đang mở kết nối với trục"),
        found=code,
        cure=Text(
            "send again when the connection is open; the bus's operator knows why it is suspended",
            "gửi lại khi kết nối được mở; đơn vị vận hành trục biết lý do tạm khóa",
        ),
    )


def paper(place: Place, code: AgencyCode, agency: Agency) -> Problem:
    """Say that the agency takes paper only (QĐ 28/2018/QĐ-TTg knows recipients that cannot take part)."""
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text("an agency with a document system", "đơn vị có hệ thống quản lý văn bản"),
        found=code,
        cure=Text(
            f"send this document to {agency.name} on paper, and take its code out of the recipients",
            f"gửi bản giấy tới {agency.name} và bỏ mã này khỏi danh sách nơi nhận điện tử",
        ),
    )


def forwarded(place: Place, code: AgencyCode, to: Agency) -> Problem:
    """Say to whom it went instead."""
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text("a code that is in force (QĐ 09/2025/QĐ-TTg)", "mã còn hiệu lực (QĐ 09/2025/QĐ-TTg)"),
        found=code,
        cure=Text(
            f"the document went to the successor, {to.name}: write {to.code} from now on",
            f"văn bản đã được chuyển tới đơn vị kế thừa là {to.name}: từ nay hãy ghi mã {to.code}",
        ),
    )


def readdressed(place: Place, written: AgencyCode, to: Sequence[AgencyCode]) -> Problem:
    """Say that a status went to whom its document was exchanged with, not to the code written."""
    listed = ", ".join(to)
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text(
            "the agency that the document was exchanged with", "đơn vị đã gửi, nhận văn bản mà trạng thái này nói tới"
        ),
        found=written,
        cure=Text(
            f"the status went to {listed}, as the document tells: write that code into ResponseFor/OrganId",
            f"trạng thái đã được chuyển tới {listed} theo đúng văn bản: hãy ghi mã này vào ResponseFor/OrganId",
        ),
    )


def closed_sender(place: Place, code: AgencyCode, agency: Agency) -> Problem:
    """Say that the sender's own code is closed."""
    cure = None
    if agency.successor is not None:
        cure = Text(f"write as the successor, {agency.successor}", f"gửi với mã của đơn vị kế thừa, {agency.successor}")
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text("a code that is in force (QĐ 09/2025/QĐ-TTg)", "mã còn hiệu lực (QĐ 09/2025/QĐ-TTg)"),
        found=code,
        cure=cure,
    )


def malformed(place: Place, code: AgencyCode, agency: Agency) -> Problem:
    """Say that a code is known here and follows neither national form."""
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text(
            "a code like H03.11 (QĐ 20/2020/QĐ-TTg) or 000.00.11.H03 (QCVN 102:2016/BTTTT)",
            "mã dạng H03.11 (QĐ 20/2020/QĐ-TTg) hoặc 000.00.11.H03 (QCVN 102:2016/BTTTT)",
        ),
        found=code,
        cure=Text(f"write {agency.code}", f"ghi mã {agency.code}"),
    )


def twice(place: Place, end: Participant, first: AgencyCode) -> Problem:
    """Say that two codes of one agency are among the recipients."""
    return Problem(
        element=place[0],
        line=place[1],
        expected=Text("each agency once", "mỗi đơn vị nhận chỉ ghi một lần"),
        found=end.written,
        cure=Text(
            f"it leads to the same agency as {first}, {end.agency}, which gets the document once",
            f"mã này và {first} cùng là đơn vị {end.agency}; đơn vị này nhận văn bản một lần",
        ),
    )
