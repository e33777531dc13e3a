"""How much hostile input may cost, said in the seconds of a usual core, whatever machine the test runs on."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROUNDS: Final = 300_000
#: What these rounds take on a core of a usual server, with nobody else on it.
_USUAL_SECONDS: Final = 0.018


@contextmanager
def cheap(seconds: float) -> Iterator[None]:
    """Fail when what is done here takes more than so much CPU.

    A slow core, or one that shares its units with a busy neighbour, has as much longer as it takes for work that is
    known: otherwise the test would tell of the machine.
    """
    before, begun = _pace(), time.process_time()
    yield
    spent = time.process_time() - begun
    pace = max(1.0, before, _pace())
    assert spent < seconds * pace, f"{spent:.3f} s on a machine that is {pace:.1f} times slower than usual"


def _pace() -> float:
    begun, total = time.process_time(), 0
    for number in range(_ROUNDS):
        total += number
    return (time.process_time() - begun) / _USUAL_SECONDS
