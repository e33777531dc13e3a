"""Passwords stand in files of their own, never in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from lgsp.sdk import secret

if TYPE_CHECKING:
    from pathlib import Path


def with_password(url: str, file: Path | None) -> str:
    """Return `url` with the password that `file` holds; passwords never stand in the configuration."""
    if file is None:
        return url
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    password = quote(secret(str(file)), safe="")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{password}@{host}"))
