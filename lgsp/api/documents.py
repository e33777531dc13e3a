"""`PUT /documents/{sha256}`: upload a document, to hand it in by its digest afterwards. It goes nowhere by itself."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import Route

from lgsp.api.callers import caller_of, who_asks
from lgsp.model.errors import Unavailable
from lgsp.model.text import Text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from lgsp.api.callers import Directory
    from lgsp.blobs import Receiving, Writing
    from lgsp.model.agency import AgencyCode

_SHA_256: Final = re.compile(r"[0-9a-f]{64}")
#: What goes to the disk at once.
_PIECE_BYTES: Final = 1 << 18
#: A body has this long to come, and longer as more of it has come.
_BODY_SECONDS: Final = 60.0
_SLOWEST_BYTES_PER_SECOND: Final = 50_000

_DIGEST: Final = Text("a SHA-256 in lower hexadecimal", "mã SHA-256 viết thường dạng thập lục phân")
_OTHER: Final = Text("these are not the octets with that SHA-256", "nội dung gửi lên không có mã SHA-256 này")
_LARGE: Final = Text("larger than this bus takes", "lớn hơn mức trục nhận")
_SLOW: Final = Text("the body took too long to come", "nội dung gửi lên quá chậm")
_AGAIN: Final = Text("not kept; send it again", "chưa lưu được; hãy gửi lại")


class Uploads(Protocol):
    """Who uploaded what."""

    def add(self, agency: AgencyCode, digest: str) -> bool:
        """Let an agency hand in what it has just uploaded. False when it is there no more."""


def documents(directory: Directory, receiving: Receiving, uploads: Uploads, size_limit_bytes: int) -> Route:
    """Return the route. Authenticated as SOAP is; what an agency uploads only it may hand in."""

    async def put(request: Request) -> Response:
        agency = await run_in_threadpool(caller_of, request, directory)
        if agency is None:
            return who_asks()
        digest = request.path_params["digest"]
        if not _SHA_256.fullmatch(digest):
            return _no(400, _DIGEST)
        try:
            return await _uploaded(request, receiving, uploads, (agency, digest), size_limit_bytes)
        except Unavailable as error:
            return JSONResponse({"code": error.code, "error": error.say("en"), "error_vi": error.say("vi")}, 503)

    return Route("/documents/{digest}", put, methods=["PUT"])


async def _uploaded(
    request: Request, receiving: Receiving, uploads: Uploads, claim: tuple[AgencyCode, str], limit: int
) -> Response:
    writing = await run_in_threadpool(receiving.begin)
    try:
        size = await _taken(request, writing, limit)
        if size is None:
            return _no(413, _LARGE)
        if not await run_in_threadpool(writing.finish, claim[1]):
            return _no(422, _OTHER)
    except TimeoutError:
        return _no(408, _SLOW)
    except ClientDisconnect:
        return _no(400, _AGAIN)
    finally:
        await run_in_threadpool(writing.drop)
    if not await run_in_threadpool(uploads.add, *claim):
        return _no(503, _AGAIN)
    return JSONResponse({"digest": claim[1], "size": size}, 201)


async def _taken(request: Request, writing: Writing, limit: int) -> int | None:
    """Write the body as it comes and return how many octets it has; None when it is too large."""
    size, pieces, held = 0, [], 0
    begin = asyncio.get_running_loop().time()
    async with asyncio.timeout(_BODY_SECONDS) as deadline:
        async for piece in request.stream():
            size += len(piece)
            held += len(piece)
            if size > limit:
                return None
            pieces.append(piece)
            if held >= _PIECE_BYTES:
                await run_in_threadpool(writing.write, b"".join(pieces))
                pieces, held = [], 0
            deadline.reschedule(begin + _BODY_SECONDS + size / _SLOWEST_BYTES_PER_SECOND)
    await run_in_threadpool(writing.write, b"".join(pieces))
    return size


def _no(status: int, why: Text) -> JSONResponse:
    return JSONResponse({"error": why.say("en"), "error_vi": why.say("vi")}, status)
