"""A version of a schema that decides nothing yet: what it would have refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from lgsp.model.envelope import Kind
from lgsp.stages.schema.compiled import compiled, crowded

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope
    from lgsp.model.errors import Problem
    from lgsp.stages.schema.registry import SchemaVersion

_PAYLOADS: Final = "{urn:lgsp:message:1}Payload/*"


class Shadow:
    """One version, asked about envelopes that were accepted by others."""

    def __init__(self, version: SchemaVersion) -> None:
        """Compile it. Raises Misconfigured."""
        self.version = version
        self._envelopes = {kind: compiled(version, file) for kind, file in version.envelopes.items()}
        self._payload = compiled(version, version.payload.file) if version.payload else None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What it has a say about."""
        return (*self._envelopes, *([Kind.MESSAGE] if self._payload and Kind.MESSAGE not in self._envelopes else []))

    def objections(self, envelope: Envelope) -> list[Problem]:
        """Return why it would have refused `envelope`; nothing where it would not, or has no say."""
        root, tags = cast("Element", envelope.tree), envelope.octets.count(b"<")
        parts = [(root, self._envelopes[envelope.kind])] if envelope.kind in self._envelopes else []
        if self._payload is not None and self.version.payload is not None and envelope.kind is Kind.MESSAGE:
            ours = self.version.payload.namespace
            payloads = root.iterfind(_PAYLOADS)
            parts += [(part, self._payload) for part in payloads if etree.QName(part).namespace == ours]
        found: list[Problem] = []
        for part, schema in parts:
            if problem := crowded(part, tags):
                found.append(problem)
            elif not schema.accepts(part):
                found += schema.problems(part)
        return found
