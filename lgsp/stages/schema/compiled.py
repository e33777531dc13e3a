"""A schema file ready to judge: by libxml2, or by xmlschema where a schema makes assertions (XSD 1.1)."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, cast

from lxml import etree

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.stages.schema.explain import explain
from lgsp.stages.schema.grammar import read_grammar
from lgsp.stages.schema.places import path_of

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element as Element

    from lgsp.stages.schema.registry import SchemaVersion

#: libxml2 spends time quadratic in the children of one element when each has an error: bounded before it is asked.
_MOST_CHILDREN: Final = 2_000
_USABLE: Final = Text("a schema file that can be compiled", "tệp lược đồ biên dịch được")


class Compiled(Protocol):
    """A schema that judges."""

    def accepts(self, part: Element) -> bool:
        """Tell whether an element follows it. Safe for many threads."""

    def problems(self, part: Element) -> list[Problem]:
        """Return why an element does not follow it, each with its cure. Safe for many threads."""

    def knows(self, tag: str) -> bool:
        """Tell whether an element of this name may be a root."""


def compiled(version: SchemaVersion, file: str) -> Compiled:
    """Compile one file of a version. Raises Misconfigured."""
    path = version.folder / file
    try:
        if version.xsd == "1.1":
            from lgsp.stages.schema.assertions import Asserting  # noqa: PLC0415 - xmlschema takes long to load

            return Asserting(path)
        return Plain(path)
    except Exception as error:
        raise Misconfigured(Problem(element=str(path), expected=_USABLE, found=str(error)[:200])) from error


class Plain:
    """XSD 1.0. libxml2 says yes or no (0.02 ms); only what is refused is looked at again, in the schema's words."""

    def __init__(self, path: Path) -> None:
        """Compile the file at `path`."""
        self._fast = etree.XMLSchema(file=path)
        self._thorough = etree.XMLSchema(file=path)
        self._grammar = read_grammar(path)
        # libxml2's error list belongs to the schema object, so explaining is done by one thread at a time.
        self._explaining = Lock()

    def accepts(self, part: Element) -> bool:
        """Ask libxml2."""
        return self._fast.validate(part)

    def problems(self, part: Element) -> list[Problem]:
        """Return at most 50, in the order of lines."""
        with self._explaining:
            return explain(part, self._thorough, self._grammar)

    def knows(self, tag: str) -> bool:
        """Look into the grammar."""
        return tag in self._grammar.children


def crowded(part: Element, tags: int) -> Problem | None:
    """Return a problem when one element has more children than any real envelope, `tags` being all there are."""
    if tags <= _MOST_CHILDREN:
        return None
    places = "/*" if part.getparent() is None and part.tag == "{urn:lgsp:message:1}Message" else "descendant-or-self::*"
    found = cast("list[Element]", part.xpath(f"{places}[count(*) > {_MOST_CHILDREN}]"))
    if not found:
        return None
    return Problem(
        element=path_of(found[0]),
        line=found[0].sourceline,
        expected=Text(f"at most {_MOST_CHILDREN:,} elements inside", f"không quá {_MOST_CHILDREN:,} phần tử con"),
        found=f"{len(found[0]):,}",
        cure=Text("divide it among several envelopes", "chia thành nhiều gói tin"),
    )
