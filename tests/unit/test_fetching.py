"""Strangers are asked within a time, within a size, and at no other place than was meant."""

from __future__ import annotations

import gzip
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from lgsp.upkeep.fetching import Fetcher, NotFetched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def a_server(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Who asks hangs up: that is what is tested."""

    server = Quiet(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def saying(octets: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(octets)

    return answer


def dripping(request: BaseHTTPRequestHandler) -> None:
    """Never be silent long enough for a read to time out, and never come to an end."""
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b"0")
        request.wfile.flush()
        time.sleep(0.1)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with closing(Fetcher(timeout_seconds=0.5, size_limit_bytes=1000)) as made:
        yield made


def test_what_is_small_and_quick_is_fetched(fetcher: Fetcher) -> None:
    with a_server(saying(b"x" * 1000)) as url:
        assert fetcher.get(url) == b"x" * 1000


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (saying(b"x" * 1001), "more than 1000 bytes"),
        (saying(gzip.compress(b"0" * 1_000_000)[:900], Content_Encoding="gzip"), "answered 200"),
        (saying(b"", 302, Location="http://127.0.0.1:1/"), "answered 302"),
        (saying(b"no", 404), "answered 404"),
        (dripping, "not finished within"),
    ],
    ids=["huge", "packed", "elsewhere", "missing", "drop by drop"],
)
def test_all_else_is_given_up(fetcher: Fetcher, answer: Answer, why: str) -> None:
    begun = time.monotonic()
    with a_server(answer) as url, pytest.raises(NotFetched, match=why):
        fetcher.get(url)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[", "file:///etc/passwd", "http://"])
def test_an_address_that_leads_nowhere_is_no_more_than_that(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(NotFetched):
        fetcher.get(url)
