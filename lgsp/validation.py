"""Examining one file without a server: what it is, what is wrong with it, and what its signature is worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from lgsp.attachment_words import say
from lgsp.attachments import examine_attachments
from lgsp.model.envelope import DocumentHeader, Envelope, Kind, MessageHeader, StatusHeader
from lgsp.model.errors import MalformedEnvelope, Problem, Rejected, SchemaViolation, SignatureRejected
from lgsp.model.text import Language, Text
from lgsp.stages.envelope import Limits, read
from lgsp.stages.schema import Schemas
from lgsp.stages.signature import RULES
from lgsp.stages.signature.words import WORDS
from signing import Authorities, Result, Verdict, verify
from signing.pdf import Examiner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.attachment import ExaminedAttachment

_KINDS: Final = {
    Kind.DOCUMENT: Text("edXML document", "văn bản edXML"),
    Kind.STATUS: Text("edXML status", "thông báo trạng thái edXML"),
    Kind.MESSAGE: Text("message", "bản tin"),
}
_VERDICTS: Final = {
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
_UNTRUSTED: Final = Text(
    "The signer's certificate does not lead to an authority that you named.",
    "Chứng thư của người ký không thuộc tổ chức chứng thực nào đã chỉ định.",
)
_WORDS: Final = {
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


_BUSINESS: Final = {
    "new": Text("new", "văn bản mới"),
    "recall": Text("recall", "thu hồi"),
    "update": Text("update", "cập nhật"),
    "replace": Text("replace", "thay thế"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found about one file."""

    #: None when the file is no envelope.
    kind: Kind | None = None
    variant: str = ""
    #: Header facts in the order to show them; JSON values.
    facts: dict[str, Any] = field(default_factory=dict)
    #: What refuses the file; an invalid signature only where nothing else does. None when the file is good.
    error: Rejected | None = None
    #: None when the file is no envelope.
    verdict: Verdict | None = None
    #: What does not refuse the file and is worth knowing.
    remarks: tuple[Text, ...] = ()
    #: What was found in the attachments. The bus accepts whatever is found there.
    attachments: tuple[ExaminedAttachment, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it is well-formed, follows its schema and carries no invalid signature."""
        return self.error is None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What refuses the file, in the order of lines."""
        return self.error.problems if self.error else ()

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, the sentences in both languages."""
        return {
            "ok": self.ok,
            "kind": self.kind.value if self.kind else None,
            "variant": self.variant,
            "facts": self.facts,
            "code": self.error.code if self.error else None,
            "problems": [_problem(problem) for problem in self.problems],
            "signature": _signature(self.verdict) if self.verdict else None,
            "remarks": [remark._asdict() for remark in self.remarks],
            "attachments": [asdict(attachment) for attachment in self.attachments],
        }

    def say(self, language: Language) -> str:
        """Return everything as lines of plain words."""
        return "\n".join(self._lines(language))

    def _lines(self, language: Language) -> Iterator[str]:
        outcome = _OK if self.ok else _NOT_OK
        what = _KINDS[self.kind].say(language) if self.kind else _NO_ENVELOPE.say(language)
        variant = f", {_VARIANT.say(language)} {self.variant}" if self.variant else ""
        yield f"{outcome.say(language)}: {what}{variant}"
        for name, value in self.facts.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            if name == "business":
                shown = _BUSINESS[shown].say(language)
            if shown not in {"", None}:
                yield f"  {_WORDS[name].say(language)}: {shown}"
        if self.error:
            yield from self.error.say(language).split("\n")
        if self.verdict:
            yield " ".join(filter(None, [_VERDICTS[self.verdict.result].say(language), self.verdict.signer]))
        yield from (remark.say(language) for remark in self.remarks)
        yield from say(self.attachments, language)


_OK: Final = Text("Good", "Đạt")
_NOT_OK: Final = Text("Not good", "Không đạt")
_NO_ENVELOPE: Final = Text("no envelope that the bus knows", "không phải gói tin mà trục nhận biết")
_VARIANT: Final = Text("variant", "biến thể")


def examine_file(octets: bytes, authorities: Authorities | None = None, *, limits: Limits | None = None) -> Report:
    """Examine one file now. Without `authorities` nobody is trusted, and the report says so. Raises nothing.

    Whether it is good is decided as the bus decides. Where another validator would decide otherwise, a remark says so.
    """
    try:
        envelope = read(octets, limits or Limits())
    except Rejected as error:
        return Report(error=error)
    refused: Rejected | None = None
    try:
        _schemas().validate(envelope)
    except SchemaViolation as error:
        refused = error
    root = cast("Any", envelope.tree)
    now, believed = datetime.now(UTC), authorities or Authorities(())
    verdict = verify(root, RULES[envelope.kind], believed, now)
    with Examiner() as examiner:
        found = examine_attachments(envelope, examiner, believed, now)
    return Report(
        kind=envelope.kind,
        variant=envelope.variant,
        facts=_facts(envelope),
        error=refused or _altered(verdict, envelope.kind),
        verdict=verdict,
        remarks=(*_remarks(verdict), *_attachments(envelope), *_disagreement(envelope, refused)),
        attachments=tuple(found),
    )


@cache
def _schemas() -> Schemas:
    return Schemas()


def _facts(envelope: Envelope) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "sender": envelope.sender,
        "recipients": list(envelope.recipients),
        "document_id": envelope.document_id,
    }
    match envelope.header:
        case DocumentHeader() as header:
            facts |= {
                "subject": envelope.subject,
                "number": header.number,
                "notation": header.notation,
                "promulgated": header.promulgated,
                "priority": header.priority,
                "business": header.business.name.lower(),
                "attachments": [attachment.name for attachment in envelope.attachments],
            }
        case StatusHeader() as header:
            facts |= {
                "code": header.code,
                "reason": header.reason,
                "about": header.subject.document_id,
                "reported": header.reported,
            }
        case MessageHeader() as header:
            facts |= {
                "service": header.service,
                "conversation": header.conversation,
                "created": header.created.isoformat(),
                "priority": header.priority,
                "payload": header.payload,
            }
    return facts | {"digest": envelope.digest}


def _altered(verdict: Verdict, kind: Kind) -> Rejected | None:
    """Return what refuses a file whose signature is invalid."""
    if verdict.result is not Result.INVALID or verdict.reason is None:
        return None
    expected, cure = WORDS[verdict.reason]
    place = "Message/Signature" if kind is Kind.MESSAGE else "edXML/edXMLEnvelope/edXMLHeader/Signature"
    return SignatureRejected(
        Problem(element=place, line=verdict.line, expected=expected, found=verdict.detail or "invalid", cure=cure)
    )


def _remarks(verdict: Verdict) -> Iterator[Text]:
    """Name what keeps the signature from being valid and trusted, and the cure."""
    if verdict.result in {Result.VALID, Result.WEAK} and not verdict.trusted:
        yield _UNTRUSTED
    if verdict.reason is not None and verdict.result is not Result.INVALID:
        expected, cure = WORDS[verdict.reason]
        detail = f" ({verdict.detail})" if verdict.detail else ""
        yield Text(f"Wanted: {expected.en}{detail}; {cure.en}.", f"Cần: {expected.vi}{detail}; {cure.vi}.")


def _attachments(envelope: Envelope) -> Iterator[Text]:
    """Name the attachments that nobody can open."""
    for attachment in envelope.attachments:
        try:
            attachment.content()
        except MalformedEnvelope as error:
            yield Text(
                f"Attachment '{attachment.name}' cannot be opened: {error.problems[0].say('en')}",
                f"Không mở được tệp đính kèm '{attachment.name}': {error.problems[0].say('vi')}",
            )


def _disagreement(envelope: Envelope, refused: Rejected | None) -> Iterator[Text]:
    """Name the places where another validator of the same schema would decide otherwise than the bus."""
    from lgsp.stages.schema.opinion import second_opinion  # noqa: PLC0415 - xmlschema takes long to load

    objections = second_opinion(envelope)
    if refused is None:
        for element, said in objections or ():
            yield Text(
                f"The bus accepts {element or 'the file'}, but another validator (xmlschema) objects: {said}."
                " Other systems may, too.",
                f"Trục chấp nhận {element or 'tệp này'}, nhưng một bộ kiểm tra khác (xmlschema) báo lỗi: {said}."
                " Hệ thống khác cũng có thể từ chối.",
            )
    elif objections == ():
        place = refused.problems[0].element
        yield Text(
            f"The bus refuses {place}, though another validator (xmlschema) has no objection to it.",
            f"Trục từ chối {place}, dù một bộ kiểm tra khác (xmlschema) không thấy lỗi.",
        )


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "element": problem.element,
        "line": problem.line,
        "expected": problem.expected._asdict(),
        "found": problem.found,
        "cure": problem.cure._asdict() if problem.cure else None,
    }


def _signature(verdict: Verdict) -> dict[str, Any]:
    return {
        "result": verdict.result.value,
        "reason": verdict.reason.value if verdict.reason else None,
        "detail": verdict.detail,
        "signer": verdict.signer,
        "fingerprint": verdict.fingerprint,
        "trusted": verdict.trusted,
        "covers": verdict.covers,
        "algorithm": verdict.algorithm,
    }
