"""A load generator: some kept-alive HTTP connections, served by one thread that does as little as it can."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT_ONCE: Final = 65_536
_HEAD_END: Final = b"\r\n\r\n"
_SILENCE_SECONDS: Final = 60


class Failed(Exception):
    """A request was not answered with 200; the message is the answer."""


@dataclass(slots=True)
class _Line:
    """One connection, and the request that is on it."""

    wire: socket.socket
    begun: float = 0.0
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    heard: bytearray = field(default_factory=bytearray)


class Load:
    """Sends requests to a port of this machine, so many at the same time, and waits for the answer to each."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._connections = connections
        self._selector: selectors.BaseSelector
        self._waiting: deque[bytes] = deque()
        self._took: list[float] = []

    def send(self, requests: Sequence[bytes]) -> list[float]:
        """Send all; return the seconds each took. Raises Failed."""
        self._waiting.extend(requests)
        self._took = []
        with selectors.DefaultSelector() as self._selector:
            try:
                self._send_all(min(self._connections, len(requests)))
            finally:
                for key in list(self._selector.get_map().values()):
                    key.data.wire.close()
        return self._took

    def _send_all(self, lines: int) -> None:
        for _ in range(lines):
            self._begin(self._connect())
        while lines:
            ready = self._selector.select(_SILENCE_SECONDS)
            if not ready:
                raise Failed("no answer")
            for key, events in ready:
                lines -= self._served(key.data, events)

    def _connect(self) -> socket.socket:
        wire = socket.create_connection(("127.0.0.1", self._port))
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.settimeout(0)
        return wire

    def _begin(self, wire: socket.socket) -> _Line:
        line = _Line(wire, time.perf_counter(), memoryview(self._waiting.popleft()))
        self._selector.register(wire, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
        return line

    def _served(self, line: _Line, events: int) -> bool:
        """Take the line's request a step on; return whether the line has nothing more to do."""
        if events & selectors.EVENT_WRITE:
            line.unsent = line.unsent[line.wire.send(line.unsent) :]
            if not line.unsent:
                self._selector.modify(line.wire, selectors.EVENT_READ, line)
        if not events & selectors.EVENT_READ:
            return False
        piece = line.wire.recv(_AT_ONCE)
        line.heard += piece
        if piece and not _whole(line.heard):
            return False
        return self._answered(line, ended=not piece)

    def _answered(self, line: _Line, *, ended: bool) -> bool:
        if not line.heard.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            raise Failed(line.heard[:2000].decode(errors="replace"))
        self._took.append(time.perf_counter() - line.begun)
        self._selector.unregister(line.wire)
        head = line.heard.partition(_HEAD_END)[0].lower()
        if not self._waiting or ended or b"connection: close" in head:
            line.wire.close()
        if not self._waiting:
            return True
        self._begin(line.wire if line.wire.fileno() >= 0 else self._connect())
        return False


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """Return a whole request, ready for the wire. `headers`: further lines, each with its end."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\n"
        f'SOAPAction: ""\r\n{headers}Content-Length: {len(body)}\r\n\r\n'
    ).encode() + body


def _whole(heard: bytearray) -> bool:
    head, end, body = heard.partition(_HEAD_END)
    if not end:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
        if line.startswith(b"transfer-encoding:"):
            return body.endswith(b"0\r\n\r\n")
    return False  # it ends with the connection
