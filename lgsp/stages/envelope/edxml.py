"""Reading edXML (QCVN 102:2016) as variants A (VNPT Java SDK), B (VPCP .NET SDK) and E (iNet, the same as A) write it.

Elements are found by local name and namespace, in any order: real systems agree on names and nesting only. The other
variants are first brought into this form; see `reading.py`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import Attachment, BusinessType, DocumentHeader, Envelope, Reference, Replacement, StatusHeader
from lgsp.stages.envelope.addressing import addressee
from lgsp.stages.envelope.encoded import Encoded
from lgsp.stages.envelope.octets import text_of
from lgsp.stages.envelope.vocabulary import Q as _Q

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Tree

    Elements = dict[str, list[Element]]

ROOT: Final = f"{_Q}edXML"
_HEADER: Final = f"{_Q}edXMLEnvelope/{_Q}edXMLHeader"
_REFERENCES: Final = f"{_Q}edXMLEnvelope/{_Q}edXMLBody/{_Q}edXMLManifest/{_Q}Reference"
_MESSAGE_HEADER: Final = "edXMLEnvelope/edXMLHeader/MessageHeader"
_ATTACHMENTS: Final = f"{_Q}AttachmentEncoded/{_Q}Attachment"
_HIGHEST_PRIORITY: Final = 4
_SCHEMA: Final = "http://www.w3.org/2001/XMLSchema"


def read(octets: bytes, root: Element) -> Envelope:
    """Return the document or the status: a status has a StatusCode, or only answers, and no Code of its own."""
    header = root.find(_HEADER)
    outer: Elements = {} if header is None else _children(header)
    facts = _inside(outer, "MessageHeader")
    if "StatusCode" in facts or ("Code" not in facts and "ResponseFor" in facts and "To" not in facts):
        return _status(octets, root, outer, facts)
    return _document(octets, root, outer, facts)


def _document(octets: bytes, root: Element, outer: Elements, facts: Elements) -> Envelope:
    code, kind, trace = _inside(facts, "Code"), _inside(facts, "DocumentType"), _inside(outer, "TraceHeaderList")
    business = _inside(trace, "Bussiness")
    places = _places("To[{}]", facts.get("To", ()))
    return Envelope(
        octets=octets,
        digest=sha256(octets).hexdigest(),
        document_id=_word(facts, "DocumentId"),
        sender=AgencyCode(_word(_inside(facts, "From"), "OrganId")),
        recipients=tuple(places),
        places=places,
        subject=_text(facts, "Subject"),
        header=DocumentHeader(
            number=_word(code, "CodeNumber"),
            notation=_word(code, "CodeNotation"),
            promulgated=_word(_inside(facts, "PromulgationInfo"), "PromulgationDate"),
            priority=_priority(_word(_inside(facts, "OtherInfo"), "Priority")),
            type_name=_text(kind, "TypeName"),
            business=_business(_word(business, "BussinessDocType")),
            target=_word(business, "DocumentId"),
            replaces=tuple(_replacements(_inside(business, "ReplacementInfoList"))),
            paper=_number(_word(business, "Paper")) > 0,
            reason=_text(business, "BussinessDocReason").strip(),
            responds_to=tuple(_references(facts)),
            due=_word(facts, "DueDate"),
        ),
        variant=_variant(root, outer, facts),
        attachments=_attachments(root),
        tree=cast("Tree", root),
    )


def _status(octets: bytes, root: Element, outer: Elements, facts: Elements) -> Envelope:
    subject = next(_references(facts), _NOTHING)
    sender = _word(_inside(facts, "From"), "OrganId")
    to, place = addressee(sender, subject.agency, subject.document_id, _word(_inside(facts, "To"), "OrganId"))
    return Envelope(
        octets=octets,
        digest=sha256(octets).hexdigest(),
        document_id=_word(facts, "DocumentId"),
        sender=AgencyCode(sender),
        recipients=(AgencyCode(to),) if to else (),
        places=_place_of_addressee(facts, AgencyCode(to), place),
        subject=_text(facts, "Description"),
        header=StatusHeader(
            code=_word(facts, "StatusCode"),
            reason=_text(facts, "Description"),
            reported=_word(facts, "Timestamp"),
            subject=subject,
        ),
        variant=_variant(root, outer, facts),
        tree=cast("Tree", root),
    )


def _place_of_addressee(facts: Elements, to: AgencyCode, place: str) -> dict[AgencyCode, tuple[str, int | None]]:
    outer, _, inner = place.partition("/")
    found = _inside(facts, outer).get(inner)
    return {to: (f"edXML/{_MESSAGE_HEADER}/{place}", found[0].sourceline)} if to and found else {}


def _variant(root: Element, outer: Elements, facts: Elements) -> str:
    """Return `B` for the marks of the .NET serialiser, otherwise `A`."""
    trace = outer.get("TraceHeaderList")
    if "DigitalSignature" in outer or (trace and trace[0].attrib):
        return "B"
    order = list(facts)
    if "DocumentId" in facts and "Code" in facts:
        return "B" if order.index("DocumentId") > order.index("Code") else "A"
    return "B" if _SCHEMA in root.nsmap.values() else "A"


def _children(element: Element) -> Elements:
    """Return the children that are in the edXML namespace, by local name, in the order of their first occurrence."""
    found: Elements = {}
    for child in element.iterchildren(f"{_Q}*"):
        found.setdefault(str(child.tag)[len(_Q) :], []).append(child)
    return found


def _inside(elements: Elements, name: str) -> Elements:
    return _children(elements[name][0]) if name in elements else {}


def _text(elements: Elements, name: str) -> str:
    """Return text as sent."""
    return text_of(elements[name][0]) if name in elements else ""


def _word(elements: Elements, name: str) -> str:
    """Return a code, number or date: text without the white space around it."""
    return _text(elements, name).strip()


def _places(name: str, parties: Sequence[Element]) -> dict[AgencyCode, tuple[str, int | None]]:
    """Return the codes that stand in `parties`, each with where it stands first."""
    found: dict[AgencyCode, tuple[str, int | None]] = {}
    for number, party in enumerate(parties, 1):
        parts = _children(party)
        if code := _word(parts, "OrganId"):
            place = f"edXML/{_MESSAGE_HEADER}/{name.format(number)}/OrganId"
            found.setdefault(AgencyCode(code), (place, parts["OrganId"][0].sourceline))
    return found


_NOTHING: Final = Reference(agency=AgencyCode(""), code="", promulgated="", document_id="")


def _references(facts: Elements) -> Iterator[Reference]:
    """Yield what the envelope answers; the .NET SDK writes a ResponseFor with empty children for 'nothing'."""
    for element in facts.get("ResponseFor", ()):
        parts = _children(element)
        reference = Reference(
            agency=AgencyCode(_word(parts, "OrganId")),
            code=_word(parts, "Code"),
            promulgated=_word(parts, "PromulgationDate"),
            document_id=_word(parts, "DocumentId"),
        )
        if reference != _NOTHING:
            yield reference


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 0  # noqa: PLR2004


def _priority(written: str) -> int:
    """Return 0..4; 5 is 'ordinary' in one hub's table (Bkav), and the schema refuses the rest."""
    number = _number(written)
    return number if number <= _HIGHEST_PRIORITY else 0


def _business(written: str) -> BusinessType:
    """Return the type; a document without `Bussiness` is a new one."""
    return _BUSINESS.get(written, BusinessType.NEW)


def _replacements(listed: Elements) -> Iterator[Replacement]:
    """Yield what is replaced; a ReplacementInfo without DocumentId names nothing."""
    for parts in map(_children, listed.get("ReplacementInfo", ())):
        if document_id := _word(parts, "DocumentId"):
            codes = (text_of(code).strip() for code in _inside(parts, "OrganIdList").get("OrganId", ()))
            yield Replacement(document_id=document_id, recipients=tuple(map(AgencyCode, filter(None, codes))))


_BUSINESS: Final = {str(int(kind)): kind for kind in BusinessType}


def _attachments(root: Element) -> tuple[Attachment, ...]:
    """Join attachments to the manifest by ContentId. The manifest says the type, the attachment holds the file."""
    manifest = {_content_id(parts): parts for parts in map(_children, root.iterfind(_REFERENCES))}
    files = [_children(element) for element in root.iterfind(_ATTACHMENTS)]
    found = [_attachment(parts, manifest.get(_content_id(parts), {})) for parts in files]
    held = {attachment.content_id for attachment in found}
    return (*found, *(_attachment({}, parts) for content_id, parts in manifest.items() if content_id not in held))


def _attachment(file: Elements, reference: Elements) -> Attachment:
    encoded = file.get("ContentTransferEncoded", (None,))[0]
    content_id = _content_id(file) or _content_id(reference)
    return Attachment(
        content_id=content_id,
        name=_word(file, "AttachmentName") or _word(reference, "AttachmentName"),
        content_type=_word(reference, "ContentType") or _word(file, "ContentType"),
        description=_text(file, "Description") or _text(reference, "Description"),
        content=Encoded(encoded, content_id),
    )


def _content_id(parts: Elements) -> str:
    return _word(parts, "ContentId").removeprefix("cid:")
