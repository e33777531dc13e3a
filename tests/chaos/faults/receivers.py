"""A recipient's system: answers after the time-out, answers not at all, is gone for a while."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.simulators.simulator import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.scene import Scene, Story

_WRONG_SECONDS: Final = 2.0


def wrong(scene: Scene, fault: Fault) -> Iterator[float]:
    """Let the ministry's system do something wrong for a while."""
    scene.ministry.system.fault = fault
    yield _WRONG_SECONDS
    scene.ministry.system.fault = Fault.NONE


def gone(scene: Scene) -> Iterator[float]:
    """Let nobody answer."""
    scene.ministry.stop()
    yield _WRONG_SECONDS
    scene.ministry.start()


FAULTS: Final[Mapping[str, Story]] = {
    "recipient answers after the time-out": partial(wrong, fault=Fault.LATE),
    "answers of a recipient are lost": partial(wrong, fault=Fault.LOSE_ANSWER),
    "recipient is gone": gone,
}
