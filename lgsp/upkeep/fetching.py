"""Getting a few octets from strangers: within a time, within a size, and from nowhere else than was asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

_OK: Final = 200


class NotFetched(Exception):
    """Nothing came that could be used."""


class Fetcher:
    """Asks over HTTP. Thread-safe. Follows no redirects, unpacks nothing, takes no proxy from the environment."""

    def __init__(self, *, timeout_seconds: float, size_limit_bytes: int) -> None:
        """Give up after the time, however slowly the rest would come, or beyond the size."""
        self._timeout = timeout_seconds
        self._size_limit = size_limit_bytes
        self._client = httpx.Client(timeout=timeout_seconds, trust_env=False, headers={"Accept-Encoding": "identity"})

    def get(self, url: str) -> bytes:
        """Return what lies at `url`. Raises NotFetched."""
        return self._fetch("GET", url, {}, b"")

    def post(self, url: str, octets: bytes, content_type: str) -> bytes:
        """Return what `url` answers to `octets`. Raises NotFetched."""
        return self._fetch("POST", url, {"Content-Type": content_type}, octets)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _fetch(self, method: str, url: str, headers: Mapping[str, str], octets: bytes) -> bytes:
        end = time.monotonic() + self._timeout
        try:
            with self._client.stream(method, url, headers=headers, content=octets) as response:
                if response.status_code != _OK or "Content-Encoding" in response.headers:
                    raise NotFetched(f"answered {response.status_code}")
                return self._read(response, end)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NotFetched(f"{type(error).__name__}: {error}"[:200]) from error

    def _read(self, response: httpx.Response, end: float) -> bytes:
        pieces: list[bytes] = []
        left = self._size_limit
        for piece in response.iter_raw():
            left -= len(piece)
            if left < 0:
                raise NotFetched(f"more than {self._size_limit} bytes")
            if time.monotonic() > end:
                raise NotFetched(f"not finished within {self._timeout} s")
            pieces.append(piece)
        return b"".join(pieces)
