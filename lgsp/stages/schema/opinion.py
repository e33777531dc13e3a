"""A second opinion, for people: what xmlschema says of the same octets and the same schema files.

It reads with a parser of its own, so it stands for what a stranger's system would make of the envelope. The bus does
not decide by it, and never asks it on a document's way: building takes a fifth of a second, an envelope milliseconds.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import as_file, files
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from xmlschema import XMLResource, XMLSchema10, XMLSchemaValidationError

from lgsp.model.envelope import Kind
from lgsp.stages.schema.inforce import ENVELOPES, PAYLOAD_PLACE, PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.envelope import Envelope

_MOST: Final = 3
_LONGEST: Final = 200
#: Its time grows with the square of wrong children: a larger envelope gets no second opinion.
_MOST_TAGS: Final = 10_000
#: Clark names and prefixes in the paths that it writes.
_NAMESPACE = re.compile(r"\{[^}]*\}|[^/:\[\]]+:(?=[^/])")


class Objection(NamedTuple):
    """Why another validator would refuse an envelope."""

    #: Local names from the root down, as in `Problem.element`; empty for the file as a whole.
    element: str
    #: What it says, in English.
    said: str


def second_opinion(envelope: Envelope) -> tuple[Objection, ...] | None:
    """Return what xmlschema objects to, at most three; None when the envelope is too large to be asked about.

    Nothing is fetched from a network or from another folder, whatever the envelope asks for. Raises nothing.
    """
    if envelope.octets.count(b"<") > _MOST_TAGS:
        return None
    try:
        return tuple(islice(_objections(envelope), _MOST))
    except Exception as error:  # noqa: BLE001  # what another reader stumbles over is an objection, however it ends
        return (Objection("", " ".join(str(error).split())[:_LONGEST]),)


def _objections(envelope: Envelope) -> Iterator[Objection]:
    resource = XMLResource(envelope.octets, allow="none", defuse="always")
    whole = _schema(ENVELOPES[envelope.kind]).iter_errors(resource)
    yield from (Objection(_path(error), _said(error)) for error in whole)
    if envelope.kind is Kind.MESSAGE:
        yield from _about_payloads(resource)


def _about_payloads(resource: XMLResource) -> Iterator[Objection]:
    for payload in resource.root.iterfind(PAYLOAD_PLACE):
        namespace = payload.tag.partition("}")[0].removeprefix("{")
        if namespace in PAYLOADS:
            for error in _schema(PAYLOADS[namespace]).iter_errors(payload):
                yield Objection(f"Message/Payload/{_path(error)}", _said(error))


@cache
def _schema(file: str) -> XMLSchema10:
    with as_file(files("schemas")) as folder:
        path = folder / file
        return XMLSchema10(path, base_url=str(path.parent), allow="sandbox", defuse="always", use_fallback=False)


def _path(error: XMLSchemaValidationError) -> str:
    return _NAMESPACE.sub("", error.path or "").strip("/")


def _said(error: XMLSchemaValidationError) -> str:
    return " ".join((error.reason or "").split())[:_LONGEST]
