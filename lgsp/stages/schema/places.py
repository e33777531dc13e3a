"""Where an element stands: its path for people, and the element at a path that libxml2 wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_STEP = re.compile(r"(?:(?P<prefix>[^:\[\]]+):)?(?P<name>[^:\[\]]+)(?:\[(?P<place>\d+)\])?")


def path_of(element: Element) -> str:
    """Return local names from the root down, with a place where several of one name stand together."""
    steps = [_step(ancestor) for ancestor in element.iterancestors()]
    return "/".join([*reversed(steps), _step(element)])


def _step(element: Element) -> str:
    tag = str(element.tag)
    before = len(list(element.itersiblings(tag, preceding=True)))
    several = before > 0 or next(element.itersiblings(tag), None) is not None
    return local(tag) + (f"[{before + 1}]" if several else "")


def local(name: str) -> str:
    """Return a Clark name without its namespace."""
    return name.rpartition("}")[2]


def resolve(root: Element, path: str) -> Element | None:
    """Return the element at a path that libxml2 wrote: `prefix:name[n]`, or `*[n]` where there is no prefix."""
    current = root
    for step in path.split("/")[2:]:
        if step.startswith("@") or (parts := _STEP.fullmatch(step)) is None:
            break
        place = int(parts["place"] or 1)
        siblings = (child for child in current.iterchildren("*") if parts["name"] == "*" or _is(child, parts))
        found = next((child for number, child in enumerate(siblings, 1) if number == place), None)
        if found is None:
            return None
        current = found
    return current


def _is(element: Element, parts: re.Match[str]) -> bool:
    return element.prefix == parts["prefix"] and local(str(element.tag)) == parts["name"]


def count(element: Element) -> int:
    """Return how many elements of this name stand together."""
    parent = element.getparent()
    return 1 if parent is None else len(list(parent.iterchildren(str(element.tag))))
