"""The HTTP side of a call: who calls, what they send, how much of it, in which language to answer."""

from __future__ import annotations

import asyncio
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
#: A body has this long to come, and longer as more of it has come.
_BODY_SECONDS: Final = 60.0
_SLOWEST_BYTES_PER_SECOND: Final = 50_000
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


class TooSlow(MalformedEnvelope):
    """The body takes longer to come than the bus waits. HTTP 408."""


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
    system_id, secret = _credentials(request)
    agency = callers.caller(system_id, secret) if system_id else None
    if agency is None:
        raise CallerRefused(_who(given="authorization" in request.headers))
    return agency


def known_system_of(request: Request, callers: Callers) -> str:
    """Return the system id that the caller writes when the directory knows it, otherwise nothing of it."""
    system_id, _ = _credentials(request)
    return "" if callers.system(system_id) is None else system_id


def _credentials(request: Request) -> tuple[str, str]:
    """Return system id and secret as written; empty where there is no HTTP Basic."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        decoded = b64decode(credentials.strip(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    try:
        system_id, separator, secret = decoded.decode("utf-8").partition(":")
    except UnicodeDecodeError:
        system_id, separator, secret = decoded.decode("latin-1").partition(":")
    return (system_id, secret) if scheme.lower() == "basic" and separator else ("", "")


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
            Problem(
                element="Content-Encoding",
                expected=Text("none, or identity", "không có, hoặc identity"),
                found=coding[:200],
                cure=Text("send it uncompressed", "gửi không nén"),
            )
        )
    return _CHARSETS.get(name)


async def body_of(request: Request, limit_bytes: int) -> bytes:
    """Return the body, reading no more of it than may be. Raises TooLarge, TooSlow, MalformedEnvelope if cut off."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise TooLarge(_too_large(limit_bytes, announced))
    parts: list[bytes] = []
    size = 0
    begun = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(_BODY_SECONDS) as patience:
            async for part in request.stream():
                size += len(part)
                if size > limit_bytes:
                    raise TooLarge(_too_large(limit_bytes, f"> {limit_bytes}"))
                parts.append(part)
                patience.reschedule(begun + _BODY_SECONDS + size / _SLOWEST_BYTES_PER_SECOND)
    except TimeoutError:
        raise TooSlow(_too_slow(size)) from None
    except ClientDisconnect:  # nobody is left to read the answer, and it is no mistake of the bus
        raise MalformedEnvelope(_cut_off(size)) from None
    return b"".join(parts)


def http_status_of(error: Exception) -> int | None:
    """Return the HTTP status where HTTP has a word of its own for `error`."""
    words: tuple[tuple[type[Rejected], int], ...] = (
        (CallerRefused, 401),
        (WrongMedia, 415),
        (TooLarge, 413),
        (TooSlow, 408),
    )
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


def _too_slow(size: int) -> Problem:
    return Problem(
        element="Envelope",
        expected=Text(
            f"the whole body within {_BODY_SECONDS:g} seconds, and a second more for every {_SLOWEST_BYTES_PER_SECOND}",
            f"toàn bộ nội dung trong {_BODY_SECONDS:g} giây, thêm một giây cho mỗi {_SLOWEST_BYTES_PER_SECOND} byte",
        ),
        found=f"{size} octets",
        cure=Text("send it again over a faster line", "gửi lại qua đường truyền nhanh hơn"),
    )


def _cut_off(size: int) -> Problem:
    return Problem(
        element="Envelope",
        expected=Text("the whole body", "toàn bộ nội dung"),
        found=f"{size} octets, then the connection ended",
    )
