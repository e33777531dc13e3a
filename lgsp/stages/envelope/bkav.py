"""Variant C: the old Bkav eDoc form, a SOAP envelope in namespace `http://www.e-doc.vn/Schema/` with an xlink manifest.

Observed in systems that were built on it before QCVN 102:2016. Names inside MessageHeader and TraceHeaderList are those
of edXML; files stand in `Attachments`, and are named by `xlink:href` where a Reference has no ContentId.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.stages.envelope.filling import complete
from lgsp.stages.envelope.octets import text_of
from lgsp.stages.envelope.reading import Reading
from lgsp.stages.envelope.vocabulary import ATTACHMENT, ENVELOPE, MESSAGE_HEADER, TRACE

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
NAMESPACE: Final = "http://www.e-doc.vn/Schema/"
ROOT: Final = f"{SOAP}Envelope"
_EDOC: Final = f"{{{NAMESPACE}}}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_FILE_NAMES: Final = {"FileName": "AttachmentName", "FileType": "ContentType", "Content": "ContentTransferEncoded"}
_REFERENCE: Final = ENVELOPE["edXMLBody"]["edXMLManifest"]["Reference"]
#: Read by whoever judges signatures, and by nobody else; what a hub answered is not the sender's.
_ELSEWHERE: Final = frozenset({"Signature", "DigitalSignature"})


def is_edoc(root: Element) -> bool:
    """Tell an eDoc envelope from any other SOAP envelope."""
    return root.tag == ROOT and root.find(f"{SOAP}Header/{_EDOC}MessageHeader") is not None


def read(root: Element) -> Reading:
    """Return how an eDoc envelope reads as edXML."""
    reading = Reading()
    envelope = reading.add(reading.root, "edXMLEnvelope", root, root.sourceline)
    for part in root.iterchildren("*"):
        if part.tag == f"{SOAP}Header":
            _header(reading, envelope, part)
        elif part.tag == f"{SOAP}Body":
            _body(reading, envelope, part)
        elif etree.QName(part).localname not in {"Attachments", "AttachmentEncoded"}:
            reading.leave(part)
    for part in root.iterchildren("*"):
        if etree.QName(part).localname in {"Attachments", "AttachmentEncoded"}:
            _files(reading, part)
    complete(reading, root)
    return reading


def _header(reading: Reading, envelope: Element, header: Element) -> None:
    inside = reading.add(envelope, "edXMLHeader", header, header.sourceline)
    for part in header.iterchildren("*"):
        if part.tag == f"{_EDOC}MessageHeader":
            reading.copy(inside, part, MESSAGE_HEADER)
        elif part.tag == f"{_EDOC}TraceHeaderList":
            reading.copy(inside, part, TRACE)
        elif etree.QName(part).localname not in _ELSEWHERE:
            reading.leave(part)


def _body(reading: Reading, envelope: Element, body: Element) -> None:
    inside = reading.add(envelope, "edXMLBody", body, body.sourceline)
    for part in body.iterchildren("*"):
        if part.tag != f"{_EDOC}Manifest":
            reading.leave(part)
            continue
        manifest = reading.add(inside, "edXMLManifest", part, part.sourceline)
        for reference in part.iterchildren("*"):
            if reference.tag != f"{_EDOC}Reference":
                reading.leave(reference)
                continue
            made = reading.copy(manifest, reference, _REFERENCE)
            if made.find("{*}ContentId") is None and (href := reference.get(_HREF)):
                reading.add(made, "ContentId", reference, reference.sourceline, href)


def _files(reading: Reading, files: Element) -> None:
    """Read the files; the element around each has no one name in practice."""
    encoded = reading.add(reading.root, "AttachmentEncoded", files, files.sourceline)
    for file in files.iterchildren("*"):
        made = reading.add(encoded, "Attachment", file, file.sourceline)
        if (href := file.get(_HREF)) and file.find("{*}ContentId") is None:
            reading.add(made, "ContentId", file, file.sourceline, href)
        for part in file.iterchildren("*"):
            local = etree.QName(part).localname
            if (name := _FILE_NAMES.get(local, local)) in ATTACHMENT:
                reading.add(made, name, part, part.sourceline, text_of(part))
            else:
                reading.leave(part)
