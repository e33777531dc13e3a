"""The HTTP side of a call: who calls, what they send, how much of it, in which language to answer."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from email.message import Message
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from starlette.requests import ClientDisconnect

from lgsp.model.errors import CallerRefused, MalformedEnvelope, Problem, Rejected
from lgsp.model.text import Text

if TYPE_CHECKING:
    from starlette.requests import Request

    from lgsp.model.agency import AgencyCode
    from lgsp.model.text import Language
    from lgsp.soap.ports import Callers
    from lgsp.soap.version import Version

_CORRELATION: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: What clients write -> what the parser calls it.
_CHARSETS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16le",
    "utf-16be": "utf-16be",
    "us-ascii": "us-ascii",
}


class WrongMedia(MalformedEnvelope):
    """The body is not of the media type that this address takes. HTTP 415."""


class TooLarge(MalformedEnvelope):
    """The body is larger than this bus takes. HTTP 413."""


def correlation_of(request: Request) -> str:
    """Return the caller's correlation id when it is a sane token, otherwise a new one."""
    given = request.headers.get("x-correlation-id", "")
    return given if _CORRELATION.fullmatch(given) else uuid4().hex


def language_of(request: Request) -> Language:
    """Return the language to put first: Vietnamese unless Accept-Language prefers English."""
    best: tuple[float, Language] = (0.0, "vi")
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().lower().partition(";")
        language = tag.strip().split("-")[0]
        if language in {"vi", "en"}:
            quality = _quality(weight)
            if quality > best[0]:
                best = (quality, "en" if language == "en" else "vi")
    return best[1]


def caller_of(request: Request, callers: Callers) -> AgencyCode:
    """Return the agency that the caller proves to be by HTTP Basic. Raises CallerRefused."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        decoded = b64decode(credentials.strip(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    try:
        system_id, separator, secret = decoded.decode("utf-8").partition(":")
    except UnicodeDecodeError:
        system_id, separator, secret = decoded.decode("latin-1").partition(":")
    agency = None
    if scheme.lower() == "basic" and separator:
        agency = callers.caller(system_id, secret)
    if agency is None:
        raise CallerRefused(_who(given=bool(scheme)))
    return agency


def charset_of(request: Request, version: Version) -> str | None:
    """Check the media type and return its charset, None where it names none. Raises WrongMedia.

    Parameters come in any order, quoted or not, with or without blanks: parsed, never searched for.
    """
    written = request.headers.get("content-type", "")
    parsed = Message()
    parsed["Content-Type"] = written
    media = parsed.get_content_type() if written else ""
    if media != version.content_type:
        raise WrongMedia(_media(version, written, media))
    charset = parsed.get_param("charset")
    name = charset.strip().lower() if isinstance(charset, str) else ""
    if name and name not in _CHARSETS:
        raise WrongMedia(_plain(version, "Content-Type", written, Text("write it in UTF-8", "ghi bằng UTF-8")))
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity"}:
        raise WrongMedia(
            _plain(version, "Content-Encoding", coding, Text("send it uncompressed", "gửi không nén")),
        )
    return _CHARSETS.get(name)


async def body_of(request: Request, limit_bytes: int) -> bytes:
    """Return the body, reading no more of it than may be. Raises TooLarge, or MalformedEnvelope when it breaks off."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise TooLarge(_too_large(limit_bytes, announced))
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit_bytes:
                raise TooLarge(_too_large(limit_bytes, f"> {limit_bytes}"))
            parts.append(part)
    except ClientDisconnect:  # nobody is left to read the answer, and it is no mistake of the bus
        raise MalformedEnvelope(_cut_off(size)) from None
    return b"".join(parts)


def http_status_of(error: Exception) -> int | None:
    """Return the HTTP status where HTTP has a word of its own for `error`."""
    words: tuple[tuple[type[Rejected], int], ...] = ((CallerRefused, 401), (WrongMedia, 415), (TooLarge, 413))
    return next((status for kind, status in words if isinstance(error, kind)), None)


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def _who(*, given: bool) -> Problem:
    return Problem(
        element="Authorization",
        expected=Text(
            "HTTP Basic with the agency's system id and secret",
            "HTTP Basic với mã hệ thống và khóa bí mật của đơn vị",
        ),
        found="not accepted" if given else "",
        cure=Text(
            "check id and secret; the operator makes a new secret with `lgsp agency secret`",
            "kiểm tra mã và khóa; đơn vị vận hành cấp khóa mới bằng `lgsp agency secret`",
        ),
    )


def _media(version: Version, written: str, media: str) -> Problem:
    if media.startswith("multipart/"):
        cure = Text(
            "switch MTOM and attachments off: the document goes as base64 text in SendDocument/Document",
            "tắt MTOM và tệp đính kèm: văn bản gửi dạng base64 trong SendDocument/Document",
        )
    elif media in {"text/xml", "application/soap+xml"}:
        other = "1.1" if version.name == "1.2" else "1.2"
        cure = Text(
            f"this address takes SOAP {version.name}; call /soap/{other} with what you send",
            f"địa chỉ này nhận SOAP {version.name}; hãy gọi /soap/{other} với thông điệp này",
        )
    else:
        cure = Text("send a SOAP message; see ?wsdl", "gửi thông điệp SOAP; xem ?wsdl")
    return _plain(version, "Content-Type", written, cure)


def _plain(version: Version, header: str, found: str, cure: Text) -> Problem:
    wanted = f"Content-Type: {version.content_type}; charset=utf-8"
    return Problem(element=header, expected=Text(wanted, wanted), found=found[:200], cure=cure)


def _too_large(limit_bytes: int, found: str) -> Problem:
    return Problem(
        element="Envelope",
        expected=Text(f"at most {limit_bytes} octets", f"không quá {limit_bytes} byte"),
        found=found,
        cure=Text("split the attachments over several documents", "chia tệp đính kèm ra nhiều văn bản"),
    )


def _cut_off(size: int) -> Problem:
    return Problem(
        element="Envelope",
        expected=Text("the whole body", "toàn bộ nội dung"),
        found=f"{size} octets, then the connection ended",
    )
