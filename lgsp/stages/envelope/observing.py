"""What is worth telling the writer of an envelope, though it stops nothing: for the validator alone.

Everything named here was met in files of real systems (values that only fill a place, a midnight that nobody worked at,
days that do not exist), and each is told with its place.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from lgsp.model.envelope import DocumentHeader, Kind
from lgsp.model.errors import Problem
from lgsp.model.remark import Remark
from lgsp.model.text import Text
from lgsp.stages.envelope import bkav, flat
from lgsp.stages.envelope.addressing import is_filler, owner_of
from lgsp.stages.envelope.contents import observe_files
from lgsp.stages.envelope.octets import text_of
from lgsp.stages.envelope.reading import DAYS, path_of
from lgsp.stages.envelope.vocabulary import Q
from lgsp.stages.envelope.whole import exists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope

_MOST: Final = 50
_ENVELOPE: Final = f"{Q}edXMLEnvelope"
#: Both national forms: QCVN 102:2016 (13 characters) and QĐ 20/2020/QĐ-TTg (up to 35).
_CODES: Final = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(?:\.[0-9A-Z]{1,10}){0,6}")
_DAY_INSIDE: Final = re.compile(r"\d{4}/\d{2}/\d{2}")
_CLASSES: Final = frozenset({"1", "2"})

_A_VALUE: Final = Text("a value, or no element at all", "giá trị thật, hoặc bỏ hẳn phần tử")
_A_DAY: Final = Text("a day that exists", "ngày có thật trong lịch")


def observe(envelope: Envelope) -> tuple[Remark, ...]:
    """Return what is worth telling, at most 50, in the order of the document."""
    if envelope.kind is Kind.MESSAGE:
        return ()
    return tuple(Remark(rule=rule, problem=problem) for rule, problem in islice(_all(envelope), _MOST))


def _all(envelope: Envelope) -> Iterator[tuple[str, Problem]]:
    yield from _form(envelope)
    root = cast("Element", envelope.tree)
    for inside in root.iterchildren(_ENVELOPE):
        for element in inside.iter(f"{Q}*"):
            for rule, expected, cure in _about(element):
                yield rule, _problem(envelope, element, expected, cure)
    yield from _identity(envelope, root)
    yield from observe_files(envelope)


def _problem(
    envelope: Envelope, element: Element, expected: Text, cure: Text | None = None, found: str | None = None
) -> Problem:
    said = " ".join(text_of(element).split()) if found is None else found
    return Problem(
        element=envelope.place_of(path_of(element)),
        line=element.sourceline,
        expected=expected,
        found=said[:200],
        cure=cure,
    )


def _about(element: Element) -> Iterator[tuple[str, Text, Text | None]]:
    """Yield what is to be said of one element: rule, expected, cure."""
    name, parent = str(element.tag)[len(Q) :], element.getparent()
    around = "" if parent is None else etree.QName(parent).localname
    text = "" if len(element) else text_of(element).strip()
    if text and is_filler(text) and name != "DocumentId":
        yield "value.filler", _A_VALUE, Text("leave it out when it is not known", "bỏ phần tử khi không có thông tin")
    elif name == "OrganId" and text and _CODES.fullmatch(text) is None:
        yield "code.form", _A_CODE, None
    if name in DAYS and around != "PromulgationInfo" and not exists(text):
        yield "date.impossible", _A_DAY, None
    if name == "Timestamp" and text.endswith(" 00:00:00"):
        yield "time.midnight", _A_TIME, _TAKE_THE_CLOCK
    if name == "TraceHeader" and element.find(f"{Q}OrganId") is None:
        yield "trace.nobody", _A_HOP, None
    if name == "ResponseFor" and not any(text_of(child).strip() for child in element):
        yield "reference.empty", _A_REFERENCE, Text("leave ResponseFor out", "bỏ phần tử ResponseFor")
    if name == "Priority" and text == "5":
        yield "priority.five", Text("0 for ordinary", "0 nếu là văn bản thường"), Text("write '0'", "ghi '0'")
    if name == "Type" and around == "DocumentType" and text not in _CLASSES:
        yield "type.class", _A_CLASS, None


_A_CODE: Final = Text(
    "a code in a national form: 000.00.00.H03 or H03.1.2", "mã theo dạng quốc gia: 000.00.00.H03 hoặc H03.1.2"
)
_A_TIME: Final = Text("the time at which it was done", "thời điểm thực hiện")
_TAKE_THE_CLOCK: Final = Text("write the clock's time, not the day alone", "ghi cả giờ, phút, giây thực tế")
_A_HOP: Final = Text("OrganId of the system that the document passed", "OrganId của hệ thống mà văn bản đi qua")
_A_REFERENCE: Final = Text("what it answers, or nothing", "thông tin văn bản được trả lời, hoặc không có gì")
_A_CLASS: Final = Text(
    "1 (legal) or 2 (administrative); systems disagree on other numbers, TypeName decides",
    "1 (quy phạm pháp luật) hoặc 2 (hành chính); các hệ thống hiểu số khác không giống nhau, TypeName quyết định",
)


def _form(envelope: Envelope) -> Iterator[tuple[str, Problem]]:
    """Say what of the form itself will not be understood everywhere."""
    root = cast("Element", envelope.tree)
    if envelope.original is not None:
        original = cast("Element", envelope.original)
        yield "form.variant", _another_form(original)
        reading = bkav.read(original) if envelope.variant == "C" else flat.read(original)
        for place, line in reading.unread:
            yield "form.unread", _unread(place, line)
        return
    bare = [one for inside in root.iterchildren(_ENVELOPE) for one in inside.iter(f"{Q}*") if one.prefix is None]
    if bare and envelope.variant in {"A", "B"}:
        yield (
            "form.prefix",
            _problem(
                envelope, bare[0], _PREFIXED, _WRITE_STRICTLY, found=f"{len(bare)} × <{etree.QName(bare[0]).localname}>"
            ),
        )


_PREFIXED: Final = Text(
    "the prefix edXML: on every element inside the envelope: the .NET reader passes over others",
    "tiền tố edXML: cho mọi phần tử trong gói tin: bộ đọc .NET bỏ qua phần tử không có tiền tố",
)
_WRITE_STRICTLY: Final = Text(
    "write it as `lgsp validate --strict-form` does", "ghi theo dạng của lệnh `lgsp validate --strict-form`"
)


def _another_form(root: Element) -> Problem:
    return Problem(
        element=etree.QName(root).localname,
        line=root.sourceline,
        expected=Text("edXML of QCVN 102:2016", "edXML theo QCVN 102:2016"),
        found=str(root.tag)[:200],
        cure=Text(
            "the bus reads it; recipients get it as it is: write edXML, see `--strict-form`",
            "trục đọc được nhưng nơi nhận vẫn nhận nguyên dạng này: hãy ghi edXML, xem `--strict-form`",
        ),
    )


def _unread(place: str, line: int | None) -> Problem:
    return Problem(
        element=place,
        line=line,
        expected=Text("an element that edXML has, too", "phần tử có trong edXML"),
        cure=Text("nobody reads it here", "trục không đọc phần tử này"),
    )


def _identity(envelope: Envelope, root: Element) -> Iterator[tuple[str, Problem]]:
    """Compare a DocumentId that speaks with what the header says."""
    header = envelope.header
    element = root.find(f"{_ENVELOPE}/{Q}edXMLHeader/{Q}MessageHeader/{Q}DocumentId")
    if not isinstance(header, DocumentHeader) or element is None or not envelope.document_id:
        return
    days = _DAY_INSIDE.findall(envelope.document_id)
    if any(not exists(day) for day in days):
        yield "document-id.day", _problem(envelope, element, _A_DAY)
    wanted = f"{envelope.sender},{header.promulgated},{header.number}/{header.notation}"
    if owner_of(envelope.document_id) and "," in envelope.document_id and envelope.document_id != wanted:
        yield (
            "document-id.other",
            _problem(
                envelope,
                element,
                Text(f"{wanted}, as the header has it", f"{wanted}, đúng như phần đầu"),
                Text("make it anew, or use a UUID", "tạo lại định danh, hoặc dùng UUID"),
            ),
        )
