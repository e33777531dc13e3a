"""Stage 2: an envelope follows its schema, or every problem is named at once.

The hot path asks libxml2 for yes or no (0.02 ms). Only a refused envelope is looked at again, with the words that
stand in the schema files.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from threading import Lock
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from lgsp.model.envelope import Kind
from lgsp.model.errors import Problem, SchemaViolation
from lgsp.model.text import Text
from lgsp.stages.schema.explain import explain
from lgsp.stages.schema.grammar import Declaration, read_grammar
from lgsp.stages.schema.inforce import ENVELOPES, PAYLOAD_PLACE, PAYLOADS
from lgsp.stages.schema.places import path_of

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope

__all__ = ["Schemas"]

#: libxml2 spends time quadratic in the children of one element when each has an error: bounded before it is asked.
_MOST_CHILDREN: Final = 2_000


class Schemas:
    """The schemas in force, read once from files. One object serves all threads."""

    def __init__(self) -> None:
        """Read and compile every schema; nothing is ever fetched from a network."""
        with as_file(files("schemas")) as folder:
            self._envelopes = {kind: _load(folder / file) for kind, file in ENVELOPES.items()}
            self._payloads = {namespace: _load(folder / file) for namespace, file in PAYLOADS.items()}
        # libxml2's error list belongs to the schema object, so explaining is done by one thread at a time.
        self._explaining = Lock()

    def validate(self, envelope: Envelope) -> None:
        """Return when `envelope` follows its schema. Raises SchemaViolation with every problem, at most 50."""
        root = cast("Element", envelope.tree)
        problems: list[Problem] = []
        for part, schema in self._parts(envelope, root):
            if crowded := _crowded(envelope, part):
                problems.append(crowded)
            elif not schema.fast.validate(part):
                with self._explaining:
                    problems += explain(part, schema.thorough, schema.grammar)
        if problems:
            raise SchemaViolation(problems[:50])

    def _parts(self, envelope: Envelope, root: Element) -> list[tuple[Element, _Schema]]:
        parts = [(root, self._envelopes[envelope.kind])]
        if envelope.kind is Kind.MESSAGE:
            parts += [
                (payload, schema)
                for payload in root.iterfind(PAYLOAD_PLACE)
                if (schema := self._payloads.get(etree.QName(payload).namespace or "")) is not None
            ]
        return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Schema:
    fast: etree.XMLSchema
    #: The same schema again, used under the lock.
    thorough: etree.XMLSchema
    grammar: Declaration


def _load(path: Path) -> _Schema:
    return _Schema(fast=etree.XMLSchema(file=path), thorough=etree.XMLSchema(file=path), grammar=read_grammar(path))


def _crowded(envelope: Envelope, part: Element) -> Problem | None:
    """Return a problem when one element has more children than any real envelope."""
    if envelope.octets.count(b"<") <= _MOST_CHILDREN:
        return None
    places = "/*" if part.getparent() is None and envelope.kind is Kind.MESSAGE else "descendant-or-self::*"
    found = cast("list[Element]", part.xpath(f"{places}[count(*) > {_MOST_CHILDREN}]"))
    if not found:
        return None
    return Problem(
        element=path_of(found[0]),
        line=found[0].sourceline,
        expected=Text(f"at most {_MOST_CHILDREN:,} elements inside", f"không quá {_MOST_CHILDREN:,} phần tử con"),
        found=f"{len(found[0]):,}",
        cure=Text("divide it among several envelopes", "chia thành nhiều gói tin"),
    )
