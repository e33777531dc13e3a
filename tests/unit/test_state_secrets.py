from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.errors import PolicyDenied
from lgsp.stages.policy import NoStateSecrets
from lgsp.stages.policy.stamps import near, stamp
from tests.builders import SENT, a_document, a_message
from tests.unit.test_policies_and_routing import believed

if TYPE_CHECKING:
    from collections.abc import Callable

#: Subjects and titles of ordinary life; each holds the word, or letters near it.
INNOCENT: Final = """
Bảo vệ bí mật nhà nước
V/v tăng cường công tác bảo vệ bí mật nhà nước trên không gian mạng
BẢO VỆ BÍ MẬT NHÀ NƯỚC
Quyết định ban hành Quy chế bảo vệ bí mật nhà nước của UBND tỉnh
Triển khai Luật Bảo vệ bí mật nhà nước năm 2018
TRIỂN KHAI THI HÀNH LUẬT BẢO VỆ BÍ MẬT NHÀ NƯỚC
Danh mục bí mật nhà nước độ Tuyệt mật, Tối mật và Mật của ngành Y tế
Ban hành Danh mục bí mật nhà nước thuộc lĩnh vực Nội vụ, độ tối mật
Kiểm tra việc soạn thảo, quản lý tài liệu có chứa bí mật nhà nước
Giải mật tài liệu lưu trữ lịch sử
Hướng dẫn giải mật hồ sơ, tài liệu
V/v bảo mật thông tin
Bảo mật: hướng dẫn sử dụng chữ ký số
TĂNG CƯỜNG BẢO MẬT HỆ THỐNG MẠNG
Cảnh báo lỗ hổng bảo mật nghiêm trọng tháng 9
Cập nhật bản vá bảo mật cho máy chủ
An toàn, bảo mật dữ liệu cá nhân
Thỏa thuận bảo mật với nhà thầu
Thay đổi mật khẩu hộp thư công vụ
Mật khẩu: quy định về độ dài và thời hạn
Mật khẩu
CẤP LẠI MẬT KHẨU TÀI KHOẢN DỊCH VỤ CÔNG
Đặt lại mật khẩu - Trục liên thông văn bản
Quản lý mật mã dân sự
Cấp phép kinh doanh sản phẩm mật mã dân sự
CHỨNG THƯ SỐ VÀ MẬT MÃ
Ứng dụng kỹ thuật mật mã trong cơ quan nhà nước
Phát triển nghề nuôi ong lấy mật
Hỗ trợ mô hình mật ong rừng Bắc Kạn
Mật ong hoa nhãn đạt chuẩn OCOP 4 sao
MẬT ONG BẠC HÀ HÀ GIANG
Tiêu chuẩn chất lượng đường, mật, sữa
Sản xuất mật mía truyền thống
Thu hồi thực phẩm chức năng chứa mật gấu
Chấm dứt nuôi gấu lấy mật
Vi phạm bí mật kinh doanh
Bảo hộ bí mật kinh doanh và sáng chế
Tội xâm phạm bí mật thư tín, điện thoại
Bí mật đời tư của công dân
Mật độ dân số theo đơn vị hành chính cấp xã
MẬT ĐỘ XÂY DỰNG TỐI ĐA
Điều chỉnh mật độ xây dựng thuần của dự án
Buổi tối mật độ phương tiện tăng cao
Giữ mối quan hệ mật thiết giữa Đảng với nhân dân
Liên hệ mật thiết với Nhân dân
Cơ mật viện triều Nguyễn
Điều trị sỏi mật, viêm túi mật
Phẫu thuật nội soi túi mật
Bệnh gan mật và tiêu hóa
HỘI NGHỊ KHOA HỌC GAN MẬT TOÀN QUỐC
Trồng dừa lấy mật
Đặc vụ và mật vụ trong lịch sử
Bạn bè thân mật, gia đình hạnh phúc
Gặp mặt thân mật các đại biểu
Quy định về quản lý văn bản mật
Tập huấn soạn thảo, quản lý tài liệu mật
Văn thư bảo mật - lưu trữ
Công tác cơ yếu, mật mã
Danh sách mật hiệu liên lạc phòng chống thiên tai
Độ mật: Không
Độ mật: Thường
Ông Nguyễn Văn Mật nhận huy hiệu 60 năm tuổi Đảng
Bà Trần Thị Mật, thôn Nà Mèo
Tuần trăng mật
Cập nhật phần mềm
Thực hiện luật
Phát hiện sự thật
Mất mùa, mất điện
MẤT GIẤY TỜ TÙY THÂN
Mặt trận Tổ quốc
MẶT BẰNG
Lắp đặt thiết bị tối mắt
B Ả O  M Ậ T
BẢO-MẬT
""".strip().splitlines()

#: A degree, and how it may stand as a stamp.
TOP: Final = ("TUYỆT MẬT", "TỐI MẬT")
SETTINGS: Final = (
    "{}",
    "({})",
    "[{}] V/v điều động lực lượng",
    "{}: V/v điều động lực lượng",
    "{} - Kế hoạch diễn tập",
    "Kế hoạch diễn tập - {}",
    "Độ mật: {}",
    "Mức độ mật: {}",
    "{} V/v điều động lực lượng",
)


@pytest.mark.parametrize("text", INNOCENT)
def test_an_ordinary_text_raises_no_alarm_in_either_unicode_form(text: str) -> None:
    assert stamp(text) == ""
    assert stamp(unicodedata.normalize("NFD", text)) == ""


def test_the_corpus_of_innocent_texts_is_large_enough_to_mean_something() -> None:
    assert len(set(INNOCENT)) >= 60


@pytest.mark.parametrize("text", INNOCENT[:20])
def test_a_document_with_an_ordinary_subject_passes(text: str) -> None:
    NoStateSecrets().check(believed(a_document(subject=text)), SENT)


CASES: Final[tuple[Callable[[str], str], ...]] = (str, str.lower, str.title, str.upper, str.swapcase)
FORMS: Final = ("NFC", "NFD", "NFKC", "NFKD")
#: Every letter that is shown to look like one of the stamps' letters, tried here by the handful.
LOOKALIKES: Final = {"M": "МΜ", "A": "АΑ", "T": "ТΤ", "U": "U", "Y": "ҮΥ", "E": "ЕΕ", "O": "ОΟ", "I": "ІΙ"}
UNSEEN: Final = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\ufe0f", "\u2063", "\U000e0061")
GAPS: Final = (" ", "  ", ".", "-", "–", "·", "_", "\u00a0", "\u2009", " . ", "/", "*", "\n", "\t", "\u3000")


@st.composite
def disguised(draw: st.DrawFn, degree: str) -> str:
    """Write a degree in some disguise that leaves it readable to a person."""
    letters = [unicodedata.normalize("NFD", letter) for letter in draw(st.sampled_from(CASES))(degree)]
    gap = draw(st.sampled_from(("", "", *GAPS)))
    kind = draw(st.sampled_from(("as it is", "wide", "bold", "circled", "look-alike")))
    written = [letter if letter == " " else _dressed(draw, letter, kind) for letter in letters]
    if draw(st.booleans()):
        written = [letter + draw(st.sampled_from(("", *UNSEEN))) for letter in written]
    spaced = "".join(letter if letter == " " else letter + gap for letter in written).strip("".join(GAPS))
    words = draw(st.sampled_from((" ", "   ", "-", "", ".", "\u00a0")))
    return unicodedata.normalize(draw(st.sampled_from(FORMS)), spaced.replace(" ", words) if not gap else spaced)


def _dressed(draw: st.DrawFn, letter: str, kind: str) -> str:
    base, marks = letter[0], letter[1:]
    if kind == "wide":
        base = chr(ord(base) - 0x21 + 0xFF01)
    elif kind == "bold":
        base = chr((0x1D400 - ord("A") if base.isupper() else 0x1D41A - ord("a")) + ord(base))
    elif kind == "circled":
        base = chr((0x24B6 - ord("A") if base.isupper() else 0x24D0 - ord("a")) + ord(base))
    elif kind == "look-alike" and base in LOOKALIKES:
        base = draw(st.sampled_from(LOOKALIKES[base]))
    return base + marks


@given(data=st.data(), degree=st.sampled_from(TOP), setting=st.sampled_from(SETTINGS))
def test_every_stamp_of_the_two_highest_degrees_is_found_in_any_disguise(
    data: st.DataObject, degree: str, setting: str
) -> None:
    text = setting.format(data.draw(disguised(degree)))
    assert near(text)
    assert stamp(text)


@given(data=st.data(), setting=st.sampled_from(SETTINGS[:-1]))
def test_every_stamp_of_the_lowest_degree_is_found_where_a_stamp_stands_in_any_disguise(
    data: st.DataObject, setting: str
) -> None:
    text = setting.format(data.draw(disguised("MẬT")))
    assert near(text)
    assert stamp(text)


@given(degree=st.sampled_from(TOP), before=st.sampled_from(INNOCENT), after=st.sampled_from(INNOCENT))
def test_a_high_stamp_among_ordinary_words_is_found(degree: str, before: str, after: str) -> None:
    assert stamp(f"{before}. {degree}. {after}")


@given(text=st.text(max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    if stamp(text):
        assert near(text)


def test_a_long_text_made_to_be_slow_is_read_in_proportion() -> None:
    assert stamp("m . ậ . " * 20_000 + "x" + "t u y . " * 20_000) == ""


@pytest.mark.parametrize(
    "text", ["MẬT V/v điều động", "Công văn MẬT về việc", "CÔNG VĂN MẬT VỀ ĐIỀU ĐỘNG", "MẬT Mã số 15"]
)
def test_the_lowest_degree_in_capitals_is_found_among_other_words(text: str) -> None:
    assert stamp(text) == "MẬT" or unicodedata.normalize("NFC", stamp(text)) == "MẬT"


def test_a_stamped_document_is_refused_and_told_where_without_repeating_the_secret() -> None:
    with pytest.raises(PolicyDenied) as caught:
        NoStateSecrets().check(believed(a_document(subject="Tối mật: phương án bảo vệ Z")), SENT)
    (problem,) = caught.value.problems
    assert problem.element.endswith("MessageHeader/Subject")
    assert problem.line is not None
    assert "phương án" not in caught.value.say("vi")
    assert believed(a_document(subject="Tối mật: phương án bảo vệ Z")).envelope.digest in caught.value.say("vi")


def test_a_stamp_in_the_name_of_a_file_is_found() -> None:
    from lgsp.sdk.writing import File  # noqa: PLC0415

    file = File(name="ke hoach (TUYỆT MẬT).pdf", content=b"%PDF-1.4", content_id="1")
    with pytest.raises(PolicyDenied, match="AttachmentName"):
        NoStateSecrets().check(believed(a_document(attachments=[file])), SENT)


@pytest.mark.parametrize(("value", "refused"), [("mat", True), ("2", True), ("0", False), ("Thường", False)])
def test_a_sender_may_declare_secrecy_on_the_trace_header(value: str, refused: bool) -> None:  # noqa: FBT001
    octets = a_document().replace(b"<edXML:TraceHeaderList", f'<edXML:TraceHeaderList secrecy="{value}"'.encode(), 1)
    document = believed(octets)
    if refused:
        with pytest.raises(PolicyDenied, match="@secrecy"):
            NoStateSecrets().check(document, SENT)
    else:
        NoStateSecrets().check(document, SENT)


def test_what_a_message_carries_is_not_read_for_stamps() -> None:
    NoStateSecrets().check(believed(a_message()), SENT)
