"""What can go wrong, ordered by who must act.

    LgspError
    ├── Rejected                   the SENDER must change the document; never retried
    │   ├── MalformedEnvelope      LGSP-1100
    │   ├── SchemaViolation        LGSP-1200
    │   ├── SignatureRejected      LGSP-1300
    │   ├── PolicyDenied           LGSP-1400
    │   ├── UnknownRecipient       LGSP-1500
    │   ├── AgencyClosed           LGSP-1510
    │   ├── AgencyLocked           LGSP-1520
    │   ├── PaperOnly              LGSP-1530
    │   ├── DuplicateConflict      LGSP-1600
    │   ├── UnknownDocument        LGSP-1700
    │   └── CallerRefused          LGSP-1800
    ├── Unavailable                NOBODY: the same call succeeds later
    │   ├── StoreUnavailable       LGSP-2100
    │   ├── TransportUnavailable   LGSP-2200
    │   ├── RecipientUnavailable   LGSP-2300
    │   ├── Overloaded             LGSP-2400
    │   ├── KeyUnavailable         LGSP-2500
    │   └── ContentUnavailable     LGSP-2600
    ├── Misconfigured              LGSP-3000: the OPERATOR, before the process starts
    └── Unforeseen                 LGSP-9000: the bus's DEVELOPERS

Codes are stable for ever. Every class has its sentence in both languages; what is particular to one
occurrence stands in `problems`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lgsp.model.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and how to mend it."""

    #: Path of the element as the sender wrote it, e.g. `edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To[2]/OrganId`;
    #: for configuration the key, e.g. `[store] url`. Empty when the whole document is meant.
    element: str = ""
    #: Line in the sender's own octets, counted from 1; None when there is no line to point at.
    line: int | None = None
    #: What would have been right.
    expected: Text
    #: What stood there, shortened to 200 characters; never personal data beyond the value itself.
    found: str = ""
    #: What to do now; None where `expected` says it already.
    cure: Text | None = None

    def say(self, language: Language) -> str:
        """Return the problem as one line for people."""
        words = {"en": ("line", "expected", "found"), "vi": ("dòng", "cần", "gặp")}[language]
        place = " ".join(filter(None, (self.element, f"({words[0]} {self.line})" if self.line else "")))
        parts = [f"{words[1]} {self.expected.say(language)}"]
        if self.found:
            parts.append(f"{words[2]} '{self.found}'")
        if self.cure is not None:
            parts.append(self.cure.say(language))
        return (f"{place}: " if place else "") + "; ".join(parts)


class LgspError(Exception):
    """The root: catch it to catch everything that the bus raises on purpose."""

    code: ClassVar[str]
    sentence: ClassVar[Text]

    def __init__(self, problems: Problem | Sequence[Problem] = ()) -> None:
        """Raise with the problems found, the most useful first."""
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """Return code, sentence and problems in `language`."""
        lines = [problem.say(language) for problem in self.problems]
        return f"{self.code} {self.sentence.say(language)}" + "".join(f"\n  {line}" for line in lines)


class Rejected(LgspError):
    """The sender must change the document. The same octets are refused again."""

    code = "LGSP-1000"
    sentence = Text("The document is refused.", "Văn bản bị từ chối.")


class MalformedEnvelope(Rejected):
    """The octets are not an envelope: not UTF-8, not well-formed, with a DTD, too large, of an unknown kind."""

    code = "LGSP-1100"
    sentence = Text("The envelope cannot be read.", "Không đọc được gói tin.")


class SchemaViolation(Rejected):
    """The envelope is well-formed and does not follow its schema."""

    code = "LGSP-1200"
    sentence = Text("The envelope does not follow its schema.", "Gói tin không đúng lược đồ.")


class SignatureRejected(Rejected):
    """The signature does not prove that the sender wrote this."""

    code = "LGSP-1300"
    sentence = Text("The digital signature is not accepted.", "Chữ ký số không được chấp nhận.")

    def __init__(self, problems: Problem | Sequence[Problem] = (), *, disputed: str = "") -> None:
        """Raise with the problems found; `disputed` is what each engine said where two did not agree: an alarm."""
        super().__init__(problems)
        self.disputed = disputed


class PolicyDenied(Rejected):
    """A rule of the exchange forbids it."""

    code = "LGSP-1400"
    sentence = Text("A rule of the exchange does not allow this.", "Quy định trao đổi không cho phép.")

    def __init__(self, problems: Problem | Sequence[Problem] = (), *, rule: str = "") -> None:
        """Raise with the problems found; `rule` is the name of the rule, filled in by `permit`."""
        super().__init__(problems)
        self.rule = rule


class UnknownRecipient(Rejected):
    """A recipient is not in the directory. Nothing was sent to the others either."""

    code = "LGSP-1500"
    sentence = Text("A recipient is not known.", "Không có đơn vị nhận này.")


class AgencyClosed(Rejected):
    """A recipient is closed and has no successor, or nothing is forwarded. Nothing was sent to the others either."""

    code = "LGSP-1510"
    sentence = Text("A recipient's code is closed.", "Mã của đơn vị nhận đã đóng.")


class AgencyLocked(Rejected):
    """A recipient's connection is suspended, or the sender's own. Nothing was sent to the others either."""

    code = "LGSP-1520"
    sentence = Text("An agency's connection to the bus is suspended.", "Kết nối của đơn vị với trục đang tạm khóa.")


class PaperOnly(Rejected):
    """A recipient has no system: it gets documents on paper. Nothing was sent to the others either."""

    code = "LGSP-1530"
    sentence = Text("A recipient takes documents on paper only.", "Đơn vị nhận chỉ nhận văn bản giấy.")


class DuplicateConflict(Rejected):
    """Another document of the sender with this number, notation and date was accepted before; both are shown.

    Unless it says that it recalls, updates or replaces (NĐ 30/2020 Art. 15: a number is unique in its organ).
    """

    code = "LGSP-1600"
    sentence = Text(
        "Another document with this identity was accepted before.", "Đã có văn bản khác cùng định danh được tiếp nhận."
    )


class UnknownDocument(Rejected):
    """What was asked about is not among what the caller sent or received. Whether it exists is not said."""

    code = "LGSP-1700"
    sentence = Text(
        "No such document among those you sent or received.",
        "Không có văn bản này trong số văn bản đơn vị đã gửi hoặc nhận.",
    )


class CallerRefused(Rejected):
    """The caller did not prove which system it is."""

    code = "LGSP-1800"
    sentence = Text("The calling system is not known.", "Không xác định được hệ thống đang gọi.")


class Unavailable(LgspError):
    """Nobody's fault: the same call succeeds later."""

    code = "LGSP-2000"
    sentence = Text("Not available just now; try again.", "Tạm thời không phục vụ được; hãy thử lại.")


class StoreUnavailable(Unavailable):
    """The database does not answer. Nothing of the call was kept."""

    code = "LGSP-2100"
    sentence = Text("The store is not available; try again.", "Kho lưu trữ tạm ngừng; hãy thử lại.")


class TransportUnavailable(Unavailable):
    """The queue server does not answer. What is in the outbox stays there."""

    code = "LGSP-2200"
    sentence = Text("The queues are not available; try again.", "Hàng đợi tạm ngừng; hãy thử lại.")


class RecipientUnavailable(Unavailable):
    """The recipient's system does not answer, or answers that it is busy."""

    code = "LGSP-2300"
    sentence = Text("The recipient's system is not available.", "Hệ thống của đơn vị nhận tạm ngừng.")


class Overloaded(Unavailable):
    """More is waiting than may wait. Nothing of the call was kept."""

    code = "LGSP-2400"
    sentence = Text("Too much is waiting; try again in a moment.", "Quá tải; hãy thử lại sau ít phút.")


class KeyUnavailable(Unavailable):
    """What holds the key of the bus's seal does not answer. Nothing of the call was kept."""

    code = "LGSP-2500"
    sentence = Text("The bus cannot seal just now; try again.", "Trục tạm thời không ký số được; hãy thử lại.")


class ContentUnavailable(Unavailable):
    """The octets of an accepted document are not where they were stored, or are others. Nothing else is delivered."""

    code = "LGSP-2600"
    sentence = Text(
        "The document's content is not as it was stored; the operator is told.",
        "Nội dung văn bản không còn như lúc lưu; đơn vị vận hành được báo.",
    )

    def __init__(self, digest: str, found: str = "") -> None:
        """Raise for the content of this digest; `found` is the digest of what is there, empty where nothing is."""
        self.digest, self.found = digest, found
        wanted = Text(f"content with the digest {digest}", f"nội dung có giá trị băm {digest}")
        super().__init__(Problem(expected=wanted, found=found))


class Misconfigured(LgspError):
    """The operator must change the configuration before the process can start."""

    code = "LGSP-3000"
    sentence = Text("The configuration is not right.", "Cấu hình chưa đúng.")


class Unforeseen(LgspError):
    """A mistake of the bus itself. The correlation id finds it in the log; nothing of the inside is told."""

    code = "LGSP-9000"
    sentence = Text("The bus made a mistake.", "Trục liên thông gặp lỗi nội bộ.")
