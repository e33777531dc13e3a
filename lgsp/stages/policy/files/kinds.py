"""What a file is, by its first octets.

A table of our own and no library: some thirty formats matter here, the order in which they are asked is part of the
rule, and an answer must cost a microsecond and never open the rest of a hostile file (decision 0018).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Beginnings, the longest and most particular first where one begins another.
_BEGINNINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"MSCF", "cab"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xfe\xed\xfa\xce", "program"),
    (b"\xfe\xed\xfa\xcf", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"dex\n", "program"),
    (b"\0asm", "program"),
    (b"#!", "program"),
    (b"L\0\0\0\x01\x14\x02\0", "program"),  # a Windows shortcut: it runs what it names
    (b"BM", "bmp"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
    (b"AC10", "drawing"),
)
#: Unlike others these say what they are a little later.
_LATER: Final[tuple[tuple[int, bytes, str], ...]] = (
    (257, b"ustar", "tar"),
    (4, b"ftyp", "film"),
    (8, b"WEBP", "webp"),
    (8, b"WAVE", "sound"),
    (8, b"AVI ", "film"),
)
#: How a zip names its first entry when it is an office document.
_OFFICE: Final = (b"[Content_Types].xml", b"_rels/.rels", b"word/", b"xl/", b"ppt/", b"docProps/", b"customXml/")
_OPEN_DOCUMENT: Final = b"mimetypeapplication/vnd.oasis.opendocument."
_ENVELOPES: Final = (b"mic.gov.vn/TBT/QCVN_102_2016", b"www.e-doc.vn/Schema", b"www.go.vn/eDoc")
_BLANK: Final = b" \t\r\n\x0b\x0c"
_MARKS_OF_ORDER: Final = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
#: What no text holds.
_BINARY: Final = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 27})
#: Kinds that hold other files and that nobody here looks into.
OPAQUE: Final = frozenset({"7z", "rar", "gzip", "bzip2", "xz", "cab", "tar"})
#: All that `kind_of` can answer.
KINDS: Final = tuple(
    sorted(
        {kind for _, kind in _BEGINNINGS}
        | {kind for *_, kind in _LATER}
        | {"ooxml", "odf", "xml", "edxml", "html", "text", "empty", "unknown"}
    )
)
#: By extension, what a file that is called so is. Office programs save their formats under one another's names.
CALLED: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(kinds.split())
    for names, kinds in (
        ("pdf", "pdf"),
        ("doc dot", "ole ooxml rtf html xml"),
        ("docx docm dotx", "ooxml ole"),
        ("xls", "ole ooxml html xml text"),
        ("xlsx xlsm", "ooxml ole"),
        ("ppt pps", "ole ooxml"),
        ("pptx ppsx", "ooxml ole"),
        ("odt ods odp", "odf"),
        ("rtf", "rtf"),
        ("txt csv log md", "text xml html edxml"),
        ("xml", "xml edxml html text"),
        ("edxml", "edxml"),
        ("htm html", "html xml text"),
        ("jpg jpeg jfif", "jpeg"),
        ("png", "png"),
        ("gif", "gif"),
        ("tif tiff", "tiff"),
        ("bmp", "bmp"),
        ("zip", "zip"),
        ("rar", "rar"),
        ("7z", "7z"),
        ("gz tgz", "gzip"),
    )
    for name in names.split()
}
#: By media type, the same; where the name says nothing.
TYPED: Final[Mapping[str, frozenset[str]]] = {
    "application/pdf": CALLED["pdf"],
    "application/msword": CALLED["doc"],
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": CALLED["docx"],
    "application/vnd.ms-excel": CALLED["xls"],
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": CALLED["xlsx"],
    "application/zip": frozenset({"zip", "ooxml", "odf"}),
    "text/plain": CALLED["txt"],
    "image/jpeg": CALLED["jpg"],
    "image/png": CALLED["png"],
    "image/tiff": CALLED["tif"],
}
#: Names that make a system run a file whatever it holds.
PROGRAM_NAMES: Final = frozenset(
    [
        *("exe", "com", "scr", "pif", "dll", "cpl", "sys", "msi", "msp", "bat", "cmd", "ps1", "psm1", "vbs", "vbe"),
        *("js", "jse", "wsf", "wsh", "hta", "lnk", "jar", "apk", "reg", "scf", "msc", "gadget", "appx", "sh", "chm"),
    ]
)


def kind_of(head: bytes) -> str:
    """Return what a file is that begins with `head`; a zip by the first name in it. One of KINDS."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return _zipped(head) if kind == "zip" else kind
    for at, mark, kind in _LATER:
        if head.startswith(mark, at):
            return kind
    return _written(head)


def extension(name: str) -> str:
    """Return the extension by which systems judge: after the last dot, without what Windows drops at the end."""
    return name.rstrip(". \0").rpartition("/")[2].rpartition("\\")[2].rpartition(".")[2].strip().lower()


def _zipped(head: bytes) -> str:
    first = head[30:]
    if first.startswith(_OPEN_DOCUMENT):
        return "odf"
    return "ooxml" if first.startswith(_OFFICE) else "zip"


def _written(head: bytes) -> str:
    """Return what a text is."""
    if not head:
        return "empty"
    encoding = next((name for mark, name in _MARKS_OF_ORDER.items() if head.startswith(mark)), "")
    if encoding.startswith("utf-16"):
        head = head.decode(encoding, "ignore").encode()
    elif head.translate(None, _BINARY) != head:
        return "unknown"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    if any(mark in head for mark in _ENVELOPES):
        return "edxml"
    if start[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "html"
    return "xml" if start.startswith((b"<?xml", b"<")) else "text"
