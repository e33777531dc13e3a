"""Reading on where the bus stops, for people: a mended copy of octets that are not well-formed, and what was wrong.

Nothing that comes out of here is ever accepted, sent or verified. It lets one answer name everything, and it can be
written strictly for somebody to sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.stages.envelope import JSON, as_edxml, bkav, edxml, flat, json_form, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from lgsp.model.envelope import Envelope
    from lgsp.stages.envelope.octets import Limits

#: Prefixes that vendors leave unbound, and what they always mean.
_BINDINGS: Final = {
    b"edXML": edxml.ROOT[1:].partition("}")[0].encode(),
    b"xlink": b"http://www.w3.org/1999/xlink",
    b"xsi": b"http://www.w3.org/2001/XMLSchema-instance",
    b"xsd": b"http://www.w3.org/2001/XMLSchema",
    b"ds": b"http://www.w3.org/2000/09/xmldsig#",
    b"SOAP-ENV": bkav.SOAP[1:-1].encode(),
    b"soapenv": bkav.SOAP[1:-1].encode(),
    b"soap": bkav.SOAP[1:-1].encode(),
}
_MOST: Final = 8
_UNBOUND: Final = re.compile(r"Namespace prefix (\S+)")
_ROOT: Final = re.compile(rb"<[A-Za-z_][\w.\-]*(?::[\w.\-]+)?")
_BARE: Final = re.compile(rb"&(?!#?[0-9A-Za-z]{1,31};)")
_DECLARATION: Final = re.compile(rb"<\?xml [^>]{0,200}\?>")
_UTF_16: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What could be read, and why the bus would not have."""

    #: None where nobody can read it.
    envelope: Envelope | None
    #: What the bus refuses; empty when it reads these octets as they are.
    problems: tuple[Problem, ...] = ()


def read_on(octets: bytes, limits: Limits) -> Mended:
    """Read `octets` as the bus does; where it refuses, say why, mend what is surely meant, and read on."""
    if json_form.is_json(octets):
        return _from_json(octets, limits)
    problems: list[Problem] = []
    current, tried = octets, set[str]()
    while True:
        try:
            envelope = read(current, limits)
            if problems:  # what was read is a copy; what is spoken of is the file
                envelope = replace(envelope, octets=octets, digest=sha256(octets).hexdigest())
            return Mended(envelope=envelope, problems=tuple(problems))
        except MalformedEnvelope as error:
            problems += error.problems
        mended = _mend(current, problems[-1], tried) if len(problems) < _MOST else None
        if mended is None or mended == current:
            return Mended(envelope=None, problems=tuple(problems))
        current = mended


def _from_json(octets: bytes, limits: Limits) -> Mended:
    if len(octets) > limits.size_bytes:
        return Mended(envelope=None, problems=(JSON,))
    try:
        reading = json_form.read(octets)
    except MalformedEnvelope as error:
        return Mended(envelope=None, problems=(JSON, *error.problems))
    return Mended(envelope=as_edxml(octets, reading, "F"), problems=(JSON,))


def _mend(octets: bytes, problem: Problem, tried: set[str]) -> bytes | None:
    if (unbound := _UNBOUND.match(problem.found)) and unbound[1] not in tried:
        tried.add(unbound[1])
        return _bind(octets, unbound[1].encode())
    for name, mend in _MENDS.items():
        if name not in tried:
            tried.add(name)
            if (mended := mend(octets)) is not None:
                return mended
    return None


def _bind(octets: bytes, prefix: bytes) -> bytes | None:
    """Bind a prefix on the root element."""
    root = _ROOT.search(octets)
    if root is None or prefix not in _BINDINGS:
        return None
    namespace = _BINDINGS[prefix]
    if prefix == b"edXML" and bkav.NAMESPACE.encode() in octets:
        namespace = bkav.NAMESPACE.encode()
    elif prefix == b"edXML" and flat.NAMESPACE.encode() in octets:
        namespace = flat.NAMESPACE.encode()
    return octets[: root.end()] + b' xmlns:%b="%b"' % (prefix, namespace) + octets[root.end() :]


def _without_junk_before(octets: bytes) -> bytes | None:
    """Take away what stands before the declaration, and the declaration; keep the lines."""
    declared = _DECLARATION.search(octets[:4096])
    if declared is None or declared.start() == 0:
        return None
    return b"\n" * octets.count(b"\n", 0, declared.end()) + octets[declared.end() :]


def _without_junk_after(octets: bytes) -> bytes | None:
    end = octets.rfind(b">") + 1
    return octets[:end] if octets[end:].strip() else None


def _as_utf_8(octets: bytes) -> bytes | None:
    encoding = next((name for mark, name in _UTF_16.items() if octets.startswith(mark)), None)
    if encoding is None:
        return None
    try:
        text = octets.decode(encoding).encode()
    except UnicodeError:
        return None
    return _DECLARATION.sub(b"", text.removeprefix(b"\xef\xbb\xbf"), count=1)


def _with_ampersands(octets: bytes) -> bytes | None:
    return _BARE.sub(b"&amp;", octets) if _BARE.search(octets) else None


_MENDS: Final[dict[str, Callable[[bytes], bytes | None]]] = {
    "junk before": _without_junk_before,
    "encoding": _as_utf_8,
    "ampersand": _with_ampersands,
    "junk after": _without_junk_after,
}
