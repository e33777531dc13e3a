"""What a peer is to those who send to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_ENVELOPE: Final = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><p:Submit xmlns:p="urn:peer">%b'
    b"</p:Submit></s:Body></s:Envelope>"
)


class Skipped(Exception):
    """This peer cannot run here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One who takes documents."""

    name: str
    port: int
    #: Its own processes, the servers left out.
    pids: list[int]
    #: A document -> a whole HTTP request.
    request: Callable[[bytes], bytes]
    #: What it says.
    log: Path
    #: Returns once so many documents more than at the last call are where this peer takes them to.
    settled: Callable[[int], None] = lambda _: None


def inline(octets: bytes) -> bytes:
    """Return a SOAP envelope with the document as it is inside."""
    return _ENVELOPE % octets.removeprefix(_DECLARATION)
