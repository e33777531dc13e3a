"""Schemas that make assertions (XSD 1.1), which libxml2 does not know: xmlschema judges by them.

It takes milliseconds where libxml2 takes a fiftieth of one: for payloads whose rules cannot be said otherwise, such as
"the time promised is after the time received".
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from lgsp.model.errors import Problem
from lgsp.model.text import Text
from lgsp.stages.schema.grammar import words_of
from lgsp.stages.schema.places import path_of
from lgsp.stages.schema.xsd import schema_at

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element as Element
    from xmlschema import XMLSchemaValidationError
    from xmlschema.aliases import ElementType

_MOST: Final = 50
_LONGEST: Final = 200
#: Its time grows with the square of wrong children.
_MOST_TAGS: Final = 10_000


class Asserting:
    """One XSD 1.1 file."""

    def __init__(self, path: Path) -> None:
        """Compile the file at `path`, with what its own folder holds and nothing else."""
        self._schema = schema_at(path, "1.1")

    def accepts(self, part: Element) -> bool:
        """Ask xmlschema; more than 10,000 elements are not looked at and not accepted."""
        return _small(part) and self._schema.is_valid(cast("ElementType", part))

    def problems(self, part: Element) -> list[Problem]:
        """Return what was found, an assertion in the words that stand in the schema beside it."""
        if not _small(part):
            return [_too_large(part)]
        return [_problem(error) for error in islice(self._schema.iter_errors(cast("ElementType", part)), _MOST)]

    def knows(self, tag: str) -> bool:
        """Look among the global elements."""
        return tag in self._schema.maps.elements


def _small(part: Element) -> bool:
    return sum(1 for _ in islice(part.iter(), _MOST_TAGS + 1)) <= _MOST_TAGS


def _too_large(part: Element) -> Problem:
    return Problem(
        element=path_of(part),
        line=part.sourceline,
        expected=Text(f"at most {_MOST_TAGS:,} elements", f"không quá {_MOST_TAGS:,} phần tử"),
        cure=Text("divide it among several messages", "chia thành nhiều thông điệp"),
    )


def _problem(error: XMLSchemaValidationError) -> Problem:
    element = cast("Element", error.elem)
    said = " ".join((error.reason or "").split())[:_LONGEST]
    return Problem(
        element=path_of(element),
        line=element.sourceline,
        expected=_words(error) or Text(said, said),
        found=" ".join((element.text or "").split())[:_LONGEST],
    )


def _words(error: XMLSchemaValidationError) -> Text | None:
    """Return what the schema's author wrote beside the assertion that failed."""
    declared = getattr(error.validator, "elem", None)
    return words_of(declared) if declared is not None else None
