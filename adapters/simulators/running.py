"""Running a pretended system, in this process or as one of its own."""

from __future__ import annotations

import argparse
import socket
import threading
import time
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import ASGIApp, Receive, Scope, Send

    from adapters.simulators.simulator import Simulator

_START_SECONDS = 10

Kind = TypeVar("Kind", bound="Simulator")


class Running(Generic[Kind]):
    """A system on loopback, in a thread of this process: `with running(MinistryRest()) as ministry:`.

    `system` may be exchanged for a new one while it runs.
    """

    def __init__(self, system: Kind, port: int = 0) -> None:
        """Prepare; port 0 takes any that is free, and keeps it."""
        self.system = system
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to answer, on the same port as before; do nothing when it answers already."""
        if self._thread is not None:
            return
        listening = _listen(self._port)
        self._port = listening.getsockname()[1]
        self._server = _server(self._answer)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError(f"the pretended system did not start on port {self._port}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Answer no more: connections are refused until `start`."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join()
        self._server = self._thread = None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.system(scope, receive, send)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def running(system: Kind, port: int = 0) -> Running[Kind]:
    """Return the system as something to run: use it in a `with`."""
    return Running(system, port)


def main(make: Callable[[], Simulator], about: str) -> None:
    """Run a system as a process of its own until it is stopped; print its address and its credentials."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, default=0, help="0 takes any that is free")
    port: int = parser.parse_args().port
    system = make()
    listening = _listen(port)
    print(f"http://127.0.0.1:{listening.getsockname()[1]} {system.username} {system.password}", flush=True)  # noqa: T201
    _server(system).run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), reuse_port=False)


def _server(system: ASGIApp) -> uvicorn.Server:
    quiet = uvicorn.Config(
        system, interface="asgi3", lifespan="off", ws="none", log_config=None, access_log=False, server_header=False
    )
    return uvicorn.Server(quiet)
