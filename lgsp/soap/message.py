"""Reading a SOAP message: from octets to the one element in its body. Nothing in it is believed yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.exchange import NAMESPACE
from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text
from lgsp.soap.version import SOAP_11, SOAP_12, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A text node longer than this needs the parser that has no limits of its own (libxml2's number).
_LONG_TEXT: Final = 10_000_000
#: Call, security and addressing headers need some hundred. Counted in the octets, before anything is built:
#: eight megabytes of empty elements would take a quarter of a gigabyte.
_MARKUP_LIMIT: Final = 4_000
# The encoding is settled before the parser sees anything: UTF-7 hides tags from any search for octets.
_NARROW: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_WIDE: Final = frozenset({"utf-16", "utf-16le", "utf-16be", "utf-16-le", "utf-16-be"})
_DECLARED: Final = re.compile(r"""^[^<]{0,3}<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]*)""")
_DECLARATION_BYTES: Final = 200
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"


class VersionMismatch(MalformedEnvelope):
    """The envelope is of another version of SOAP, or of none."""


class NotUnderstood(MalformedEnvelope):
    """Header blocks that must be understood and are not."""

    def __init__(self, blocks: list[etree._Element]) -> None:
        """Raise for these blocks."""
        self.names = tuple(etree.QName(block) for block in blocks)
        super().__init__([_not_understood(block) for block in blocks])


def operation(octets: bytes, version: Version, charset: str | None = None) -> etree._Element:
    """Return the element in the body, as it can be validated: without type hints, nil elements or missing prefixes.

    Raises MalformedEnvelope, VersionMismatch or NotUnderstood.
    """
    root = _parse(octets, charset)
    if root.tag != f"{{{version.namespace}}}Envelope":
        raise _mismatch(root, version)
    _check_headers(root, version)
    bodies = [child for child in _elements(root) if child.tag == f"{{{version.namespace}}}Body"]
    calls = list(_elements(bodies[0])) if len(bodies) == 1 else []
    if len(calls) != 1:
        raise MalformedEnvelope(_one_call(root, len(bodies), len(calls)))
    _tidy(calls[0])
    return calls[0]


def _parse(octets: bytes, charset: str | None) -> etree._Element:
    octets = _in_utf_8(octets, charset)
    if octets.count(b"<") > _MARKUP_LIMIT or octets.count(b"=") > 2 * _MARKUP_LIMIT:
        raise MalformedEnvelope(_too_many_tags())
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=len(octets) > _LONG_TEXT,
    )
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise MalformedEnvelope(_not_xml(error)) from None
    about = root.getroottree().docinfo
    if about.internalDTD is not None or about.doctype:
        raise MalformedEnvelope(_no_dtd())
    return root


def _in_utf_8(octets: bytes, charset: str | None) -> bytes:
    """Return the message in UTF-8. The mark says the encoding, or else the HTTP header; the declaration must agree."""
    marked = octets[:2] in {b"\xff\xfe", b"\xfe\xff"}
    encoding = "utf-16" if marked else charset or "utf-8"
    wide = encoding.startswith("utf-16")
    if encoding == "utf-16" and not marked:
        raise MalformedEnvelope(_encoding("UTF-16 without a byte order mark"))
    begin = octets[:_DECLARATION_BYTES].decode(encoding if wide else "latin-1", "ignore")
    declared = _DECLARED.search(begin)
    if declared and declared[1].lower() not in (_WIDE if wide else _NARROW):
        raise MalformedEnvelope(_encoding(declared[1]))
    if not wide:
        return octets
    try:
        return octets.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeError:
        raise MalformedEnvelope(_encoding("broken UTF-16")) from None


def _check_headers(root: etree._Element, version: Version) -> None:
    """Refuse blocks for this door that must be understood: it understands none. All others are borne."""
    soap = f"{{{version.namespace}}}"
    unknown = [
        block
        for header in _elements(root)
        if header.tag == soap + "Header"
        for block in _elements(header)
        if block.get(soap + "mustUnderstand", "").strip() in {"1", "true"}
        and block.get(soap + version.role, "").strip() in version.ours
    ]
    if unknown:
        raise NotUnderstood(unknown)


def _tidy(call: etree._Element) -> None:
    """Bear what clients add.

    SOAP::Lite puts xsi:type on every value, by guess, and xsi:nil on a call without any; others leave the prefix away.
    """
    for node in call.iter(etree.Element):
        node.attrib.pop(f"{_XSI}type", None)
        name = etree.QName(node)
        if node is not call and name.namespace is None:
            node.tag = f"{{{NAMESPACE}}}{name.localname}"
    for node in [call, *call]:
        nil = node.attrib.pop(f"{_XSI}nil", "false")
        if node is not call and str(nil).strip() in {"1", "true"}:
            call.remove(node)


def _elements(parent: etree._Element) -> Iterator[etree._Element]:
    return parent.iterchildren(etree.Element)


def _mismatch(root: etree._Element, version: Version) -> VersionMismatch:
    other = SOAP_12 if version is SOAP_11 else SOAP_11
    is_other = root.tag == f"{{{other.namespace}}}Envelope"
    return VersionMismatch(
        Problem(
            element=etree.QName(root).localname,
            line=root.sourceline,
            expected=Text(
                f"the element Envelope of SOAP {version.name}, namespace {version.namespace}",
                f"phần tử Envelope của SOAP {version.name}, không gian tên {version.namespace}",
            ),
            found=str(root.tag)[:200],
            cure=Text(
                f"call /soap/{other.name}, or send SOAP {version.name}",
                f"gọi /soap/{other.name}, hoặc gửi SOAP {version.name}",
            )
            if is_other
            else None,
        )
    )


def _not_understood(block: etree._Element) -> Problem:
    return Problem(
        element=f"Envelope/Header/{etree.QName(block).localname}",
        line=block.sourceline,
        expected=Text(
            "no header block with mustUnderstand: this service needs none",
            "không có khối tiêu đề mang mustUnderstand: dịch vụ này không cần",
        ),
        found=str(block.tag)[:200],
        cure=Text(
            "leave the block out or take mustUnderstand away; who calls is told by HTTP Basic",
            "bỏ khối này hoặc bỏ mustUnderstand; bên gọi xác thực bằng HTTP Basic",
        ),
    )


def _one_call(root: etree._Element, bodies: int, calls: int) -> Problem:
    found = f"Body: {bodies}" if bodies != 1 else f"Body/*: {calls}"
    return Problem(
        element="Envelope/Body",
        line=root.sourceline,
        expected=Text("one Body with one operation in it", "một Body chứa đúng một thao tác"),
        found=found,
    )


def _not_xml(error: Exception) -> Problem:
    line = error.lineno if isinstance(error, etree.XMLSyntaxError) else None
    return Problem(
        element="Envelope",
        line=line or None,
        expected=Text("well-formed XML in UTF-8 or UTF-16", "XML hợp lệ, mã hóa UTF-8 hoặc UTF-16"),
        found=str(error)[:200],
    )


def _no_dtd() -> Problem:
    return Problem(
        element="Envelope",
        expected=Text("no document type declaration", "không có khai báo DOCTYPE"),
        found="<!DOCTYPE",
        cure=Text("remove it: SOAP forbids it", "bỏ khai báo này: SOAP không cho phép"),
    )


def _too_many_tags() -> Problem:
    return Problem(
        element="Envelope",
        expected=Text(f"at most {_MARKUP_LIMIT} tags", f"không quá {_MARKUP_LIMIT} thẻ"),
        cure=Text(
            "send the document as base64 text in SendDocument/Document, one document a call",
            "gửi văn bản dạng base64 trong SendDocument/Document, mỗi lần gọi một văn bản",
        ),
    )


def _encoding(found: str) -> Problem:
    return Problem(
        element="Envelope",
        expected=Text("UTF-8, or UTF-16 with its mark", "UTF-8, hoặc UTF-16 có dấu BOM"),
        found=found,
        cure=Text("write the message in UTF-8", "ghi thông điệp bằng UTF-8"),
    )
