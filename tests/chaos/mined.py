"""Runs `lgsp` so that it dies at a chosen place: `python -m tests.chaos.mined PLACE COUNT intake --config …`.

A timer seldom hits the moment between a commit and its answer. Here the process kills itself, with SIGKILL, at that
moment, when it comes there for the COUNT-th time with something in its hands.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from lgsp.amqp.line import Line
from lgsp.cli import app
from lgsp.store import Ledger, Outbox
from lgsp.transport.amqp import Amqp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.services.bus import Walk

#: Place -> the class and method there, and whether to die before or after the call.
PLACES: Final[Mapping[str, tuple[type, str, str]]] = {
    "before-the-commit": (Ledger, "accept", "before"),
    "after-the-commit": (Ledger, "accept", "after"),
    "after-the-answers": (Line, "send", "after"),
    "after-the-claim": (Outbox, "claim", "after"),
    "after-publishing": (Amqp, "publish", "after"),
    "after-handing-over": (Ledger, "record", "before"),
    "after-recording": (Ledger, "record", "after"),
}
BY_WALK: Final[Mapping[Walk, tuple[str, ...]]] = {
    "intake": ("before-the-commit", "after-the-commit", "after-the-answers"),
    "relay": ("after-the-claim", "after-publishing", "after-recording"),
    "courier": ("after-handing-over", "after-recording"),
}


def mine(place: str, times: int) -> None:
    """Lay the mine."""
    owner, name, when = PLACES[place]
    original: Callable[..., Any] = getattr(owner, name)
    counted = count(1)

    @functools.wraps(original)
    def mined(self: object, first: Any, *rest: Any) -> Any:
        in_hand = bool(first)
        if when == "before" and in_hand and next(counted) == times:
            die()
        result = original(self, first, *rest)
        in_hand = bool(result) if name == "claim" else in_hand
        if when == "after" and in_hand and next(counted) == times:
            die()
        return result

    setattr(owner, name, mined)


def die() -> None:
    """End at once: nothing is finished, nothing tidied."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    mine(sys.argv[1], int(sys.argv[2]))
    sys.argv[:] = ["lgsp", *sys.argv[3:]]
    app()
