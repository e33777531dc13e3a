"""Octets to a tree, with everything refused that costs us more than it cost its sender."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: libxml2 refuses longer text nodes unless told that the tree may be huge.
_LONGEST_TEXT: Final = 10_000_000
_DEEPEST: Final = 256

# The encoding is given, never guessed: UTF-7, UTF-16 and UTF-32 are then nothing but broken UTF-8, and a search for
# bytes means what it says. Comments and CDATA stay, because the signature is verified on this tree.
_PARSER, _PARSER_FOR_HUGE = (
    etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        remove_comments=False,
        remove_pis=False,
        strip_cdata=False,
        collect_ids=False,
        huge_tree=huge,
    )
    for huge in (False, True)
)

_BOM: Final = b"\xef\xbb\xbf"
_OTHER_BOMS: Final = {
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"+/v": "UTF-7",
    b"<\x00": "UTF-16",
    b"\x00<": "UTF-16",
    b"\x00\x00\x00<": "UTF-32",
}
_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']""")
# What may stand before a DOCTYPE. Atomic groups: each part is matched once, so that hostile prologs cost nothing.
_PROLOG_WITH_DOCTYPE = re.compile(rb"(?>(?>\s+|<\?.*?\?>|<!--.*?-->)*)<!DOCTYPE", re.DOTALL)
#: libxml2 ends its sentences with the place, which is told on its own.
_PLACE = re.compile(r",? line \d+, column \d+.*", re.DOTALL)
_UNBOUND = re.compile(r"Namespace prefix (\S+)")

_ERRORS = etree.ErrorTypes
_AMPERSAND = Text(
    "'&amp;' for '&' and '&lt;' for '<' in text", "'&amp;' thay cho '&' và '&lt;' thay cho '<' trong nội dung"
)
_WHOLE = Text("the envelope up to its last end tag", "gói tin đầy đủ đến thẻ đóng cuối cùng")
_ONE_ROOT = Text("one root element and nothing around it", "một phần tử gốc và không có gì bên ngoài")
_END_TAG = Text("each element closed by its own end tag", "mỗi phần tử được đóng bằng đúng thẻ của nó")
_ESCAPE = Text(
    "let an XML library write the text: it escapes these", "dùng thư viện XML để ghi nội dung: thư viện tự thay thế"
)
_CUT = Text("it was cut off: send the whole file", "gói tin bị cắt cụt: hãy gửi toàn bộ tệp")
_CLOSE = Text("close or rename the element at this line", "đóng hoặc sửa tên phần tử ở dòng này")
_STRIP = Text("remove what stands before or after the envelope", "bỏ những gì đứng trước hoặc sau gói tin")
#: What libxml2 calls the commonest mistakes -> what was expected, and the cure.
_MISTAKES: Final[dict[int, tuple[Text, Text | None]]] = {
    _ERRORS.ERR_TAG_NAME_MISMATCH: (_END_TAG, _CLOSE),
    _ERRORS.ERR_NAME_REQUIRED: (_AMPERSAND, _ESCAPE),
    _ERRORS.ERR_ENTITYREF_SEMICOL_MISSING: (_AMPERSAND, _ESCAPE),
    _ERRORS.ERR_UNDECLARED_ENTITY: (_AMPERSAND, _ESCAPE),
    _ERRORS.ERR_TAG_NOT_FINISHED: (_WHOLE, _CUT),
    _ERRORS.ERR_GT_REQUIRED: (_WHOLE, _CUT),
    _ERRORS.ERR_DOCUMENT_EMPTY: (_ONE_ROOT, _STRIP),
    _ERRORS.ERR_DOCUMENT_END: (_ONE_ROOT, _STRIP),
    _ERRORS.ERR_RESERVED_XML_NAME: (_ONE_ROOT, _STRIP),
}

_TO_UTF_8 = Text("write the file in UTF-8", "ghi tệp bằng UTF-8")
_WELL_FORMED = Text("well-formed XML", "XML đúng cú pháp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large an envelope may be. Memory follows elements and attributes, not octets alone."""

    size_bytes: int = 64 * 1024 * 1024
    #: Elements, comments and processing instructions together.
    elements: int = 100_000
    #: Equals signs outside of base64 are counted for them: a bound that needs no parsing.
    attributes: int = 100_000
    #: Elements inside one another; at most 256.
    depth: int = _DEEPEST


def parse(octets: bytes, limits: Limits) -> Element:
    """Return the root element. Raises MalformedEnvelope."""
    _measure(octets, limits)
    _check_prolog(octets)
    huge = len(octets) > _LONGEST_TEXT
    try:
        root: Element = etree.fromstring(octets, _PARSER_FOR_HUGE if huge else _PARSER)
    except etree.XMLSyntaxError as error:
        raise MalformedEnvelope(_syntax(error, octets)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedEnvelope(_doctype(octets))
    if huge or limits.depth < _DEEPEST:
        _check_depth(root, min(limits.depth, _DEEPEST))
    return root


def text_of(element: Element) -> str:
    """Return an element's text as sent, in one piece also where a comment stands in its middle."""
    text = element.text or ""
    return text + "".join(inner.tail or "" for inner in element) if len(element) else text


def _measure(octets: bytes, limits: Limits) -> None:
    """Count by bytes, before anything is built."""
    if len(octets) > limits.size_bytes:
        raise MalformedEnvelope(_too_many(len(octets), limits.size_bytes, Text("octets", "byte")))
    if len(octets) <= min(limits.elements, limits.attributes):
        return  # an octet each would not be enough
    if (elements := octets.count(b"<") - octets.count(b"</")) > limits.elements:
        raise MalformedEnvelope(_too_many(elements, limits.elements, Text("elements", "phần tử")))
    if (attributes := octets.count(b"=")) > limits.attributes:
        raise MalformedEnvelope(_too_many(attributes, limits.attributes, Text("attributes", "thuộc tính")))


def _too_many(found: int, limit: int, what: Text) -> Problem:
    return Problem(
        expected=Text(f"at most {limit:,} {what.en}", f"không quá {limit:,} {what.vi}"),
        found=f"{found:,}",
        cure=Text("send less in one envelope", "gửi ít hơn trong một gói tin"),
    )


def _check_prolog(octets: bytes) -> None:
    """Refuse other encodings, octets before the XML declaration, and a DOCTYPE, each by its name."""
    if octets.startswith(tuple(_OTHER_BOMS)):
        raise MalformedEnvelope(_encoding(next(_OTHER_BOMS[mark] for mark in _OTHER_BOMS if octets.startswith(mark))))
    start = octets[:4096].removeprefix(_BOM)
    if start.startswith(b"<?xml"):
        declared = _DECLARED.match(start)
        if declared and declared[1].lower() not in {b"utf-8", b"utf8"}:
            raise MalformedEnvelope(_encoding(declared[1].decode("ascii", "replace")))
    elif (begin := start.find(b"<?xml ")) > 0 and not start[:begin].lstrip().startswith(b"<"):
        raise MalformedEnvelope(_junk(start[:begin]))
    if b"<!DOCTYPE" in octets and _PROLOG_WITH_DOCTYPE.match(octets.removeprefix(_BOM)):
        raise MalformedEnvelope(_doctype(octets))


def _encoding(found: str) -> Problem:
    return Problem(line=1, expected=Text("UTF-8", "UTF-8"), found=found[:200], cure=_TO_UTF_8)


def _junk(junk: bytes) -> Problem:
    return Problem(
        line=1,
        expected=Text("'<?xml' as the first octets", "'<?xml' ở ngay đầu tệp"),
        found=junk[:40].decode("utf-8", "backslashreplace"),
        cure=Text("remove everything before '<?xml'", "bỏ mọi thứ đứng trước '<?xml'"),
    )


def _doctype(octets: bytes) -> Problem:
    return Problem(
        line=octets.count(b"\n", 0, octets.find(b"<!DOCTYPE")) + 1,
        expected=Text("no document type declaration", "không có khai báo kiểu văn bản (DTD)"),
        found="<!DOCTYPE",
        cure=Text("remove the DOCTYPE and what it declares", "bỏ DOCTYPE và mọi khai báo trong đó"),
    )


def _syntax(error: etree.XMLSyntaxError, octets: bytes) -> Problem:
    """Say what the parser said, with a cure for the mistakes that vendors make."""
    said = _PLACE.sub("", error.msg or "").strip()
    if "character encoding" in said:
        return Problem(line=error.lineno, expected=Text("UTF-8", "UTF-8"), found=said[:200], cure=_TO_UTF_8)
    if "Excessive depth" in said:
        return Problem(line=error.lineno, expected=_not_deeper(_DEEPEST))
    expected, cure = _MISTAKES.get(error.code, (_WELL_FORMED, None))
    if unbound := _UNBOUND.match(said):
        prefix = unbound[1]
        cure = Text(
            f"declare xmlns:{prefix} on this element or around it",
            f"khai báo xmlns:{prefix} ở phần tử này hoặc phần tử bao ngoài",
        )
    elif not octets.strip():
        cure = Text("the file is empty: send the envelope itself", "tệp rỗng: hãy gửi chính gói tin")
    return Problem(line=error.lineno, expected=expected, found=said[:200], cure=cure)


def _check_depth(root: Element, limit: int) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            raise MalformedEnvelope(Problem(line=element.sourceline, expected=_not_deeper(limit)))


def _not_deeper(limit: int) -> Text:
    return Text(f"at most {limit} elements inside one another", f"không quá {limit} cấp lồng nhau")
