"""What a schema file says about each element, in words for people: children, which are required, values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lxml.etree import _Element as Element

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One element as declared. A schema file as a whole is a declaration whose children are the possible roots."""

    #: In Clark notation.
    children: Mapping[str, Declaration] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    #: What its text must be; None for a structure.
    words: Text | None = None
    #: What each allowed value means; empty when values are not listed.
    values: Mapping[str, Text] = field(default_factory=dict)


def read_grammar(path: Path) -> Declaration:
    """Read the schema at `path` with what it includes. Imported schemas are not looked into."""
    return _Grammar(path).roots()


class _Grammar:
    def __init__(self, path: Path) -> None:
        self._named: dict[tuple[str, str], Element] = {}
        self._target = ""
        self._gather(path)

    def _gather(self, path: Path) -> None:
        schema = etree.parse(path).getroot()
        self._target = schema.get("targetNamespace", "")
        for node in schema.iterchildren(f"{_XS}*"):
            if node.tag == f"{_XS}include":
                self._gather(path.parent / node.get("schemaLocation", ""))
            elif name := node.get("name"):
                self._named[str(node.tag)[len(_XS) :], name] = node

    def roots(self) -> Declaration:
        elements = [node for (kind, _), node in self._named.items() if kind == "element"]
        return Declaration(children=dict(map(self._element, elements)))

    def _element(self, node: Element) -> tuple[str, Declaration]:
        """Return an element's Clark name and declaration."""
        if reference := node.get("ref"):
            prefix, _, local = reference.rpartition(":")
            namespace = node.nsmap.get(prefix or None, "")
            if namespace != self._target:
                return (f"{{{namespace}}}{local}" if namespace else local), Declaration()
            return self._element(self._named["element", local])
        return f"{{{self._target}}}{node.get('name')}", self._declaration(node)

    def _declaration(self, node: Element) -> Declaration:
        local = node.get("type", "").rpartition(":")[2]
        if (simple := self._named.get(("simpleType", local))) is not None:
            return Declaration(words=words_of(simple), values=_values(simple))
        structure = self._named.get(("complexType", local), node.find(f"{_XS}complexType"))
        if structure is None:
            return Declaration()
        children, required = self._particles(structure)
        keys = [f"{{{self._target}}}{key.get('name')}" for key in node.iterchildren(f"{_XS}key")]
        return Declaration(children=children, required=tuple(dict.fromkeys([*required, *keys])))

    def _particles(self, node: Element) -> tuple[dict[str, Declaration], list[str]]:
        """Return what may and what must stand inside a group of particles."""
        children: dict[str, Declaration] = {}
        required: list[list[str]] = []
        for inner, (found, needed) in self._inner(node):
            children |= found
            required.append([] if inner.get("minOccurs") == "0" else needed)
        if node.tag == f"{_XS}choice":
            return children, [name for name in (required or [[]])[0] if all(name in other for other in required)]
        return children, [name for needed in required for name in needed]

    def _inner(self, node: Element) -> Iterator[tuple[Element, tuple[dict[str, Declaration], list[str]]]]:
        for inner in node.iterchildren(*(f"{_XS}{tag}" for tag in ("element", "group", "sequence", "choice", "all"))):
            if inner.tag == f"{_XS}element":
                name, declaration = self._element(inner)
                yield inner, ({name: declaration}, [name])
            elif reference := inner.get("ref"):
                yield inner, self._particles(self._named["group", reference.rpartition(":")[2]])
            else:
                yield inner, self._particles(inner)


def words_of(node: Element) -> Text | None:
    """Return what a declaration's annotation says, when it says it in both languages."""
    said = {text.get(_LANGUAGE): text.text or "" for text in node.iterfind(f"{_XS}annotation/{_XS}documentation")}
    return Text(said["en"], said["vi"]) if {"en", "vi"} <= said.keys() else None


def _values(simple: Element) -> dict[str, Text]:
    listed = simple.iterfind(f"{_XS}restriction/{_XS}enumeration")
    return {value.get("value", ""): words_of(value) or Text("", "") for value in listed}
