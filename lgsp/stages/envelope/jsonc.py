"""JSON with comments, read with the line of each value; a key that stands twice stands twice."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)"""
    r"""|(?P<text>"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrtu])*+")"""
    r"""|(?P<bare>-?[0-9][0-9.eE+-]*+|true|false|null)"""
    r"""|(?P<mark>[{}\[\]:,])""",
)
_DEEPEST: Final = 32
_MOST: Final = 100_000
_LIMITS: Final = Text(f"at most {_MOST:,} values, {_DEEPEST} deep", f"không quá {_MOST:,} giá trị, {_DEEPEST} cấp")


@dataclass(frozen=True, slots=True)
class Node:
    """A value, and where it begins."""

    line: int
    #: Text (numbers and words as written, `null` as nothing), members in their order, or items.
    value: str | tuple[tuple[str, Node], ...] | list[Node]


def parse_json(octets: bytes) -> Node:
    """Return the one value that `octets` hold. Raises MalformedEnvelope for what is no JSON in UTF-8."""
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise MalformedEnvelope(Problem(line=line, expected=Text("UTF-8", "UTF-8"))) from None
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = self._split(text)
        self._line = 1
        self._count = 0
        self._kind, self._word = next(self._tokens)

    def whole(self) -> Node:
        node = self._value(0)
        if self._kind != "end":
            self._fail()
        return node

    def _split(self, text: str) -> Iterator[tuple[str, str]]:
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                yield "wrong", text[place : place + 40]
                return
            if found.lastgroup != "space":
                yield found.lastgroup or "", found[0]
            self._line += found[0].count("\n")
            place = found.end()
        yield "end", ""

    def _step(self) -> str:
        word = self._word
        self._kind, self._word = next(self._tokens, ("end", ""))
        return word

    def _value(self, depth: int) -> Node:
        self._count += 1
        if depth > _DEEPEST or self._count > _MOST:
            self._fail(_LIMITS)
        line = self._line
        if self._kind == "text":
            return Node(line, self._text())
        if self._kind == "bare":
            word = self._step()
            return Node(line, "" if word == "null" else word)
        if self._word == "{":
            return Node(line, tuple(self._members(depth)))
        if self._word == "[":
            return Node(line, list(self._items(depth)))
        return self._fail()

    def _text(self) -> str:
        if "\\" not in self._word:
            return self._step()[1:-1]
        try:
            text = str(json.loads(self._word))
            text.encode()
        except ValueError:  # an escape that is none, or half a surrogate pair
            self._fail()
        self._step()
        return text

    def _members(self, depth: int) -> Iterator[tuple[str, Node]]:
        self._step()
        while self._word != "}":
            if self._kind != "text":
                self._fail()
            name = self._text()
            if self._step() != ":":
                self._fail()
            yield name, self._value(depth + 1)
            self._between("}")
        self._step()

    def _items(self, depth: int) -> Iterator[Node]:
        self._step()
        while self._word != "]":
            yield self._value(depth + 1)
            self._between("]")
        self._step()

    def _between(self, end: str) -> None:
        if self._word == ",":
            self._step()
        elif self._word != end:
            self._fail()

    def _fail(self, expected: Text | None = None) -> Node:
        raise MalformedEnvelope(
            Problem(
                line=self._line,
                expected=expected or Text("well-formed JSON", "JSON đúng cú pháp"),
                found=self._word[:40],
            )
        )
