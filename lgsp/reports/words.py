"""The words of reports, in both languages: those of facets, as decrees and people use them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "central": Text("central", "Trung ương"),
        "province": Text("province", "Cấp tỉnh"),
        "district": Text("district", "Cấp huyện"),
        "commune": Text("commune", "Cấp xã"),
        "": Text("not recorded", "Không ghi nhận"),
    }
)
BLOCS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "party": Text("Party", "Khối Đảng"),
        "government": Text("government", "Khối chính quyền"),
        "mass-organisation": Text("mass organisations", "Khối đoàn thể"),
        "": Text("not recorded", "Không ghi nhận"),
    }
)
PAPER: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "government": Text("to the Government or the Prime Minister", "Gửi Chính phủ, Thủ tướng theo quy chế làm việc"),
        "list": Text("on the list of the province", "Thuộc danh mục do tỉnh quyết định"),
        "on-request": Text("on request, with a reason", "Theo yêu cầu, có nêu lý do"),
        "none": Text("no reason given", "Không nêu lý do"),
    }
)
STATUSES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "accepted": Text("accepted, waiting", "Đã tiếp nhận, chờ chuyển"),
        "queued": Text("in the queue", "Đã vào hàng đợi"),
        "delivered": Text("delivered", "Đã giao"),
        "taken": Text("taken", "Bên nhận đã nhận"),
        "refused": Text("refused by the recipient", "Bên nhận từ chối"),
        "failed": Text("could not be delivered", "Giao không được"),
        "withdrawn": Text("withdrawn before pick-up", "Đã rút lại trước khi nhận"),
    }
)
PROGRESS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "": Text("nothing reported", "Chưa phản hồi"),
        "01": Text("arrived", "Đã đến"),
        "02": Text("returned", "Từ chối tiếp nhận (trả lại)"),
        "03": Text("registered", "Đã tiếp nhận"),
        "04": Text("assigned", "Đã chuyển xử lý"),
        "05": Text("being worked on", "Đang xử lý"),
        "06": Text("finished", "Đã hoàn thành"),
    }
)
TIMES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "2s": Text("up to 2 seconds", "Đến 2 giây"),
        "10s": Text("up to 10 seconds", "Đến 10 giây"),
        "1m": Text("up to 1 minute", "Đến 1 phút"),
        "5m": Text("up to 5 minutes", "Đến 5 phút"),
        "30m": Text("up to 30 minutes", "Đến 30 phút"),
        "1h": Text("up to 1 hour", "Đến 1 giờ"),
        "4h": Text("up to 4 hours", "Đến 4 giờ"),
        "1d": Text("up to 1 day", "Đến 1 ngày"),
        "3d": Text("up to 3 days", "Đến 3 ngày"),
        "longer": Text("longer than 3 days", "Quá 3 ngày"),
    }
)
PRIORITIES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "1": Text("urgent", "Khẩn"),
        "2": Text("very urgent", "Thượng khẩn"),
        "3": Text("express", "Hỏa tốc"),
        "4": Text("express at an hour", "Hỏa tốc hẹn giờ"),
    }
)
CHANNELS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "1": Text("at the counter", "Trực tiếp tại bộ phận một cửa"),
        "2": Text("online", "Trực tuyến"),
        "3": Text("by post", "Qua bưu chính công ích"),
    }
)
REQUESTS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "recall": Text("recall", "Thu hồi"),
        "update": Text("update", "Cập nhật"),
        "replace": Text("replacement", "Thay thế"),
    }
)
REQUEST_STATES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "withdrawn": Text("withdrawn before pick-up", "Rút lại trước khi nhận"),
        "pending": Text("waiting for an answer", "Chờ trả lời"),
        "agreed": Text("agreed", "Đồng ý"),
        "refused": Text("not agreed", "Không đồng ý"),
        "no-answer": Text("no answer in time", "Quá hạn không trả lời"),
    }
)


def word(words: Mapping[str, Text], name: str) -> Text:
    """Return a word; one that is not known is shown as it is."""
    return words.get(name) or Text(name, name)
