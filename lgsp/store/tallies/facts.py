"""What there is to count of a document, a dossier or a refusal, read from its rows: plain values that JSON holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Delivered(NamedTuple):
    """A document at one recipient."""

    agency: str
    level: str
    bloc: str
    #: The bus's own status.
    status: str
    #: How far the recipient is: 01 to 06; empty before any.
    progress: str
    #: Milliseconds from acceptance; None until then.
    there: int | None
    taken: int | None


class Document(NamedTuple):
    """A document. The day is Vietnam's, `yyyy-MM-dd`."""

    day: str
    sender: str
    level: str
    bloc: str
    #: The verdict on its signature, and what that led to in the end.
    verdict: str
    admission: str
    #: Why paper goes beside it; empty where none does.
    paper: str
    #: edXML `BussinessDocType`.
    business: int
    priority: int
    deliveries: tuple[Delivered, ...]
    #: Kind and state of each request about it.
    requests: tuple[tuple[str, str], ...] = ()


class Said(NamedTuple):
    """A status."""

    day: str
    sender: str
    level: str
    bloc: str
    code: str


class Message(NamedTuple):
    """A message."""

    day: str
    sender: str
    level: str
    bloc: str


class Refused(NamedTuple):
    """All that was refused under one correlation id: day, caller, code."""

    each: tuple[tuple[str, str, str], ...]


class Dossier(NamedTuple):
    """A dossier, as far as messages told of it."""

    #: When it was received.
    day: str
    #: The desk: who sent it.
    agency: str
    level: str
    bloc: str
    #: 1 counter, 2 online, 3 post.
    channel: int
    state: int
    #: The day until which it should be done; empty without.
    due: str
    #: The day on which it was done; empty until then.
    finished: str
    #: Whether it was done after the moment that was promised.
    late: bool


Facts: TypeAlias = Document | Said | Message | Refused | Dossier


class Step(NamedTuple):
    """What one message says about a dossier."""

    number: str
    #: None in progress.
    channel: int | None
    received: datetime | None
    due: datetime | None
    state: int
    at: datetime


class Cell(NamedTuple):
    """What one thing is counted under."""

    book: str
    day: str
    facets: str
    #: Empty: of the whole province. Otherwise `book` is one of AGENCY_FIGURES, and `facets` level and bloc.
    agency: str = ""


_KINDS: Final[Mapping[str, type[Facts]]] = {
    "document": Document,
    "status": Said,
    "message": Message,
    "refused": Refused,
    "dossier": Dossier,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def packed_facts(facts: Facts) -> str:
    """Return facts as they are kept."""
    return orjson.dumps([_NAMES[type(facts)], *facts], default=list).decode()


def unpacked_facts(kept: str) -> Facts:
    """Return facts as they were."""
    name, *values = orjson.loads(kept)
    if name == "document":
        *plain, deliveries, requests = values
        each = tuple(Delivered._make(one) for one in deliveries)
        return Document._make([*plain, each, tuple(map(_pair, requests))])
    if name == "refused":
        return Refused(tuple((day, caller, code) for day, caller, code in values[0]))
    return _KINDS[name]._make(values)


def _pair(values: list[Any]) -> tuple[str, str]:
    kind, state = values
    return kind, state
