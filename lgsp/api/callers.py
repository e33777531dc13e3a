"""Who calls: HTTP Basic with the id and the secret of an agency's system."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Protocol

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request

    from lgsp.model.agency import AgencyCode


class Directory(Protocol):
    """Who takes part."""

    def caller(self, system_id: str, secret: str) -> AgencyCode | None:
        """Return whose system this is, or None."""


def caller_of(request: Request, directory: Directory) -> AgencyCode | None:
    """Return who asks, by HTTP Basic with the system's id and secret."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return directory.caller(name, secret) if scheme.lower() == "basic" else None


def who_asks() -> JSONResponse:
    """Return the answer to whoever did not say."""
    return JSONResponse({"error": "who asks?"}, 401, {"WWW-Authenticate": 'Basic realm="lgsp"'})
