"""Stage 1: octets become an Envelope. Nothing is believed yet.

Reading is lenient: what a header lacks is read as empty, and the schema names every lack at once. The kind is
chosen by the qualified name of the root element, never by a prefix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text
from lgsp.stages.envelope import edxml, message
from lgsp.stages.envelope.octets import Limits, parse

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope

__all__ = ["Limits", "read"]

_READERS = {edxml.ROOT: edxml.read, message.ROOT: message.read}
_DEFAULTS = Limits()


def read(octets: bytes, limits: Limits = _DEFAULTS) -> Envelope:
    """Read one envelope. Raises MalformedEnvelope, with line and cure, for whatever is not one; nothing else."""
    root = parse(octets, limits)
    reader = _READERS.get(str(root.tag))
    if reader is None:
        raise MalformedEnvelope(_unknown(root))
    return reader(octets, root)


def _unknown(root: Element) -> Problem:
    """Say which roots are known, and what is wrong when the root is nearly one of them."""
    namespace, _, name = str(root.tag).rpartition("}")
    nearly = next((known for known in _READERS if known.rpartition("}")[2] == name), None)
    cure = None
    if nearly is not None:
        wanted = nearly[1:].partition("}")[0]
        cure = Text(
            f'write <{name} xmlns="{wanted}">; the namespace found is "{namespace[1:]}"',
            f'viết <{name} xmlns="{wanted}">; không gian tên đang là "{namespace[1:]}"',
        )
    return Problem(
        element=name,
        line=root.sourceline,
        expected=Text(
            f"a root element among {', '.join(_READERS)}", f"phần tử gốc là một trong: {', '.join(_READERS)}"
        ),
        found=str(root.tag)[:200],
        cure=cure,
    )
