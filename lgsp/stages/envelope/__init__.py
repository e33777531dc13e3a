"""Stage 1: octets become an Envelope. Nothing is believed yet.

Reading is lenient: what a header lacks is read as empty, and the schema names every lack at once. The kind is chosen by
the qualified name of the root element, never by a prefix. Six ways of writing edXML are known (A to F); what is read is
always the one tree that the signature is verified on, or made from it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text
from lgsp.stages.envelope import bkav, edxml, flat, json_form, message
from lgsp.stages.envelope.octets import Limits, parse
from lgsp.stages.envelope.whole import whole

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope, Tree
    from lgsp.stages.envelope.reading import Reading

__all__ = ["Limits", "read", "whole"]

_READERS: Final = {edxml.ROOT: edxml.read, message.ROOT: message.read}
_FOREIGN: Final = {bkav.ROOT: ("C", bkav.read), **dict.fromkeys(flat.ROOTS, ("D", flat.read))}
_DEFAULTS = Limits()


def read(octets: bytes, limits: Limits = _DEFAULTS) -> Envelope:
    """Read one envelope. Raises MalformedEnvelope, with line and cure, for whatever is not one; nothing else."""
    if json_form.is_json(octets):
        raise MalformedEnvelope(JSON)
    root = parse(octets, limits)
    reader = _READERS.get(str(root.tag))
    if reader is not None:
        return reader(octets, root)
    if root.tag in _FOREIGN and (root.tag != bkav.ROOT or bkav.is_edoc(root)):
        variant, foreign = _FOREIGN[str(root.tag)]
        return as_edxml(octets, foreign(root), variant, root)
    raise MalformedEnvelope(_unknown(root))


def as_edxml(octets: bytes, reading: Reading, variant: str, original: Element | None = None) -> Envelope:
    """Return the envelope that `reading` says, of octets that are no edXML themselves."""
    envelope = edxml.read(octets, reading.root)
    return replace(
        envelope,
        variant=variant,
        original=cast("Tree | None", original),
        place_of=reading.place_of,
        places={code: (reading.place_of(path), line) for code, (path, line) in envelope.places.items()},
    )


JSON: Final = Problem(
    line=1,
    expected=Text("edXML: what is signed and exchanged is XML", "edXML: văn bản được ký và trao đổi ở dạng XML"),
    found="JSON",
    cure=Text(
        "convert it with `lgsp validate --strict-form`, sign the edXML, and send that",
        "chuyển đổi bằng lệnh `lgsp validate --strict-form`, ký số tệp edXML thu được rồi gửi tệp đó",
    ),
)


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
