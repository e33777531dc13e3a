"""Other forms of an envelope, read as edXML: a tree beside the sender's own, which alone proves anything.

The tree that is read is made here from the tree that was parsed, and from nothing else: an element for an element, with
the sender's line on it and with a note of where it was written. What stands twice there stands twice here, so that the
schema sees what a stranger could be misled by.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.sdk.writing.markup import VIETNAM
from lgsp.stages.envelope.octets import text_of
from lgsp.stages.envelope.vocabulary import Q

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as Element

    from lgsp.stages.envelope.vocabulary import Shape

_STEP: Final = re.compile(r"([^\[\]/]+)(?:\[(\d+)\])?")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?")
_VIETNAMESE_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d\d:\d\d:\d\d))?")


#: A path costs time in the number of its element's siblings, so not every stranger among thousands is named.
_MOST_UNREAD: Final = 50


class Reading:
    """An edXML tree in the making, and where each of its elements was written."""

    def __init__(self) -> None:
        """Start with the root alone."""
        self.root: Element = etree.Element(f"{Q}edXML", nsmap={None: Q[1:-1]})
        self._written: dict[Element, Element | str] = {}
        self._unread: list[tuple[Element | str, int | None]] = []

    def add(self, parent: Element, name: str, written: Element | str, line: int | None, text: str = "") -> Element:
        """Return a new last child of `parent`. Raises ValueError for text that XML cannot hold."""
        child = etree.SubElement(parent, f"{Q}{name}")
        if text:
            child.text = text
        if line is not None:
            child.sourceline = line  # type: ignore[misc]  # lxml lets it be set
        self._written[child] = written
        return child

    def copy(self, parent: Element, source: Element, shape: Shape, names: Mapping[str, str] | None = None) -> Element:
        """Read `source` and what stands in it, as far as `shape` knows it, under the names that edXML has for them."""
        known = names or {}
        local = etree.QName(source).localname
        child = self.add(parent, known.get(local, local), source, source.sourceline, "" if shape else text_of(source))
        for inner in source.iterchildren("*"):
            name = known.get(etree.QName(inner).localname, etree.QName(inner).localname)
            if name in shape:
                self.copy(child, inner, shape[name], names)
            else:
                self.leave(inner)
        return child

    def leave(self, source: Element | str, line: int | None = None) -> None:
        """Note an element that edXML has no word for."""
        self._unread.append((source, line if isinstance(source, str) else source.sourceline))

    @property
    def unread(self) -> list[tuple[str, int | None]]:
        """The first fifty elements of the sender that have no counterpart, as written, each with its line."""
        return [(one if isinstance(one, str) else path_of(one), line) for one, line in self._unread[:_MOST_UNREAD]]

    def place_of(self, path: str) -> str:
        """Return where the element at `path` of this reading was written; the nearest one around it when it is new."""
        found = self.root
        rest: list[str] = []
        for step in path.split("/")[1:]:
            inner = None if rest else _child(found, step)
            if inner is None:
                rest.append(step)
            else:
                found = inner
        while found not in self._written and (parent := found.getparent()) is not None:
            found = parent
        written = self._written.get(found)
        if written is None:
            return path
        start = written if isinstance(written, str) else path_of(written)
        joint = "." if isinstance(written, str) else "/"
        return joint.join([start, *(step.lower() if joint == "." else step for step in rest)])


def path_of(element: Element) -> str:
    """Return local names from the root down, with a place where several of one name stand together."""
    steps = []
    current: Element | None = element
    while current is not None:
        tag = str(current.tag)
        before = sum(1 for _ in current.itersiblings(tag, preceding=True))
        several = before or next(current.itersiblings(tag), None) is not None
        steps.append(tag.rpartition("}")[2] + (f"[{before + 1}]" if several else ""))
        current = current.getparent()
    return "/".join(reversed(steps))


def day(written: str, *, to_the_second: bool) -> str:
    """Return a date, or a time, as edXML writes it, where another form leaves no doubt; otherwise as written.

    A time with a zone is told in Vietnam's: systems that write UTC put a day's beginning at 17:00 of the day before.
    """
    text = written.strip()
    if found := _VIETNAMESE_DAY.fullmatch(text):  # day first: nobody in Vietnam writes the month first
        date, time = f"{found[3]}/{int(found[2]):02}/{int(found[1]):02}", found[4]
        return f"{date} {time}" if time and to_the_second else date
    if _ISO.fullmatch(text) is None:
        return written
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # 2020-02-30: there is no such day, and the sender is told as written
        return text[:10].replace("-", "/") + (f" {text[11:19]}" if to_the_second else "")
    local = moment if moment.tzinfo is None else moment.astimezone(VIETNAM)
    return f"{local:%Y/%m/%d %H:%M:%S}" if to_the_second else f"{local:%Y/%m/%d}"


#: Elements that hold a date or, where it is so, a time; under any parent.
DAYS: Final = {"PromulgationDate": False, "DueDate": False, "Timestamp": True}


def _child(parent: Element, step: str) -> Element | None:
    parts = _STEP.fullmatch(step)
    if parts is None:
        return None
    wanted = int(parts[2] or 1)
    return next((child for n, child in enumerate(parent.iterchildren(f"{Q}{parts[1]}"), 1) if n == wanted), None)
