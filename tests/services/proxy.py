"""A line that can be cut: passes octets between clients and a server, in a process of its own.

`python -m tests.services.proxy TARGET_PORT` writes the port it listens on, and obeys lines on its standard input:
`delay SECONDS` (each way), `deaf` (what the server says is lost), `hear` (again), `cut` (every connection, at once).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_PORTION = 1 << 16
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """The process, for those who steer it. Use it from one thread: it ends with the thread that started it."""

    def __init__(self, target: int) -> None:
        """Listen for connections to the port `target`."""
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", __name__, str(target)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def delay(self, seconds: float) -> None:
        """Let everything take so much longer, each way."""
        self._say(f"delay {seconds}")

    def deafen(self) -> None:
        """Lose what the server says, from now until the connections are cut."""
        self._say("deaf")

    def cut(self) -> None:
        """End every connection with a reset, and pass on what comes on new ones."""
        self._say("cut")
        self._say("hear")

    def __enter__(self) -> Self:
        """It listens already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _say(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n".encode())
        self._process.stdin.flush()


class Line:
    """What the process does."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._delay = 0.0
        self._deaf = False
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self) -> None:
        """Pass on until standard input ends."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - for who started us
        loop = asyncio.get_running_loop()
        while words := (await loop.run_in_executor(None, sys.stdin.readline)).split():
            self._obey(*words)

    def _obey(self, verb: str, seconds: str = "0") -> None:
        if verb == "delay":
            self._delay = float(seconds)
        elif verb == "cut":
            for end in self._open:
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.transport.abort()
        else:
            self._deaf = verb == "deaf"

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, back}
        self._open |= ends
        await asyncio.gather(self._pass(reader, back, heard=True), self._pass(there, writer, heard=False))
        self._open -= ends

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, heard: bool) -> None:
        with contextlib.suppress(OSError):
            while octets := await source.read(_PORTION):
                if self._delay:
                    await asyncio.sleep(self._delay)
                if heard or not self._deaf:
                    target.write(octets)
                    await target.drain()
        target.close()


if __name__ == "__main__":
    asyncio.run(Line(int(sys.argv[1])).serve())
