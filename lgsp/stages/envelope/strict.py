"""The strict form: what a strict emitter would have written of the same document, for a person to sign anew.

Variant A as QCVN 102:2016 is used: prefix `edXML:` everywhere inside the envelope, the default namespace around it and
in the attachments, elements in one order, `cid:` before every ContentId, base64 in one line, nothing empty. It carries
no signature: another form is another text, and only its sender can sign that.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from lgsp.model.envelope import Kind
from lgsp.sdk.writing.markup import DECLARATION, branch, escape
from lgsp.stages.envelope.addressing import is_filler
from lgsp.stages.envelope.octets import text_of
from lgsp.stages.envelope.reading import day
from lgsp.stages.envelope.vocabulary import ATTACHMENT, ENVELOPE, NAMESPACE, Q

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope
    from lgsp.stages.envelope.vocabulary import Shape

_PREFIXED: Final = f' xmlns:edXML="{NAMESPACE}"'
_DEFAULT: Final = f' xmlns="{NAMESPACE}"'
#: Words of people: kept as written, white space included. All else is a code, number, date or name.
_SENTENCES: Final = frozenset({"Subject", "Content", "Description", "TypeName", "BussinessDocReason", "Place"})
#: Fillers are left out where an element may be left out and nothing else rests on it; see `kept`.
_IDLE: Final = frozenset(
    {
        "OrganizationInCharge", "OrganName", "OrganAdd", "Email", "Telephone", "Fax", "Website", "Department", "Staff",
        "Mobile", "DepartmentId", "StaffId", "Competence", "Position", "FullName", "SphereOfPromulgation",
        "TyperNotation",
    }
)  # fmt: skip
#: Structures that stand even when there is nothing in them: an empty manifest says that there is no file.
_STANDING: Final = frozenset({"edXMLManifest"})


def strict_form(envelope: Envelope) -> bytes:
    """Return an edXML document or status written strictly, without its signature; a message as it is.

    Every value stays, dates and codes in the form that is demanded; elements that the format does not have are left
    out. Of a document that follows its schema it says exactly the same.
    """
    if envelope.kind is Kind.MESSAGE:
        return envelope.octets
    root = cast("Element", envelope.tree)
    envelopes = "".join(
        _structure("edXMLEnvelope", inner, ENVELOPE, _PREFIXED) for inner in _named(root, "edXMLEnvelope")
    )
    files = "".join(branch("Attachment", *_file(file)) for file in root.iterfind(f"{Q}AttachmentEncoded/{Q}Attachment"))
    return (DECLARATION + branch("edXML", envelopes, branch("AttachmentEncoded", files), attributes=_DEFAULT)).encode()


def left_out(envelope: Envelope) -> tuple[tuple[str, int | None], ...]:
    """Return the elements that a strict form leaves out because edXML does not have them, with their lines."""
    root = cast("Element", envelope.tree)
    return tuple(_foreign(root, {"edXMLEnvelope": ENVELOPE, "AttachmentEncoded": {"Attachment": ATTACHMENT}}, "edXML"))


def _named(parent: Element, name: str) -> Iterator[Element]:
    return parent.iterchildren(f"{Q}{name}")


def _structure(name: str, element: Element, shape: Shape, attributes: str = "") -> str:
    """Return a structure with what the format has for it, in the format's order."""
    parts = [_part(inner, child, shape[inner]) for inner in shape for child in _named(element, inner)]
    if name == "edXMLManifest":
        attributes = ' version="1.0"'
    return branch(f"edXML:{name}", *parts, attributes=attributes, always=name in _STANDING)


def _part(name: str, element: Element, shape: Shape) -> str:
    return _structure(name, element, shape) if shape else _text(f"edXML:{name}", name, element)


def _text(tag: str, name: str, element: Element) -> str:
    value = _value(name, element)
    return f"<{tag}>{escape(name, value)}</{tag}>\n" if value else ""


def _value(name: str, element: Element) -> str:
    written = text_of(element)
    value = written if name in _SENTENCES and written.strip() else written.strip()
    around = element.getparent()
    idle = name in _IDLE or (name == "OrganId" and around is not None and around.tag == f"{Q}TraceHeader")
    if idle and is_filler(value):
        return ""
    return _AS_DEMANDED.get(name, str)(value) if value else ""


#: Values that are surely meant, as the format wants them. 5 is 'ordinary' in one hub's table.
_AS_DEMANDED: Final[dict[str, Callable[[str], str]]] = {
    "ContentId": lambda value: f"cid:{value.removeprefix('cid:')}",
    "PromulgationDate": partial(day, to_the_second=False),
    "DueDate": partial(day, to_the_second=False),
    "Timestamp": partial(day, to_the_second=True),
    "StatusCode": lambda value: value.zfill(2),
    "Priority": lambda value: "0" if value == "5" else value,
}


def _file(file: Element) -> Iterator[str]:
    for name in ATTACHMENT:
        for element in _named(file, name):
            if name == "ContentTransferEncoded":
                content = escape(name, "".join(text_of(element).split()))
                yield f"<edXML:{name}{_PREFIXED}>{content}</edXML:{name}>\n"
            else:
                yield _text(name, name, element)


def _foreign(element: Element, shape: Shape, path: str) -> Iterator[tuple[str, int | None]]:
    for child in element.iterchildren("*"):
        name = etree.QName(child).localname
        if name in {"Signature", "DigitalSignature"}:
            continue
        if name not in shape or not str(child.tag).startswith(Q):
            yield f"{path}/{name}", child.sourceline
        elif shape[name]:
            yield from _foreign(child, shape[name], f"{path}/{name}")
