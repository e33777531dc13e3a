"""The exchange schema at work: what a call must look like, said in two languages where it does not."""

from __future__ import annotations

import re
import threading
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.exchange import NAMESPACE
from lgsp.model.errors import Problem, SchemaViolation
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXPECTED: Final = {
    "Document": Text("base64 of the exact octets of the document", "base64 của đúng các byte của văn bản"),
    "Kind": Text("document, status or message", "document, status hoặc message"),
    "Limit": Text("a whole number from 1 to 1000", "số nguyên từ 1 đến 1000"),
    "Result": Text("processing, done or fail", "processing, done hoặc fail"),
    "Note": Text("at most 1000 characters", "không quá 1000 ký tự"),
}
_SEE_WSDL: Final = Text("see the description at ?wsdl", "xem mô tả dịch vụ tại ?wsdl")
_NAMED: Final = re.compile(r"^Element '(?:\{[^}]*\})?([^']*)'")
_WANTED: Final = re.compile(r"Expected is .*?\( (.*) \)")
_NAMESPACE: Final = re.compile(r"\{[^}]*\}|##other")


def schema_octets() -> bytes:
    """Return the schema as published."""
    return files("schemas").joinpath("exchange-1/exchange.xsd").read_bytes()


class ExchangeSchema:
    """Validates calls with lxml. For any number of threads."""

    def __init__(self) -> None:
        """Compile the schema once."""
        self._schema = etree.XMLSchema(etree.fromstring(schema_octets()))
        self._lock = threading.Lock()  # the error log is the schema object's own

    def validate(self, call: etree._Element) -> None:
        """Raise SchemaViolation with every problem of the call."""
        with self._lock:
            if self._schema.validate(call):
                return
            entries = list(self._schema.error_log)
        raise SchemaViolation(list(_problems(call, entries)))


def _problems(call: etree._Element, entries: Iterable[etree._LogEntry]) -> Iterable[Problem]:
    """Make problems of libxml2's words; a facet's own line says less than the line after it and is left out."""
    seen: set[str] = set()
    operation = etree.QName(call).localname
    for entry in entries:
        named = _NAMED.match(entry.message)
        name = named[1] if named else ""
        wanted = _WANTED.search(entry.message)
        if name in seen:
            continue
        seen.add(name)
        yield Problem(
            element=operation if name in {"", operation} else f"{operation}/{name}",
            line=entry.line or None,
            expected=_expected(name, wanted, entry.message),
            found=_found(call, name, missing="Missing child" in entry.message),
            cure=_SEE_WSDL,
        )


def _expected(name: str, wanted: re.Match[str] | None, message: str) -> Text:
    if wanted:
        names = _NAMESPACE.sub("", wanted[1])
        return Text(f"the element {names} here", f"phần tử {names} ở vị trí này")
    if "not expected" in message:
        return Text("no such element here", "không có phần tử này ở vị trí này")
    return _EXPECTED.get(name, Text("a value of the declared type", "giá trị đúng kiểu đã khai báo"))


def _found(call: etree._Element, name: str, *, missing: bool) -> str:
    if missing:
        return ""
    value = call.findtext(f"{{{NAMESPACE}}}{name}")
    return (value or "").strip()[:40] or name
