"""A tiny language that says what another system's fields are made of.

A template is a table of the configuration, shaped like the request that the system wants:

    [options.calls.body]
    MaHoSo = "{xpath://d:Number}"
    TrichYeu = "{subject|limit:500}"
    NgayTiepNhan = "{xpath://d:Received|date:%Y%m%d%H%M%S}"
    isUpdating = "False"
    TepDinhKem = { each = "attachments", item = { Ten = "{name}", Base64 = "{content|base64}" } }

- Numbers, booleans and texts without braces stand as written; `{{` and `}}` are braces.
- `{word}` is a fact of what is handed over (`words.py` lists them).
- `{xpath:EXPRESSION}` is the first thing that the XPath 1.0 expression finds, as text; empty when it finds nothing.
  It starts at the root, inside `each` at the thing repeated. A union (`|`) is not possible.
- Filters, in order: `|date:FORMAT` (strftime in Vietnam's time, or `iso`; a date that does not exist stays as it is
  written), `|base64`, `|int` (a JSON number), `|limit:N` (at most N characters), `|default:TEXT` (when empty).
- `{ each = SOURCE, item = TEMPLATE }` is a list: SOURCE is `attachments`, or `xpath:EXPRESSION` for elements.

Everything is read when the adapter is made: an unknown word or filter is Misconfigured, with the option's name.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from lxml import etree

from adapters.dialect.dates import read_moment, write_moment
from adapters.dialect.trouble import misconfigured, rejected
from lgsp.sdk import Text

Value = str | bytes | int | datetime
Words = Mapping[str, Value | Callable[[], Value]]

NAMESPACES: Final[Mapping[str, str]] = {
    "e": "http://www.mic.gov.vn/TBT/QCVN_102_2016",
    "m": "urn:lgsp:message:1",
    "d": "urn:lgsp:dossier:1",
}
_PIECES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([^{}]+)|([{}])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What a template may speak of."""

    words: frozenset[str]
    #: Words that are octets, which only `|base64` turns into text.
    octets: frozenset[str] = frozenset()
    #: What `each` may repeat, and the words that each item adds.
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=lambda: NAMESPACES)
    #: Whether octets may stand as they are, as SOAP's base64Binary wants them.
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is handed over, as the template's words see it."""

    words: Words
    tree: etree._Element | None = None
    lists: Mapping[str, Sequence[Words]] = field(default_factory=dict)


_Fill = Callable[[Scope], Any]
_Find = Callable[[Scope], Value]


class Template:
    """A template, read and checked."""

    def __init__(self, written: object, grammar: Grammar, place: str) -> None:
        """Read `written`, an option's value; raises Misconfigured naming the option inside `place`."""
        self._fill = _read(written, grammar, place)

    def fill(self, scope: Scope) -> Any:
        """Return the value: plain tables, lists and texts."""
        return self._fill(scope)


def _read(written: object, grammar: Grammar, place: str) -> _Fill:
    if isinstance(written, str):
        return _leaf(written, grammar, place)
    if isinstance(written, Mapping):
        if set(written) == {"each", "item"}:
            return _repeated(str(written["each"]), written["item"], grammar, place)
        parts = {str(key): _read(value, grammar, f"{place}.{key}") for key, value in written.items()}
        return lambda scope: {key: fill(scope) for key, fill in parts.items()}
    if isinstance(written, Sequence):
        items = [_read(value, grammar, f"{place}[{at}]") for at, value in enumerate(written)]
        return lambda scope: [fill(scope) for fill in items]
    return lambda _: written


def _repeated(source: str, item: object, grammar: Grammar, place: str) -> _Fill:
    if source.startswith("xpath:"):
        find = _xpath(source.removeprefix("xpath:"), grammar, f"{place}.each")
        fill = _read(item, grammar, f"{place}.item")
        return lambda scope: [fill(replace(scope, tree=node)) for node in _nodes(find, scope)]
    if source not in grammar.lists:
        known = ", ".join([*grammar.lists, "xpath:…"])
        raise misconfigured(f"{place}.each", Text(f"one of: {known}", f"một trong: {known}"), source)
    inner = replace(grammar, words=grammar.words | grammar.lists[source])
    fill = _read(item, inner, f"{place}.item")
    return lambda scope: [fill(replace(scope, words={**scope.words, **words})) for words in scope.lists.get(source, ())]


def _leaf(written: str, grammar: Grammar, place: str) -> _Fill:
    pieces: list[_Find] = []
    texts = 0
    for piece in _PIECES.finditer(written):
        expression, text, stray = piece.groups()
        if stray is not None:
            raise misconfigured(place, Text("{{ or }} for a brace", "{{ hoặc }} cho dấu ngoặc"), written)
        if expression is not None:
            pieces.append(_expression(expression, grammar, place))
        else:
            texts += 1
            pieces.append(_constant(text if text is not None else piece.group()[0]))
    if len(pieces) == 1 and not texts:
        return _alone(pieces[0])
    return lambda scope: "".join(_say(find(scope)) for find in pieces)


def _constant(text: str) -> _Find:
    return lambda _: text


def _alone(find: _Find) -> _Fill:
    def fill(scope: Scope) -> Any:
        value = find(scope)
        return value if isinstance(value, bytes | int) else _say(value)

    return fill


def _expression(expression: str, grammar: Grammar, place: str) -> _Find:
    source, *filters = expression.split("|")
    if source.startswith("xpath:"):
        find = _text_found(_xpath(source.removeprefix("xpath:"), grammar, place))
    elif source in grammar.words:
        find = _word(source)
    else:
        known = ", ".join(sorted(grammar.words))
        raise misconfigured(place, Text(f"xpath:… or one of: {known}", f"xpath:… hoặc một trong: {known}"), source)
    if source in grammar.octets and not grammar.raw and filters[:1] != ["base64"]:
        raise misconfigured(place, Text(f"{{{source}|base64}}", f"{{{source}|base64}}"), expression)
    for written in filters:
        find = _filtered(find, written, place)
    return find


def _word(name: str) -> _Find:
    def find(scope: Scope) -> Value:
        value = scope.words[name]
        return value() if callable(value) else value

    return find


def _xpath(expression: str, grammar: Grammar, place: str) -> etree.XPath:
    try:
        find = etree.XPath(expression, namespaces=dict(grammar.namespaces), regexp=False, smart_strings=False)
        find(etree.Element("tried"))  # prefixes and functions that do not exist show only then
    except etree.XPathError as error:
        raise misconfigured(place, Text("an XPath 1.0 expression", "biểu thức XPath 1.0"), expression) from error
    return find


def _text_found(find: etree.XPath) -> _Find:
    def text(scope: Scope) -> Value:
        found: Any = _evaluate(find, scope)
        if isinstance(found, list):
            found = found[0] if found else ""
        if isinstance(found, etree._Element):  # noqa: SLF001 - the public name of the type in lxml
            return "".join(str(part) for part in found.itertext()).strip()
        if isinstance(found, bool):
            return str(found).lower()
        return f"{found:g}" if isinstance(found, float) else str(found)

    return text


def _nodes(find: etree.XPath, scope: Scope) -> list[etree._Element]:
    found: Any = _evaluate(find, scope)
    return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []  # noqa: SLF001


def _evaluate(find: etree.XPath, scope: Scope) -> Any:
    return [] if scope.tree is None else find(scope.tree)


def _filtered(find: _Find, written: str, place: str) -> _Find:
    name, _, argument = written.partition(":")
    change = _FILTERS.get(name)
    if change is None:
        known = ", ".join(_FILTERS)
        raise misconfigured(place, Text(f"a filter: {known}", f"bộ lọc: {known}"), written)
    if (name in _WITH_ARGUMENT) != bool(argument) or (name == "limit" and not argument.isdecimal()):
        raise misconfigured(place, Text(f"'{name}' with its value", f"'{name}' kèm giá trị"), written)
    return lambda scope: change(find(scope), argument)


def _say(value: Value) -> str:
    if isinstance(value, datetime):
        return write_moment(value, "iso")
    return b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)


def _date(value: Value, form: str) -> Value:
    moment = value if isinstance(value, datetime) else read_moment(_say(value))
    return value if moment is None else write_moment(moment, form)


def _int(value: Value, _: str) -> Value:
    try:
        return int(_say(value))
    except ValueError as error:
        raise rejected(_say(value)) from error


_FILTERS: Final[Mapping[str, Callable[[Value, str], Value]]] = {
    "date": _date,
    "base64": lambda value, _: b64encode(value if isinstance(value, bytes) else _say(value).encode()).decode("ascii"),
    "int": _int,
    "limit": lambda value, size: _say(value)[: int(size)],
    "default": lambda value, text: value if isinstance(value, bytes) or _say(value) else text,
}
_WITH_ARGUMENT: Final = frozenset({"date", "limit", "default"})
