"""Every figure of a report: what it is called, what exactly it counts, and which rule asks for it.

The reference page docs/reference/figures.md is made from this.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


class Meaning(NamedTuple):
    """What a figure means."""

    title: Text
    definition: Text
    #: The article that asks for it; empty where none does.
    source: str = ""


_QD28: Final = "QĐ 28/2018/QĐ-TTg Điều 11"
_PAPER: Final = "QĐ 28/2018/QĐ-TTg Điều 5(3), 7(2)"
_766: Final = "QĐ 766/QĐ-TTg"

MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "documents": Meaning(
            Text("documents exchanged", "Văn bản điện tử gửi, nhận"),
            Text(
                "accepted documents, each once however many recipients it has; statuses, messages and what was refused"
                " or is held are not among them",
                "văn bản được trục tiếp nhận, mỗi văn bản tính một lần dù gửi bao nhiêu nơi; không tính gói tin trạng"
                " thái, bản tin, văn bản bị từ chối hoặc đang tạm giữ",
            ),
            _QD28,
        ),
        "sent": Meaning(
            Text("sent", "Gửi đi"),
            Text(
                "documents whose sender is of the province, each once",
                "văn bản do cơ quan trong tỉnh gửi, mỗi văn bản tính một lần",
            ),
            _QD28,
        ),
        "received": Meaning(
            Text("received", "Nhận về"),
            Text(
                "deliveries to bodies of the province: a document for three of them is received three times",
                "lượt văn bản đến các cơ quan trong tỉnh: văn bản gửi ba nơi tính ba lượt nhận",
            ),
            _QD28,
        ),
        "internal": Meaning(
            Text("within the province", "Trong tỉnh"),
            Text(
                "documents whose sender and whose recipients are all of the province",
                "văn bản có nơi gửi và mọi nơi nhận đều thuộc tỉnh",
            ),
            _QD28,
        ),
        "outgoing": Meaning(
            Text("to others outside", "Gửi ra ngoài tỉnh"),
            Text(
                "documents from the province with at least one recipient outside",
                "văn bản của tỉnh có ít nhất một nơi nhận ngoài tỉnh",
            ),
            _QD28,
        ),
        "incoming": Meaning(
            Text("from outside", "Từ ngoài tỉnh đến"),
            Text("documents whose sender is not of the province", "văn bản có nơi gửi không thuộc tỉnh"),
            _QD28,
        ),
        "signed": Meaning(
            Text("signed", "Có ký số"),
            Text(
                "documents whose signature was found valid and that went their way without reserve; only these replace"
                " paper",
                "văn bản có chữ ký số hợp lệ, được chuyển đi không kèm bảo lưu; chỉ các văn bản này thay thế bản giấy",
            ),
            "QĐ 28/2018/QĐ-TTg Điều 4",
        ),
        "unsigned": Meaning(
            Text("without signature", "Không ký số"),
            Text(
                "documents that carry no signature: for information only",
                "văn bản không có chữ ký số: chỉ để biết, để tham khảo",
            ),
            "QĐ 28/2018/QĐ-TTg Điều 4",
        ),
        "doubtful": Meaning(
            Text("with doubt", "Chữ ký chưa tin cậy"),
            Text(
                "documents with a signature that could not be found valid, taken for information",
                "văn bản có chữ ký số nhưng chưa xác nhận được là hợp lệ, chỉ nhận để tham khảo",
            ),
        ),
        "electronic": Meaning(
            Text("electronic only", "Chỉ gửi bản điện tử"),
            Text("documents beside which no paper goes", "văn bản gửi điện tử không kèm bản giấy"),
            _PAPER,
        ),
        "paper": Meaning(
            Text("with paper", "Gửi kèm bản giấy"),
            Text(
                "documents whose sender declared that paper goes too (edXML `Paper`), by the class of the reason",
                "văn bản mà nơi gửi khai là có gửi kèm bản giấy (edXML `Paper`), phân theo nhóm lý do",
            ),
            _PAPER,
        ),
        "electronic_share": Meaning(
            Text("share electronic only", "Tỷ lệ chỉ gửi điện tử"),
            Text("electronic only, of all documents of the row", "số văn bản chỉ gửi điện tử trên tổng số của dòng"),
            _PAPER,
        ),
        "signed_share": Meaning(
            Text("share signed", "Tỷ lệ ký số"),
            Text("signed, of all documents of the row", "số văn bản có ký số trên tổng số của dòng"),
        ),
        "deliveries": Meaning(
            Text("deliveries", "Lượt gửi đến nơi nhận"),
            Text("one document to one recipient", "một văn bản đến một nơi nhận"),
        ),
        "delivered": Meaning(
            Text("delivered", "Đã giao"),
            Text(
                "deliveries that are in the recipient's system or mailbox, taken or not yet",
                "lượt đã vào hệ thống hoặc hộp thư của nơi nhận, dù đã nhận hay chưa",
            ),
        ),
        "taken": Meaning(
            Text("taken", "Đã nhận"),
            Text("deliveries that the recipient said it has stored", "lượt mà nơi nhận xác nhận đã lưu"),
        ),
        "returned": Meaning(
            Text("returned", "Từ chối, trả lại"),
            Text("deliveries that the recipient refused", "lượt mà nơi nhận từ chối"),
            "QĐ 28/2018/QĐ-TTg Điều 5(4)",
        ),
        "failed": Meaning(
            Text("not deliverable", "Giao không được"),
            Text("deliveries given up after the last attempt", "lượt phải dừng sau lần thử cuối"),
        ),
        "withdrawn": Meaning(
            Text("withdrawn", "Đã rút lại"),
            Text("deliveries recalled before pick-up", "lượt được thu hồi trước khi nơi nhận lấy"),
            "QĐ 28/2018/QĐ-TTg Điều 8",
        ),
        "waiting": Meaning(
            Text("waiting", "Đang chờ"),
            Text("deliveries on their way", "lượt đang trên đường chuyển"),
        ),
        "registered": Meaning(
            Text("registered", "Đã vào sổ"),
            Text("deliveries reported as 03 or further", "lượt đã được báo trạng thái 03 trở lên"),
            "QĐ 28/2018/QĐ-TTg Điều 10(2)",
        ),
        "finished": Meaning(
            Text("finished", "Đã hoàn thành"),
            Text("deliveries reported as 06", "lượt đã được báo trạng thái 06"),
            "QĐ 28/2018/QĐ-TTg Điều 10(2)",
        ),
        "urgent": Meaning(
            Text("urgent", "Văn bản khẩn"),
            Text("deliveries of priority 1 to 4", "lượt có độ khẩn từ 1 đến 4"),
            "QĐ 28/2018/QĐ-TTg Điều 6(2)",
        ),
        "urgent_in_time": Meaning(
            Text("urgent, in time", "Khẩn, đúng chỉ tiêu"),
            Text(
                "urgent deliveries that were with the recipient within `[urgency] target_seconds` of acceptance",
                "lượt khẩn đến nơi nhận trong thời gian `[urgency] target_seconds` kể từ khi tiếp nhận",
            ),
            "QĐ 28/2018/QĐ-TTg Điều 6(2)",
        ),
        "statuses": Meaning(
            Text("statuses sent", "Trạng thái đã gửi"),
            Text("statuses that the body reported", "gói tin trạng thái do cơ quan gửi"),
            "QĐ 28/2018/QĐ-TTg Điều 6(3)",
        ),
        "refused": Meaning(
            Text("refused by the bus", "Trục từ chối"),
            Text(
                "what the bus did not accept, by error code; counted on the day it came",
                "gói tin trục không tiếp nhận, theo mã lỗi; tính vào ngày gửi đến",
            ),
        ),
        "dossiers": Meaning(
            Text("dossiers taken in", "Hồ sơ tiếp nhận"),
            Text(
                "dossiers of which a desk told the bus, by the day it took them in; each number once",
                "hồ sơ mà bộ phận một cửa gửi qua trục, theo ngày tiếp nhận; mỗi mã hồ sơ tính một lần",
            ),
            f"{_766}: TongTiepNhan",
        ),
        "dossiers_in_time": Meaning(
            Text("dossiers in time", "Hồ sơ giải quyết đúng hạn"),
            Text(
                "done (state 9 or 10) not later than promised",
                "đã xử lý xong (trạng thái 9 hoặc 10) không muộn hơn ngày hẹn trả",
            ),
            f"{_766}: DaXuLyDungHan",
        ),
        "dossiers_late": Meaning(
            Text("dossiers late", "Hồ sơ giải quyết quá hạn"),
            Text("done later than promised", "đã xử lý xong sau ngày hẹn trả"),
            f"{_766}: DaXuLyQuaHan",
        ),
        "dossiers_carried": Meaning(
            Text("carried over", "Kỳ trước chuyển sang"),
            Text(
                "taken in before the first day and not ended by then",
                "tiếp nhận trước ngày đầu kỳ và đến khi đó chưa kết thúc",
            ),
            f"{_766}: TiepNhanKyTruoc",
        ),
        "dossiers_open": Meaning(
            Text("open, not due", "Đang giải quyết, trong hạn"),
            Text("not ended, and not due on the last day", "chưa kết thúc và chưa đến hạn vào ngày cuối kỳ"),
            f"{_766}: DangXuLyTrongHan",
        ),
        "dossiers_overdue": Meaning(
            Text("open, overdue", "Đang giải quyết, quá hạn"),
            Text("not ended, and due before the last day", "chưa kết thúc và đã quá hạn vào ngày cuối kỳ"),
            f"{_766}: DangXuLyQuaHan",
        ),
        "postal": Meaning(
            Text("postal items", "Bưu gửi"),
            Text(
                "as the post declares them in a file (`--postal`); what received and returned do not explain of the"
                " total is shown as the remainder, never spread or hidden",
                "theo số liệu bưu chính khai trong tệp (`--postal`); phần tổng số mà số nhận và số trả không giải thích"
                " được thì ghi riêng là chênh lệch, không phân bổ, không giấu",
            ),
            "QĐ 45/2016/QĐ-TTg",
        ),
    }
)


def title(name: str) -> Text:
    """Return what a figure is called."""
    return MEANINGS[name].title
