"""Getting at the PDF: by what the octets are, never by what they are called."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile

_PDF: Final = b"%PDF-"
_ZIP: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_END_LENGTH: Final = 22
_COMMENT_AT_MOST: Final = 65_535
#: Readers in use look for the header this far.
_HEADER_WITHIN: Final = 1024


def worth_a_look(octets: bytes) -> bool:
    """Tell whether this may be a PDF, or a zip with one."""
    return is_pdf(octets) or octets.startswith(_ZIP)


def is_pdf(octets: bytes) -> bool:
    """Tell whether readers would take this for a PDF."""
    return _PDF in octets[:_HEADER_WITHIN]


def unzipped(octets: bytes, limit_bytes: int) -> bytes | None:
    """Return what a zip of one entry holds, at most one octet more than the limit; None when it is none such.

    A vendor's software zips every attachment of a kind it does not know, under another name (domain practice). One
    layer is opened and no more.
    """
    end = octets.rfind(_END, max(0, len(octets) - _COMMENT_AT_MOST - _END_LENGTH))
    if end < 0 or int.from_bytes(octets[end + 10 : end + 12], "little") != 1:
        return None  # asked before zipfile reads the list: a list can be long
    try:
        with ZipFile(BytesIO(octets)) as archive, archive.open(archive.infolist()[0]) as entry:
            return entry.read(limit_bytes + 1)
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, IndexError, ValueError, zlib.error):
        return None
