"""Variant D: the flat form, `EdXMLEnvelope` in namespace `http://www.go.vn/eDoc`.

One integrator's guess of the format, in use against test systems: MessageHeader right below the root, the trace inside
or beside it, files as `Attachment{FileName, FileType, Content}` in a Manifest or beside the header. It has no word for
urgency, and writes the kind of document as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.stages.envelope.filling import complete
from lgsp.stages.envelope.octets import text_of
from lgsp.stages.envelope.reading import Reading
from lgsp.stages.envelope.vocabulary import MESSAGE_HEADER, TRACE

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

NAMESPACE: Final = "http://www.go.vn/eDoc"
_Q: Final = f"{{{NAMESPACE}}}"
#: Both are met: the integrator changed the case of the first letter between two releases.
ROOTS: Final = (f"{_Q}EdXMLEnvelope", f"{_Q}edXMLEnvelope")
_NAMES: Final = {"Signer": "FullName"}
_FILE: Final = {
    "FileName": "AttachmentName",
    "FileType": "ContentType",
    "Content": "ContentTransferEncoded",
    "ContentId": "ContentId",
    "Description": "Description",
}
#: Which of them the manifest of edXML repeats.
_LISTED: Final = frozenset({"AttachmentName", "ContentType", "Description"})
_ELSEWHERE: Final = frozenset({"Signature", "DigitalSignature"})


def read(root: Element) -> Reading:
    """Return how a flat envelope reads as edXML."""
    reading = Reading()
    envelope = reading.add(reading.root, "edXMLEnvelope", root, root.sourceline)
    header = reading.add(envelope, "edXMLHeader", root, root.sourceline)
    files: list[Element] = []
    for part in root.iterchildren("*"):
        name = etree.QName(part).localname
        if name == "MessageHeader":
            _message_header(reading, header, part)
        elif name == "TraceHeaderList":
            _trace(reading, header, part)
        elif name in {"Manifest", "Attachments"}:
            files += part.iterchildren(f"{_Q}Attachment")
        elif name == "Attachment":
            files.append(part)
        elif name not in _ELSEWHERE:
            reading.leave(part)
    if reading.root.find(".//{*}MessageHeader/{*}StatusCode") is None:  # a status has no body to be without
        _files(reading, envelope, root, files)
    complete(reading, root)
    return reading


def _message_header(reading: Reading, header: Element, source: Element) -> None:
    made = reading.add(header, "MessageHeader", source, source.sourceline)
    for part in source.iterchildren("*"):
        name = etree.QName(part).localname
        if name == "TraceHeaderList":
            _trace(reading, header, part)
        elif name == "DocumentType" and not len(part):
            kind = reading.add(made, name, part, part.sourceline)
            reading.add(kind, "Type", part, part.sourceline, "2")  # 2: administrative, as its own later release writes
            reading.add(kind, "TypeName", part, part.sourceline, text_of(part))
        elif name == "OtherInfo":
            _other_info(reading, made, part)
        elif name in MESSAGE_HEADER:
            reading.copy(made, part, MESSAGE_HEADER[name], _NAMES)
        else:
            reading.leave(part)


def _other_info(reading: Reading, header: Element, source: Element) -> None:
    made = reading.add(header, "OtherInfo", source, source.sourceline)
    known = MESSAGE_HEADER["OtherInfo"]
    for part in source.iterchildren("*"):
        name = etree.QName(part).localname
        if name in known:
            reading.copy(made, part, known[name])
        elif name != "Appendix":
            reading.leave(part)
    if appendixes := [part for part in source.iterchildren(f"{_Q}Appendix") if text_of(part).strip()]:
        listed = reading.add(made, "Appendixes", source, source.sourceline)
        for part in appendixes:
            reading.add(listed, "Appendix", part, part.sourceline, text_of(part))


def _trace(reading: Reading, header: Element, source: Element) -> None:
    made = reading.add(header, "TraceHeaderList", source, source.sourceline)
    for part in source.iterchildren("*"):
        name = etree.QName(part).localname
        if name == "TraceHeader" and part.find(f"{_Q}Time") is not None:
            hop = reading.add(made, name, part, part.sourceline)
            for path, meant in (("Path/{0}From", "OrganId"), ("Time", "Timestamp")):
                for found in part.iterfind(_Q + path.format(_Q)):
                    reading.add(hop, meant, found, found.sourceline, text_of(found))
        elif name in TRACE:
            reading.copy(made, part, TRACE[name])
        else:
            reading.leave(part)


def _files(reading: Reading, envelope: Element, root: Element, files: list[Element]) -> None:
    """Read each file as an entry of the manifest and an attachment; the form knows no identifier of a file."""
    body = reading.add(envelope, "edXMLBody", root, root.sourceline)
    manifest = reading.add(body, "edXMLManifest", root, root.sourceline)
    encoded = reading.add(reading.root, "AttachmentEncoded", root, root.sourceline) if files else None
    for number, file in enumerate(files, 1):
        if encoded is None:
            break
        entry = reading.add(manifest, "Reference", file, file.sourceline)
        made = reading.add(encoded, "Attachment", file, file.sourceline)
        if file.find(f"{_Q}ContentId") is None:
            for parent in (entry, made):
                reading.add(parent, "ContentId", file, file.sourceline, f"tep-{number}")
        for part in file.iterchildren("*"):
            name = _FILE.get(etree.QName(part).localname)
            if name is None:
                reading.leave(part)
                continue
            reading.add(made, name, part, part.sourceline, text_of(part))
            if name in _LISTED or name == "ContentId":
                reading.add(entry, name, part, part.sourceline, text_of(part))
