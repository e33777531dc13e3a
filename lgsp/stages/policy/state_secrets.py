"""State secrets do not travel on this exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.text import Text
from lgsp.stages.policy.header import local, root_of, texts, words
from lgsp.stages.policy.ruling import Mode
from lgsp.stages.policy.stamps import near, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.envelope import Envelope, Verified

#: Where a sender may declare secrecy: an attribute of TraceHeaderList, the one element whose schema lets any attribute
#: stand; edXML has no element for it.
_DECLARED: Final = "secrecy"
#: What stands there for "none".
_OPEN: Final = frozenset({"", "0", "none", "no", "false", "không", "thường", "khong", "thuong"})
#: Elements that hold names of persons: Mật is one.
_NAMES: Final = frozenset({"FullName", "Staff"})
_PLACE: Final = "edXML/edXMLEnvelope/edXMLHeader/TraceHeaderList"


class NoStateSecrets:
    """What is a state secret does not travel on this exchange.

    A heuristic where nothing is declared: it reads the words of the header, in whatever disguise, and not the files.
    """

    sentence: Final = Text(
        "A document that holds a state secret, by its sender's word or by a stamp in its header (MẬT, TỐI MẬT, "
        "TUYỆT MẬT), is not carried.",
        "Không chuyển văn bản có nội dung bí mật nhà nước, do đơn vị gửi khai báo hoặc có dấu chỉ độ mật trong phần "
        "thông tin (MẬT, TỐI MẬT, TUYỆT MẬT).",
    )
    source: Final = Text(
        "Decision 28/2018/QĐ-TTg, Art. 1(2); Law on protection of state secrets 29/2018/QH14",
        "Quyết định 28/2018/QĐ-TTg, Điều 1 khoản 2; Luật Bảo vệ bí mật nhà nước số 29/2018/QH14",
    )
    mode: Final = Mode.REFUSE

    def check(self, verified: Verified, at: datetime) -> None:
        """Read the header: what is declared, then what is stamped."""
        del at
        envelope = verified.envelope
        problem = _declared(envelope)
        if problem is None and near(words(envelope)):
            problem = _stamped(envelope)
        if problem is not None:
            raise PolicyDenied(problem)


def _declared(envelope: Envelope) -> Problem | None:
    for part in root_of(envelope):
        for header in part:
            for element in header if local(header) == "edXMLHeader" else ():
                if local(element) != "TraceHeaderList":
                    continue
                for name, value in element.attrib.items():
                    if name.rpartition("}")[2].lower() == _DECLARED and value.strip().lower() not in _OPEN:
                        return _problem(f"{_PLACE}/@{name}", element.sourceline, value, envelope)
    return None


def _stamped(envelope: Envelope) -> Problem | None:
    for path, line, text in texts(envelope):
        found = stamp(text) if near(text) else ""
        if found and not (path.rpartition("/")[2] in _NAMES and _named(text)):
            return _problem(path, line, found, envelope)  # the stamp alone: the rest may be what is secret
    return None


def _named(text: str) -> bool:
    """Tell whether a stamp could be the name of a person: it stands among others."""
    return len(text.split()) > 1


def _problem(element: str, line: int | None, found: str, envelope: Envelope) -> Problem:
    return Problem(
        element=element,
        line=line,
        expected=Text("a document without state secrets", "văn bản không có nội dung bí mật nhà nước"),
        found=" ".join(found.split())[:200],
        cure=Text(
            "send it by the way that the law has for state secrets; if it holds none, reword, or ask the bus's "
            f"operator to overrule this for the document with SHA-256 {envelope.digest}",
            "gửi theo quy định về bảo vệ bí mật nhà nước; nếu văn bản không mật, hãy sửa lại câu chữ, hoặc đề nghị "
            f"đơn vị vận hành trục cho qua văn bản có SHA-256 {envelope.digest}",
        ),
    )
