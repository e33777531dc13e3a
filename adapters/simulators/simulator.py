"""What every pretended system has: records to look at, faults to switch on, answers that come later."""

from __future__ import annotations

import asyncio
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send


class Fault(StrEnum):
    """What a system can be made to do wrong."""

    NONE = "none"
    SLOW = "slow"  # answers after `slow_seconds`
    BUSY = "busy"  # 503
    QUOTA = "quota"  # 429 with Retry-After
    DROP = "drop"  # closes the connection, keeps nothing
    REFUSE = "refuse"  # says no to every document, in its own words
    LATE = "late"  # keeps the document, and answers after `slow_seconds`
    LOSE_ANSWER = "lose-answer"  # keeps the document, then closes the connection without an answer


class Simulator:
    """A pretended system, itself an ASGI application. `GET /_records` and `POST /_fault?kind=busy` steer it."""

    def __init__(self) -> None:
        """Begin with nothing kept and nothing wrong."""
        self.username, self.password = "lgsp", secrets.token_urlsafe(16)
        #: What was taken, oldest first.
        self.records: list[dict[str, Any]] = []
        #: What is to be fetched, oldest first; `ma` counts from 1.
        self.statuses: list[dict[str, Any]] = []
        #: What becomes of each document taken, as (the system's code, its words).
        self.course: Sequence[tuple[str, str]] = (("1", "Đã đến"), ("3", "Đã tiếp nhận, vào sổ văn bản đến"))
        self.fault = Fault.NONE
        self.slow_seconds = 5.0
        steering = [Route("/_records", self._show), Route("/_fault", self._switch, methods=["POST"])]
        self._app = Starlette(routes=[*self.routes(), *steering])

    def routes(self) -> list[Route]:
        """Return the system's own addresses."""
        raise NotImplementedError

    def options(self, address: str, folder: Path) -> dict[str, Any]:
        """Return adapter options that fit this system; credentials are written as files into `folder`."""
        raise NotImplementedError

    def find(self, transaction: str) -> list[dict[str, Any]]:
        """Return what was taken under the bus's identifier `transaction`."""
        return [record for record in self.records if record.get("maGiaoDich") == transaction]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or do wrong as asked to."""
        steering = scope["type"] != "http" or scope["path"].startswith("/_")
        fault = Fault.NONE if steering else self.fault
        if fault is Fault.DROP:
            await _hang_up(send)
        elif fault is Fault.BUSY:
            await PlainTextResponse("Hệ thống đang bận", 503)(scope, receive, send)
        elif fault is Fault.QUOTA:
            await PlainTextResponse("Vượt hạn mức", 429, {"Retry-After": "7"})(scope, receive, send)
        elif fault is Fault.LOSE_ANSWER:
            await self._lose_answer(scope, receive, send)
        elif fault is Fault.LATE:
            await self._answer_late(scope, receive, send)
        else:
            if fault is Fault.SLOW:
                await asyncio.sleep(self.slow_seconds)
            await self._app(scope, receive, send)

    def report(self, facts: Mapping[str, Any], course: Sequence[tuple[str, str]], at: str) -> None:
        """Put what becomes of a thing just taken among what is to be fetched; `at` is now, as the system writes it."""
        for code, words in course:
            self.statuses.append(
                {**facts, "ma": len(self.statuses) + 1, "trangThai": code, "moTa": words, "thoiGian": at}
            )

    def write_secret(self, folder: Path, name: str, value: str) -> str:
        """Write a credential into a file of its own and return its path."""
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(value + "\n", encoding="utf-8")
        return str(path)

    async def _lose_answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        before = len(self.records)
        kept: list[Message] = []

        async def hold(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, hold)
        if len(self.records) > before:
            await _hang_up(send)
            return
        for message in kept:
            await send(message)

    async def _answer_late(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(self.slow_seconds)
            await send(message)

        await self._app(scope, receive, late)

    async def _show(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's
        return JSONResponse(self.records)

    async def _switch(self, request: Request) -> Response:
        self.fault = Fault(request.query_params.get("kind", "none"))
        return JSONResponse({"fault": self.fault})


async def _hang_up(send: Send) -> None:
    """Promise a body and end without it: the server then closes the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
