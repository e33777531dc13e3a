"""What attachments really are, by their first octets. Nothing is unpacked to its end, nothing inside is followed."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import Kind
from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.envelope import Attachment, Envelope

_MOST: Final = 50
_LARGEST_ZIP: Final = 64 * 1024 * 1024
_HEAD: Final = 4096
#: What stands at the beginning of an envelope of any variant.
_MARKS: Final = (
    b"http://www.mic.gov.vn/TBT/QCVN_102_2016",
    b"http://www.e-doc.vn/Schema/",
    b"http://www.go.vn/eDoc",
)
_PLACE: Final = "edXML/AttachmentEncoded/Attachment"


def observe_files(envelope: Envelope) -> Iterator[tuple[str, Problem]]:
    """Yield what is worth telling about the files of a document."""
    if envelope.kind is not Kind.DOCUMENT:
        return
    if not envelope.attachments:
        yield "attachment.none", _NO_FILE
    for number, attachment in enumerate(envelope.attachments[:_MOST], 1):
        place = envelope.place_of(f"{_PLACE}[{number}]" if len(envelope.attachments) > 1 else _PLACE)
        try:
            octets = attachment.content()
        except MalformedEnvelope:
            continue  # refused, and told there
        if not octets:
            yield "attachment.empty", _about(place, attachment, _SOMETHING)
        elif holds_envelope(octets):
            yield "attachment.envelope", _about(place, attachment, _NO_ENVELOPE, _SEND_APART)
        elif octets.startswith(b"PK\x03\x04") and not attachment.name.lower().endswith(_ZIPPED):
            yield "attachment.zipped", _about(place, attachment, _RAW, _UNZIP)


def holds_envelope(octets: bytes) -> bool:
    """Tell whether these are an envelope, or a zip whose first entry is one. Reads 4 KB of it."""
    return any(mark in octets[:_HEAD] for mark in _MARKS) or any(mark in _first_entry(octets) for mark in _MARKS)


def _first_entry(octets: bytes) -> bytes:
    if not octets.startswith(b"PK\x03\x04") or len(octets) > _LARGEST_ZIP:
        return b""
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            first = archive.infolist()[0]
            with archive.open(first) as entry:
                return entry.read(_HEAD)
    except Exception:  # noqa: BLE001  # zip readers raise whatever a hostile file leads them to
        return b""  # what its zip is worth is for the rules to say


#: Formats that are zips by nature.
_ZIPPED: Final = (".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".jar", ".asice", ".epub")

_SOMETHING: Final = Text("a file with content", "tệp có nội dung")
_NO_ENVELOPE: Final = Text("a file for people to read", "tệp văn bản để người đọc")
_SEND_APART: Final = Text(
    "it holds a whole other edXML envelope, which nobody unpacks: send that as a document of its own",
    "bên trong là một gói tin edXML khác, không hệ thống nào mở: hãy gửi gói tin đó riêng",
)
_RAW: Final = Text("the file itself", "chính tệp đó")
_UNZIP: Final = Text(
    "it is a zip (one vendor's library zips what it does not know): put the file in as it is",
    "đây là tệp nén (thư viện của một nhà cung cấp tự nén): hãy đưa tệp gốc vào",
)
_NO_FILE: Final = Problem(
    element=_PLACE,
    expected=Text("the document's file", "tệp văn bản kèm theo"),
    cure=Text(
        "attach the signed PDF, unless the header says it all", "đính kèm tệp PDF đã ký số, trừ khi chỉ cần phần đầu"
    ),
)


def _about(place: str, attachment: Attachment, expected: Text, cure: Text | None = None) -> Problem:
    found = f"{attachment.name} ({attachment.content_type})"
    return Problem(element=place, expected=expected, found=found[:200], cure=cure)
