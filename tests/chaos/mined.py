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
from typing import TYPE_CHECKING, Any, Final, cast

from lgsp.amqp.line import Line
from lgsp.cli import app
from lgsp.courier import Courier
from lgsp.reception import Reception
from lgsp.store import Leaves, Ledger, Outbox
from lgsp.store.tallies import Tallies
from lgsp.transport.amqp import Amqp
from lgsp.transport.amqp.consumer import AmqpConsumer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.services.bus import Walk

#: Walk -> place -> the class and method there, and whether to die before or after the call. Wherever a walk waits for
#: somebody, there is a place on each side.
PLACES: Final[Mapping[Walk, Mapping[str, tuple[type, str, str]]]] = {
    "intake": {
        "documents received": (Line, "receive", "after"),
        "document in line at the SOAP door": (Reception, "submit", "after"),
        "examined, not committed": (Ledger, "accept", "before"),
        "committed, not answered": (Ledger, "accept", "after"),
        "answered, not acknowledged": (Line, "send", "after"),
        "acknowledged": (Line, "acknowledge", "after"),
    },
    "relay": {
        "claimed": (Outbox, "claim", "after"),
        "published, not recorded": (Amqp, "publish", "after"),
        "recorded": (Ledger, "record", "after"),
    },
    "courier": {
        "parcels received": (AmqpConsumer, "receive", "after"),
        "one of several handed over": (Courier, "_attempt", "after"),
        "all handed over, not recorded": (Ledger, "record", "before"),
        "recorded, not acknowledged": (Ledger, "record", "after"),
        "acknowledged": (AmqpConsumer, "acknowledge", "after"),
    },
    "upkeep": {
        "leaves appended": (Leaves, "append", "after"),
        "head signed, not kept": (Leaves, "add_head", "before"),
        "head kept": (Leaves, "add_head", "after"),
        "figures counted": (Tallies, "advance", "after"),
    },
}
#: Methods that begin with empty hands: what they return tells.
_FETCHING: Final = ("receive", "claim", "append", "advance")


def mine(walk: Walk, place: str, times: int) -> None:
    """Lay the mine."""
    owner, name, when = PLACES[walk][place]
    original: Callable[..., Any] = getattr(owner, name)
    counted = count(1)

    @functools.wraps(original)
    def mined(self: object, first: Any, *rest: Any) -> Any:
        in_hand = name not in _FETCHING and bool(first)
        if when == "before" and in_hand and next(counted) == times:
            die()
        result = original(self, first, *rest)
        in_hand = bool(result) if name in _FETCHING else in_hand
        if when == "after" and in_hand and next(counted) == times:
            die()
        return result

    setattr(owner, name, mined)


def die() -> None:
    """End at once: nothing is finished, nothing tidied."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _, _place, _times, _walk, *_rest = sys.argv
    mine(cast("Walk", _walk), _place, int(_times))
    sys.argv[:] = ["lgsp", _walk, *_rest]
    app()
