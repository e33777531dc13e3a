"""A bus seen from outside by one who kept its heads, and what its log became since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

import httpx

from lgsp.evidence import Head, merkle
from lgsp.evidence.tiles import Damaged
from lgsp.model.errors import Problem, Unavailable
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable


class Log(Protocol):
    """What a witness asks a log."""

    def newest(self) -> Head | None:
        """Return the newest head."""

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of `new` leaves grew out of `old`. Raises ValueError."""


class Bus:
    """The log of a bus, asked by HTTP. Every call raises Unavailable when it does not answer as it should."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet."""
        self._client = httpx.Client(base_url=f"{url.rstrip('/')}/evidence/", timeout=30)

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._client.close()

    def newest(self) -> Head | None:
        """Return the newest head."""
        found = self._ask("head")
        return None if found is None else _head(found)

    def heads(self, after: int = 0) -> list[Head]:
        """Return heads of more than `after` leaves, the smallest first; a page of them."""
        found = self._ask("heads", after=after) or {}
        return [_head(facts) for facts in found.get("heads", ())]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of `new` leaves grew out of `old`."""
        found = self._ask("consistency", **{"from": old, "to": new}) or {}
        return [bytes.fromhex(step) for step in found.get("path", ())]

    def _ask(self, path: str, **query: int) -> dict[str, Any] | None:
        try:
            answer = self._client.get(path, params=query)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _silent(error) from error
        return found


def growths(kept: Iterable[Head], log: Log) -> list[dict[str, Any]]:
    """Return, for every head that was kept, whether the log of today grew out of it."""
    newest = log.newest()
    return [_growth(old, newest, log) for old in kept]


def _growth(old: Head, newest: Head | None, log: Log) -> dict[str, Any]:
    path = _path(old, newest, log)
    grew = (
        newest is not None
        and path is not None
        and merkle.grew(old.size, newest.size, old.root, newest.root, path)
        and newest.signed() is not None
    )
    return {
        "size": old.size,
        "root": old.root.hex(),
        "time": old.at.isoformat(),
        "signed": old.signed() is not None,
        "now": newest.size if newest else 0,
        "now_root": newest.root.hex() if newest else "",
        "path": [step.hex() for step in path or ()],
        "grew": grew,
        "verdict": "only grew" if grew else "REWRITTEN: this is not the log that was signed then",
    }


def _path(old: Head, newest: Head | None, log: Log) -> list[bytes] | None:
    if newest is None or newest.size < old.size:
        return None
    try:
        return log.consistency(old.size, newest.size)
    except (Damaged, ValueError):
        return None


def _head(facts: dict[str, Any]) -> Head:
    try:
        return Head.read(facts)
    except ValueError as error:
        raise _silent(error) from error


def _silent(error: Exception) -> Unavailable:
    expected = Text("a bus that answers about its log", "trục trả lời về sổ bằng chứng")
    return Unavailable(Problem(expected=expected, found=str(error)[:200]))
