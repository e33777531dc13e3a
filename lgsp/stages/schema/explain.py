"""Why a part is not valid: libxml2 finds the place, the grammar has the words, the sender's own lines are named."""

from __future__ import annotations

import re
from copy import deepcopy
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Final

from lgsp.model.errors import Problem
from lgsp.model.text import Text
from lgsp.stages.schema.grammar import Declaration
from lgsp.stages.schema.places import count, local, path_of, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import XMLSchema, _LogEntry
    from lxml.etree import _Element as Element

_MOST: Final = 50
_ROUNDS: Final = 8
_LONGEST_FOUND: Final = 200
_QUOTED = re.compile(r"attribute '([^']+)'")
_CONSTRAINT = re.compile(r"identity-constraint '\{[^}]*\}([^']+)'")
_UNKNOWN: Final = Declaration()


def explain(part: Element, schema: XMLSchema, grammar: Declaration) -> list[Problem]:
    """Return the problems of `part`, in the order of lines, at most 50.

    libxml2 looks no further inside an element once a child stands where none may. So what was named is taken out of
    a copy, and the copy is asked again, until nothing new is found.
    """
    copy = deepcopy(part)
    explanation = _Explanation(dict(zip(copy.iter(), part.iter(), strict=True)), part, grammar)
    for _ in range(_ROUNDS):
        if schema.validate(copy):
            break
        removable = explanation.add(copy, schema.error_log)
        if not removable or len(explanation.problems) >= _MOST:
            break
        for element in removable:
            _take_out(element)
    found = explanation.finish()
    return sorted(found, key=lambda problem: problem.line or 0)[:_MOST]


class _Explanation:
    """Gathers problems over the rounds, each once."""

    def __init__(self, origins: dict[Element, Element], part: Element, grammar: Declaration) -> None:
        self._origins = origins
        self._part = part
        self._grammar = grammar
        self.problems: dict[tuple[str, str], Problem] = {}
        #: Elements for which a misspelt one stands: they are not reported as missing.
        self._meant: set[tuple[str, str]] = set()

    def add(self, copy: Element, log: Iterable[_LogEntry]) -> list[Element]:
        """Take in one round's errors; return the elements of the copy to take out before the next."""
        removable = []
        for entry in islice(log, _MOST * 4):
            found = resolve(copy, entry.path or "")
            if found is None:
                continue
            element = self._origins[found]
            for kind, problem in self._judge(entry, element):
                self.problems.setdefault((problem.element, kind), problem)
            if self._is_unexpected(entry) and self._may_go(element):
                removable.append(found)
        return removable

    def finish(self) -> list[Problem]:
        """Return the problems without the echoes of others."""
        return [
            problem
            for (place, kind), problem in self.problems.items()
            if kind != "missing" or tuple(place.rpartition("/")[::2]) not in self._meant
        ]

    def _judge(self, entry: _LogEntry, element: Element) -> Iterator[tuple[str, Problem]]:
        kind, declaration = entry.type_name, self._declaration(element)
        if kind == "SCHEMAV_CVC_IDC":
            yield from self._constraint(entry, element)
        elif self._is_unexpected(entry):
            yield from self._unexpected(element)
        elif kind in {"SCHEMAV_ELEMENT_CONTENT", "SCHEMAV_CVC_ELT_1"}:
            yield from self._incomplete(entry, element, declaration)
        elif (attribute := _QUOTED.search(entry.message)) is not None:
            name = local(attribute[1])
            yield (
                f"attribute {name}",
                _problem(element, Text(f"no attribute '{name}'", f"không có thuộc tính '{name}'"), found=name),
            )
        elif kind == "SCHEMAV_CVC_COMPLEX_TYPE_2_3":
            text = Text("no text between the elements", "không có chữ nằm giữa các phần tử")
            yield "text", _problem(element, text, found=_stray_text(element))
        elif kind == "SCHEMAV_CVC_TYPE_3_1_2":
            text = Text("text without elements inside", "chỉ có chữ, không chứa phần tử con")
            yield "value", _problem(element, text, found=f"<{local(str(element[0].tag))}>")
        else:
            yield "value", _value(element, declaration, entry.message)

    def _constraint(self, entry: _LogEntry, element: Element) -> Iterator[tuple[str, Problem]]:
        """Explain a key (exactly one) or unique (at most one). Echoes of a wrong value are left out."""
        named = _CONSTRAINT.search(entry.message)
        if named is None:
            return
        name = named[1]
        if "more than one member" in entry.message:
            while local(str(element.tag)) != name and (parent := element.getparent()) is not None:
                element = parent
            how = Text("exactly one", "đúng một") if " key " in entry.message else Text("at most one", "nhiều nhất một")
            yield "several", _several(element, how)
        elif element.find(f"{{*}}{name}") is None:
            yield "missing", _missing(element, name)

    def _unexpected(self, element: Element) -> Iterator[tuple[str, Problem]]:
        parent = element.getparent()
        if parent is None or element is self._part:
            yield "root", _problem(element, _one_of(self._grammar.children), found=str(element.tag))
            return
        around = self._declaration(parent)
        if element.tag in around.children:
            lacking = [name for name in around.required if parent.find(name) is None]
            if count(element) > 1 and not lacking:
                yield "several", _several(element, Text("at most one", "nhiều nhất một"))
            elif lacking:
                for name in lacking:
                    yield "missing", _missing(parent, local(name))
            else:
                yield "order", _problem(element, _in_order(around), found=local(str(element.tag)))
            return
        cure, meant = self._cure(element, around)
        if meant:
            self._meant.add((path_of(parent), meant))
        yield "unexpected", _problem(element, _one_of(around.children), found=local(str(element.tag)), cure=cure)

    def _cure(self, element: Element, around: Declaration) -> tuple[Text, str]:
        """Return what to do with an element that may not stand here, and the name that was meant, if one was."""
        name = local(str(element.tag))
        for known in around.children:
            if local(known) == name:
                namespace = known[1:].partition("}")[0]
                return Text(f"put it into the namespace {namespace}", f"đặt vào không gian tên {namespace}"), name
        if close := get_close_matches(name, [local(known) for known in around.children], n=1, cutoff=0.7):
            return Text(f"write '{close[0]}'", f"viết là '{close[0]}'"), close[0]
        if home := _home(self._grammar, name):
            return Text(f"move it into '{home}'", f"chuyển vào trong '{home}'"), ""
        return Text("remove it", "bỏ phần tử này"), ""

    def _incomplete(
        self, entry: _LogEntry, element: Element, declaration: Declaration
    ) -> Iterator[tuple[str, Problem]]:
        lacking = [name for name in declaration.required if element.find(name) is None]
        for name in lacking:
            yield "missing", _missing(element, local(name))
        if not lacking:
            expected = _one_of(declaration.children) if declaration.children else _said(entry.message)
            yield "incomplete", _problem(element, expected)

    def _declaration(self, element: Element) -> Declaration:
        """Return how `element` is declared, from the validated part down."""
        names = [str(element.tag)]
        while element is not self._part and (parent := element.getparent()) is not None:
            element = parent
            names.append(str(element.tag))
        declaration = self._grammar
        for name in reversed(names):
            declaration = declaration.children.get(name, _UNKNOWN)
        return declaration

    def _is_unexpected(self, entry: _LogEntry) -> bool:
        return entry.type_name == "SCHEMAV_ELEMENT_CONTENT" and "is not expected" in entry.message

    def _may_go(self, element: Element) -> bool:
        """Say whether taking the element out lets libxml2 look further: it is foreign, or one too many."""
        parent = element.getparent()
        if parent is None or element is self._part:
            return False
        return element.tag not in self._declaration(parent).children or count(element) > 1


def _take_out(element: Element) -> None:
    """Remove an element without the text after it becoming text of another."""
    parent = element.getparent()
    if parent is not None:
        element.tail = None
        parent.remove(element)


def _problem(element: Element, expected: Text, *, found: str = "", cure: Text | None = None) -> Problem:
    return Problem(
        element=path_of(element), line=element.sourceline, expected=expected, found=found[:_LONGEST_FOUND], cure=cure
    )


def _missing(parent: Element, name: str) -> Problem:
    return Problem(
        element=f"{path_of(parent)}/{name}",
        line=parent.sourceline,
        expected=Text("this element, which is mandatory", "có phần tử này (bắt buộc)"),
        cure=Text(
            f"add <{name}> inside <{local(str(parent.tag))}>",
            f"thêm <{name}> vào trong <{local(str(parent.tag))}>",
        ),
    )


def _several(element: Element, how: Text) -> Problem:
    return _problem(element, how, found=str(count(element)), cure=Text("remove the others", "bỏ các phần tử thừa"))


def _value(element: Element, declaration: Declaration, message: str) -> Problem:
    found = " ".join((element.text or "").split())
    if declaration.words is None:
        return _problem(element, _said(message), found=found)
    return _problem(element, _meaning(declaration), found=found, cure=_mend(found, declaration, message))


def _meaning(declaration: Declaration) -> Text:
    words = declaration.words or Text("", "")
    if not declaration.values:
        return words
    listed = {value: meaning for value, meaning in declaration.values.items() if value}
    en, vi = (", ".join(f"{value} ({text[n]})" for value, text in listed.items()) for n in (0, 1))
    return Text(f"{words.en}, one of: {en}", f"{words.vi}, một trong: {vi}")


def _mend(found: str, declaration: Declaration, message: str) -> Text | None:
    if found.zfill(2) in declaration.values:
        return Text(f"write '{found.zfill(2)}'", f"viết là '{found.zfill(2)}'")
    if not found:
        return Text("write a value", "điền giá trị")
    if (lengths := re.findall(r"'(\d+)'", message)[-2:]) and "maxLength" in message:
        return Text(
            f"shorten it from {lengths[0]} to {lengths[1]} characters",
            f"rút gọn từ {lengths[0]} xuống {lengths[1]} ký tự",
        )
    return None


def _one_of(children: object) -> Text:
    names = ", ".join(dict.fromkeys(map(local, children))) if isinstance(children, dict) else ""
    return (
        Text(f"one of: {names}", f"một trong: {names}")
        if names
        else Text("no further element", "không thêm phần tử nào nữa")
    )


def _in_order(around: Declaration) -> Text:
    names = ", ".join(map(local, around.children))
    return Text(f"the elements in this order: {names}", f"các phần tử theo thứ tự: {names}")


def _said(message: str) -> Text:
    return Text(message, message)


def _stray_text(element: Element) -> str:
    texts = (element.text, *(child.tail for child in element))
    return next((text.strip() for text in texts if text and text.strip()), "")


def _home(declaration: Declaration, name: str, around: str = "") -> str:
    """Return the name of the structure in which `name` is declared."""
    for tag, child in declaration.children.items():
        if local(tag) == name and around:
            return around
        if found := _home(child, name, local(tag)):
            return found
    return ""
