"""Variant F: the JSON mapping of edXML that REST converters in front of the Java SDK take. For people only.

The bus takes no JSON at its door: what is signed is edXML, and a converted document would be a document that its sender
never signed. Here it is read so that it can be checked, and written as edXML for somebody to sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text
from lgsp.stages.envelope.filling import complete
from lgsp.stages.envelope.jsonc import Node, parse_json
from lgsp.stages.envelope.reading import Reading
from lgsp.stages.envelope.vocabulary import ATTACHMENT, ENVELOPE, MESSAGE_HEADER, TRACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as Element

    from lgsp.stages.envelope.vocabulary import Shape

#: Keys that are no lower-case form of a name. `toes` is how the converter's library made To plural.
_NAMES: Final = {"toes": "To"}
#: Lists whose items edXML wraps: key of the list -> name of each item.
_ITEMS: Final = {"ToPlaces": "Place", "Appendixes": "Appendix", "ResponseForTask": "TaskCode"}
_CONTENT: Final = {"content": "ContentTransferEncoded", "data": "ContentTransferEncoded"}
_REFERENCE: Final = ENVELOPE["edXMLBody"]["edXMLManifest"]["Reference"]

Members = tuple[tuple[str, Node], ...]


def is_json(octets: bytes) -> bool:
    """Tell whether these octets begin as a JSON object, comments before it included."""
    return octets[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["} or _begins_with_comment(octets)


def _begins_with_comment(octets: bytes) -> bool:
    return octets[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()[:2] in {b"//", b"/*"}


def read(octets: bytes) -> Reading:
    """Return how a JSON document or status reads as edXML. Raises MalformedEnvelope."""
    whole = parse_json(octets)
    header = dict(_members(whole)).get("header")
    if header is None:
        raise MalformedEnvelope(_no_header(whole))
    reading = Reading()
    try:
        _Mapping(reading).whole(whole, header)
    except ValueError as error:  # a control character, written as \u0000
        raise MalformedEnvelope(_control(error)) from None
    complete(reading, "header")
    return reading


class _Mapping:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def whole(self, root: Node, header: Node) -> None:
        envelope = self._reading.add(self._reading.root, "edXMLEnvelope", "header", header.line)
        inside = self._reading.add(envelope, "edXMLHeader", "header", header.line)
        is_status = False
        for key, node in _members(header):
            if key in {"messageheader", "status"}:
                is_status = is_status or key == "status"
                self._structure(inside, "MessageHeader", node, f"header.{key}", MESSAGE_HEADER)
            elif key == "traceheaderlist":
                self._structure(inside, "TraceHeaderList", node, f"header.{key}", TRACE)
            elif key != "signature":
                self._reading.leave(f"header.{key}", node.line)
        for key, node in _members(root):
            if key == "body" and not is_status:
                self._manifest(envelope, node)
        for key, node in _members(root):
            if key == "attachments":
                self._files(node)
            elif key not in {"header", "body"}:
                self._reading.leave(key, node.line)

    def _manifest(self, envelope: Element, body: Node) -> None:
        inside = self._reading.add(envelope, "edXMLBody", "body", body.line)
        for key, node in _members(body):
            if key != "manifest":
                continue
            manifest = self._reading.add(inside, "edXMLManifest", "body.manifest", node.line)
            for path, entry in _listed(node, "body.manifest", ("references", "reference")):
                self._structure(manifest, "Reference", entry, path, _REFERENCE)

    def _files(self, files: Node) -> None:
        encoded = self._reading.add(self._reading.root, "AttachmentEncoded", "attachments", files.line)
        for path, file in _items(files, "attachments"):
            made = self._reading.add(encoded, "Attachment", path, file.line)
            for key, node in _members(file):
                name = _CONTENT.get(key) or _known(key, ATTACHMENT)
                if name and isinstance(node.value, str):
                    self._reading.add(made, name, f"{path}.{key}", node.line, node.value)
                else:
                    self._reading.leave(f"{path}.{key}", node.line)

    def _structure(self, parent: Element, name: str, node: Node, path: str, shape: Shape) -> None:
        made = self._reading.add(parent, name, path, node.line)
        if name in _ITEMS and not isinstance(node.value, tuple):
            for place, item in _items(node, path):
                if isinstance(item.value, str) and item.value:
                    self._reading.add(made, _ITEMS[name], place, item.line, item.value)
            return
        for key, inner in _members(node):
            known = _NAMES.get(key) or _known(key, shape)
            if known is None or known not in shape:
                self._reading.leave(f"{path}.{key}", inner.line)
                continue
            for place, item in _items(inner, f"{path}.{key}") if known not in _ITEMS else [(f"{path}.{key}", inner)]:
                if shape[known]:
                    self._structure(made, known, item, place, shape[known])
                else:
                    text = item.value if isinstance(item.value, str) else ""
                    self._reading.add(made, known, place, item.line, text)


def _known(key: str, shape: Shape) -> str | None:
    """Return the name that `key` is the lower-case form of."""
    return next((name for name in shape if name.lower() == key.lower()), None)


def _members(node: Node) -> Members:
    return node.value if isinstance(node.value, tuple) else ()


def _items(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Yield one value, or each of a list, with its path."""
    if isinstance(node.value, list):
        yield from ((f"{path}[{number}]", item) for number, item in enumerate(node.value, 1))
    else:
        yield path, node


def _listed(node: Node, path: str, keys: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    """Yield the items of a list that stands below `keys`."""
    if not keys:
        yield from _items(node, path)
        return
    for key, inner in _members(node):
        if key == keys[0]:
            yield from _listed(inner, f"{path}.{key}", keys[1:])


def _no_header(whole: Node) -> Problem:
    return Problem(
        element="header",
        line=whole.line,
        expected=Text(
            "an object with 'header', as the JSON mapping of edXML has it",
            "đối tượng có khóa 'header' theo ánh xạ JSON của edXML",
        ),
        found=", ".join(key for key, _ in _members(whole))[:200],
    )


def _control(error: ValueError) -> Problem:
    return Problem(
        expected=Text("text without control characters", "văn bản không chứa ký tự điều khiển"), found=str(error)[:200]
    )
