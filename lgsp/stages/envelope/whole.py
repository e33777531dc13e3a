"""What no schema can say: that the parts of a document are all there, can be opened, and agree with each other.

Decree and decision leave the recipient to check that a document is complete before it is accepted (QĐ 28/2018/QĐ-TTg,
Điều 9 khoản 1). What every recipient would have to send back is refused here once, with the place; what somebody can
still use passes with a remark (decision 0016).
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from lgsp.model.envelope import BusinessType, DocumentHeader, StatusHeader
from lgsp.model.errors import Problem, SchemaViolation
from lgsp.model.remark import Remark
from lgsp.model.text import Text
from lgsp.stages.envelope.octets import text_of
from lgsp.stages.envelope.vocabulary import Q

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope

_BODY: Final = f"{Q}edXMLEnvelope/{Q}edXMLBody"
_REFERENCE: Final = f"{_BODY}/{Q}edXMLManifest/{Q}Reference"
_ATTACHMENT: Final = f"{Q}AttachmentEncoded/{Q}Attachment"
_HEADER: Final = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader"
_FILES: Final = "edXML/AttachmentEncoded/Attachment"
_MANIFEST: Final = "edXML/edXMLEnvelope/edXMLBody/edXMLManifest"
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SPACE: Final = b" \t\r\n"
_MOST: Final = 50


def whole(envelope: Envelope) -> tuple[Remark, ...]:
    """Return what is worth telling about a valid envelope. Raises SchemaViolation when a part is missing or broken."""
    found = judged(envelope)
    if refused := [remark.problem for remark in found if remark.rule in REFUSING]:
        raise SchemaViolation(refused)
    return found


#: Rules whose objections refuse. Each stands with its source in `lgsp/validation/sources.py`.
REFUSING: Final = frozenset(
    {
        "document.body", "attachment.missing", "attachment.repeated", "attachment.base64", "date.promulgation",
        "status.subject",
    }
)  # fmt: skip


def judged(envelope: Envelope) -> tuple[Remark, ...]:
    """Return every objection, at most 50, those that refuse first."""
    match envelope.header:
        case DocumentHeader() as header:
            found = _about_document(envelope, header)
        case StatusHeader() as header:
            found = _about_status(envelope, header)
        case _:
            return ()
    return tuple(Remark(rule=rule, problem=problem) for rule, problem in islice(found, _MOST))


def exists(written: str) -> bool:
    """Tell whether there is such a day; what is not written as a day is the schema's concern."""
    digits = written[:10].split("/")
    if len(digits) != 3 or not all(part.isascii() and part.isdigit() for part in digits):  # noqa: PLR2004
        return True
    try:
        date(*map(int, digits))
    except ValueError:
        return False
    return True


def _about_document(envelope: Envelope, header: DocumentHeader) -> Iterator[tuple[str, Problem]]:
    """Yield first what refuses, so that a bound on what is told hides no refusal."""
    root = cast("Element", envelope.tree)
    if not exists(header.promulgated):
        yield "date.promulgation", _no_such_day(envelope, root, header.promulgated)
    if root.find(_BODY) is None and header.business is not BusinessType.RECALL:
        yield "document.body", _no_body(envelope, root)
    listed, files = _by_content_id(root, _REFERENCE), _by_content_id(root, _ATTACHMENT)
    held, named = {content_id for content_id, _ in files}, {content_id for content_id, _ in listed}
    for number, (content_id, entry) in enumerate(listed, 1):
        if content_id not in held:
            place = f"{_MANIFEST}/Reference" + (f"[{number}]" if len(listed) > 1 else "")
            yield "attachment.missing", _missing(envelope, content_id, entry, place)
    places = [_FILES + (f"[{number}]" if len(files) > 1 else "") for number in range(1, len(files) + 1)]
    seen: set[str] = set()
    for (content_id, file), place in zip(files, places, strict=True):
        if content_id in seen:
            yield "attachment.repeated", _repeated(envelope, content_id, file, place)
        seen.add(content_id)
        encoded = file.find(f"{Q}ContentTransferEncoded")
        if encoded is not None and (wrong := not_base64(text_of(encoded))):
            yield "attachment.base64", _undecodable(envelope, encoded, wrong, place)
    for (content_id, file), place in zip(files, places, strict=True):
        if content_id not in named:
            yield "attachment.unlisted", _unlisted(envelope, content_id, file, place)


def _about_status(envelope: Envelope, header: StatusHeader) -> Iterator[tuple[str, Problem]]:
    if not (header.subject.document_id or header.subject.code):
        yield "status.subject", _about_nothing(envelope)
    for code in envelope.recipients:
        place, line = envelope.places.get(code, ("", None))
        if code != header.subject.agency:
            yield (
                "status.addressee",
                Problem(
                    element=envelope.place_of(f"{_HEADER}/ResponseFor/OrganId"),
                    line=line,
                    expected=Text(
                        "the code of the agency that the status answers", "mã của đơn vị mà trạng thái này trả lời"
                    ),
                    found=header.subject.agency,
                    cure=Text(f"write {code}, which stands in {place}", f"ghi {code}, là mã đứng ở {place}"),
                ),
            )


def _by_content_id(root: Element, path: str) -> list[tuple[str, Element]]:
    return [
        ((element.findtext(f"{Q}ContentId") or "").strip().removeprefix("cid:"), element)
        for element in root.iterfind(path)
    ]


def not_base64(text: str) -> str:
    """Return what keeps `text` from being base64, white space aside; nothing when it is. Decodes nothing."""
    octets = text.encode()
    rest = octets.translate(None, _BASE64 + _SPACE)
    if rest.strip(b"="):
        return rest.strip(b"=")[:40].decode(errors="replace")
    length = len(octets) - sum(map(octets.count, (b" ", b"\t", b"\r", b"\n")))
    ending = b"".join(octets[-200:].split())
    if len(rest) > 2 or not ending.endswith(rest):  # noqa: PLR2004  # padding is one or two signs, at the end
        return "="
    return str(length) if length % 4 else ""


def _no_such_day(envelope: Envelope, root: Element, written: str) -> Problem:
    path = f"{_HEADER}/PromulgationInfo/PromulgationDate"
    element = root.find(f".//{Q}PromulgationInfo/{Q}PromulgationDate")
    return Problem(
        element=envelope.place_of(path),
        line=None if element is None else element.sourceline,
        expected=Text("a day that exists", "ngày có thật trong lịch"),
        found=written,
        cure=Text("write the day of promulgation", "ghi đúng ngày ban hành văn bản"),
    )


def _no_body(envelope: Envelope, root: Element) -> Problem:
    inside = root.find(f"{Q}edXMLEnvelope")
    return Problem(
        element=envelope.place_of("edXML/edXMLEnvelope/edXMLBody"),
        line=None if inside is None else inside.sourceline,
        expected=Text("the body with the list of files", "phần thân với danh sách tệp"),
        cure=Text(
            "add <edXMLBody> with <edXMLManifest>; an empty manifest says that there is no file",
            "thêm <edXMLBody> có <edXMLManifest>; để danh sách rỗng nếu không gửi kèm tệp",
        ),
    )


def _missing(envelope: Envelope, content_id: str, entry: Element, place: str) -> Problem:
    return Problem(
        element=envelope.place_of(place),
        line=entry.sourceline,
        expected=Text("an Attachment with this ContentId", "phần Attachment có ContentId này"),
        found=content_id[:200],
        cure=Text(
            "put the file into AttachmentEncoded, or take it off the manifest",
            "đưa tệp vào AttachmentEncoded, hoặc bỏ khỏi danh sách",
        ),
    )


def _repeated(envelope: Envelope, content_id: str, file: Element, place: str) -> Problem:
    return Problem(
        element=envelope.place_of(f"{place}/ContentId"),
        line=file.sourceline,
        expected=Text("a ContentId that no other file has", "ContentId không trùng với tệp khác"),
        found=content_id[:200],
        cure=Text("give each file its own ContentId", "đặt cho mỗi tệp một ContentId riêng"),
    )


def _unlisted(envelope: Envelope, content_id: str, file: Element, place: str) -> Problem:
    return Problem(
        element=envelope.place_of(place),
        line=file.sourceline,
        expected=Text("a Reference with this ContentId in the manifest", "phần Reference có ContentId này"),
        found=content_id[:200],
        cure=Text("list the file in edXMLManifest", "khai báo tệp trong edXMLManifest"),
    )


def _undecodable(envelope: Envelope, encoded: Element, wrong: str, place: str) -> Problem:
    expected = (
        Text("base64 of a length that is a multiple of four", "base64 có độ dài chia hết cho bốn")
        if wrong.isdigit()
        else Text("base64: letters, digits, '+' and '/'", "base64: chữ cái, chữ số, '+' và '/'")
    )
    return Problem(
        element=envelope.place_of(f"{place}/ContentTransferEncoded"),
        line=encoded.sourceline,
        expected=expected,
        found=wrong,
        cure=Text("encode the file again", "mã hóa lại tệp"),
    )


def _about_nothing(envelope: Envelope) -> Problem:
    path = f"{_HEADER}/ResponseFor"
    element = cast("Element", envelope.tree).find(f".//{Q}ResponseFor")
    return Problem(
        element=envelope.place_of(path),
        line=None if element is None else element.sourceline,
        expected=Text(
            "DocumentId, or Code (number and notation), of the document that is answered",
            "DocumentId, hoặc Code (số và ký hiệu), của văn bản được trả lời",
        ),
        cure=Text("copy DocumentId from the document", "sao DocumentId từ văn bản đã nhận"),
    )
