"""A second opinion, for people: what xmlschema says of the same octets and the same schema files.

It reads with a parser of its own, so it stands for what a stranger's system would make of the envelope. The bus does
not decide by it, and never asks it on a document's way: building takes a fifth of a second, an envelope milliseconds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from xmlschema import XMLResource, XMLSchemaValidationError

from lgsp.model.envelope import Kind
from lgsp.stages.schema.registry import shipped
from lgsp.stages.schema.xsd import schema_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lgsp.model.envelope import Envelope
    from lgsp.stages.schema.registry import SchemaVersion

#: Where payloads stand, from a message's root.
_PAYLOAD_PLACE: Final = "{urn:lgsp:message:1}Payload/*"
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
    version = _in_force(shipped().envelopes(envelope.kind))
    whole = schema_at(version.folder / version.envelopes[envelope.kind]).iter_errors(resource)
    yield from (Objection(_path(error), _said(error)) for error in whole)
    if envelope.kind is Kind.MESSAGE:
        yield from _about_payloads(resource)


def _about_payloads(resource: XMLResource) -> Iterator[Objection]:
    described = {v.payload.namespace: v.folder / v.payload.file for v in shipped().payloads() if v.payload}
    for payload in resource.root.iterfind(_PAYLOAD_PLACE):
        namespace = payload.tag.partition("}")[0].removeprefix("{")
        if namespace in described:
            for error in schema_at(described[namespace]).iter_errors(payload):
                yield Objection(f"Message/Payload/{_path(error)}", _said(error))


def _in_force(versions: Sequence[SchemaVersion]) -> SchemaVersion:
    today = datetime.now(UTC).date()
    return next((version for version in versions if version.holds(today)), versions[0])


def _path(error: XMLSchemaValidationError) -> str:
    return _NAMESPACE.sub("", error.path or "").strip("/")


def _said(error: XMLSchemaValidationError) -> str:
    return " ".join((error.reason or "").split())[:_LONGEST]
