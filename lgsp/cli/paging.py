"""Reading to the end what comes page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")


def every(page: Callable[[Item | None], Sequence[Item]]) -> list[Item]:
    """Return all items, in their order. `page` gives those after the last one, the first ones after None."""
    found: list[Item] = []
    while more := page(found[-1] if found else None):
        found += more
    return found
