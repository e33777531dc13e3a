"""Paper beside the electronic document needs its reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import DocumentHeader
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.paper import PaperReason
from lgsp.model.text import Text
from lgsp.stages.policy.ruling import Mode

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.envelope import Envelope, Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRules:
    """What is a reason for paper beside the electronic document (QĐ 28/2018/QĐ-TTg, Điều 7(2))."""

    #: Codes of the Government and the Prime Minister, (a); `*` and `?` stand for any part of one.
    government: tuple[str, ...] = ("000.00.00.G22", "G22")
    #: Names of types of documents that the head of the ministry or province decided on, (b); `*` and `?` as above.
    types: tuple[str, ...] = ()

    def reason(self, envelope: Envelope) -> PaperReason | None:
        """Return why paper goes beside `envelope`, the strongest reason that there is; None where none goes."""
        header = envelope.header
        if not isinstance(header, DocumentHeader) or not header.paper:
            return None
        if any(fnmatchcase(code, pattern) for code in envelope.recipients for pattern in self.government):
            return PaperReason.GOVERNMENT
        name = header.type_name.strip().casefold()
        if name and any(fnmatchcase(name, pattern.casefold()) for pattern in self.types):
            return PaperReason.LIST
        return PaperReason.ON_REQUEST if header.reason else PaperReason.NONE


class PaperHasReason:
    """Paper beside the electronic document needs its reason."""

    sentence: Final = Text(
        "What was sent electronically is not sent on paper too, unless it goes to the Government or the Prime "
        "Minister, is of a type on the list that the head decided, or the sender writes the reason.",
        "Văn bản đã gửi điện tử thì không gửi thêm bản giấy, trừ văn bản gửi Chính phủ, Thủ tướng Chính phủ, văn bản "
        "thuộc danh mục do người đứng đầu quyết định, hoặc khi đơn vị gửi ghi rõ lý do.",
    )
    source: Final = Text(
        "Decision 28/2018/QĐ-TTg, Art. 5(3) and 7(2)", "Quyết định 28/2018/QĐ-TTg, Điều 5 khoản 3, Điều 7 khoản 2"
    )
    mode: Final = Mode.REMARK

    def __init__(self, **reasons: tuple[str, ...]) -> None:
        """Take the codes and types that are reasons by themselves, as PaperRules names them."""
        self._rules = PaperRules(**reasons)

    def check(self, verified: Verified, at: datetime) -> None:
        """Ask for the reason where paper goes too."""
        del at
        if self._rules.reason(verified.envelope) is PaperReason.NONE:
            raise PolicyDenied(
                Problem(
                    element="edXML/edXMLEnvelope/edXMLHeader/TraceHeaderList/Bussiness/BussinessDocReason",
                    expected=Text("the reason for the paper copy", "lý do gửi kèm bản giấy"),
                    cure=Text(
                        "write the reason in BussinessDocReason, or send without paper (Paper 0)",
                        "ghi lý do vào BussinessDocReason, hoặc không gửi bản giấy (Paper 0)",
                    ),
                )
            )
