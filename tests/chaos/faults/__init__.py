"""Every fault that a storm can bring, by name; a file a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.chaos.faults import clocks, disks, freezing, killing, lines, receivers, servers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.scene import Story

FAULTS: Final[Mapping[str, Story]] = {
    **killing.FAULTS,
    **freezing.FAULTS,
    **servers.FAULTS,
    **lines.FAULTS,
    **clocks.FAULTS,
    **receivers.FAULTS,
}
#: What needs a ground of its own: a small disk.
SPECIAL: Final[Mapping[str, Story]] = disks.FAULTS
