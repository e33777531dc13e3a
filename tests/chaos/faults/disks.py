"""A full disk: PostgreSQL can write nothing more, nor can the folder in which a recipient gets its documents."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from tests.chaos.faults.servers import revived

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.scene import Scene, Story

_FULL_SECONDS: Final = 3.0
_PORTIONS: Final = (1 << 20, 1 << 12, 1)


def full(scene: Scene) -> Iterator[float]:
    """Fill the disk to the last octet, and a while later make room again."""
    assert scene.disk is not None
    ballast = scene.disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        for portion in _PORTIONS:
            with contextlib.suppress(OSError):
                while file.write(bytes(portion)) == portion:
                    pass
    yield _FULL_SECONDS
    ballast.unlink(missing_ok=True)
    yield from revived(scene.postgres)


#: Only where there is a small disk to fill: see `Ground`.
FAULTS: Final[Mapping[str, Story]] = {"fill the disk of PostgreSQL and a recipient": full}
