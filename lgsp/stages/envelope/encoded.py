"""The base64 of a file inside an envelope, decoded no further than is asked for."""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING, BinaryIO, Final

from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text
from lgsp.stages.envelope.octets import text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: What is decoded once and kept: whoever wants to know what a file is reads its beginning.
_HEAD: Final = 512
#: Characters that hold so many octets, with some room for white space.
_HEAD_WRITTEN: Final = 1024
_BUFFER: Final = 64 * 1024


class Encoded:
    """The content of one attachment. Decodes each time it is asked; broken base64 raises MalformedEnvelope."""

    __slots__ = ("_content_id", "_element", "_head")

    def __init__(self, element: Element | None, content_id: str) -> None:
        """Nothing is decoded yet; without an element there is no content."""
        self._element = element
        self._content_id = content_id
        self._head: bytes | None = None

    def __call__(self) -> bytes:
        """Return all of it."""
        return self._decoded(self._bare())

    def head(self) -> bytes:
        """Return the first octets, at most 512."""
        if self._head is None:
            bare = "".join(self._text()[:_HEAD_WRITTEN].split())
            self._head = self._decoded(bare[: len(bare) // 4 * 4])[:_HEAD]
        return self._head

    def size(self) -> int:
        """Return how many octets it has."""
        text = self._text()
        blanks = sum(map(text.count, " \n\r\t"))
        return max(0, (len(text) - blanks) // 4 * 3 - text[-100:].rstrip().count("="))

    def open(self) -> BinaryIO:
        """Return it as a file that decodes what is read, wherever that is."""
        return io.BufferedReader(_File(self, self._bare()), _BUFFER)

    def _text(self) -> str:
        if self._element is None:
            raise self._broken(ValueError("no Attachment with this ContentId"))
        return text_of(self._element)

    def _bare(self) -> str:
        return "".join(self._text().split())

    def _decoded(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self._broken(error) from None

    def _broken(self, error: ValueError) -> MalformedEnvelope:
        name = self._content_id
        return MalformedEnvelope(
            Problem(
                element="edXML/AttachmentEncoded/Attachment/ContentTransferEncoded",
                line=None if self._element is None else self._element.sourceline,
                expected=Text(f"the file '{name}' in base64", f"tệp '{name}' ở dạng base64"),
                found=str(error)[:200],
            )
        )


class _File(io.RawIOBase):
    """Base64 without white space as a file: four characters are three octets, wherever one begins to read."""

    def __init__(self, encoded: Encoded, text: str) -> None:
        super().__init__()
        self._encoded = encoded
        self._text = text
        self._size = len(text) // 4 * 3 - text[-2:].count("=")
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning of the file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io hands over
        stop = min(self._at + len(buffer), self._size)
        if stop <= self._at:
            return 0
        first = self._at // 3
        octets = self._encoded._decoded(self._text[first * 4 : -(-stop // 3) * 4])  # noqa: SLF001 - one class in two
        wanted = octets[self._at - first * 3 :][: stop - self._at]
        buffer[: len(wanted)] = wanted
        self._at += len(wanted)
        return len(wanted)
