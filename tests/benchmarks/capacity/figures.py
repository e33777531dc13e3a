"""What was measured, on one machine, on one day: the file that the model is fitted to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE: Final = Path(__file__).with_name("figures.json")


class Line(NamedTuple):
    """A cost by the size of a batch, in milliseconds."""

    fixed: float
    each: float

    def of(self, count: int) -> float:
        """Return the seconds that a batch of `count` costs."""
        return (self.fixed + self.each * count) / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a batch of one walk costs."""

    #: CPU by whose it is: `process` (the walk itself), `PostgreSQL`, `RabbitMQ`.
    cpu: Mapping[str, Line]
    #: Waiting for disks and for answers, while no processor works.
    wait: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything measured."""

    facts: Mapping[str, str]
    #: By name: `intake` and `upkeep` (a document), `relay` (a delivery that lies where it is fetched), `sending` and
    #: `courier` (one that goes to a system, by the broker).
    walks: Mapping[str, Walk]
    #: What comes on top on the whole way through the AMQP door, CPU milliseconds a document.
    door: Mapping[str, float]
    #: The whole way as it was measured: documents, seconds, and at how many processors.
    whole_way: Mapping[str, float]
    #: The same with several processes of each walk: documents a second, and CPU.
    processes: Mapping[str, Mapping[str, Any]]
    #: Bytes of rows and of indexes a document, by table.
    disk: Mapping[str, tuple[float, float]]
    #: Bytes that PostgreSQL writes to its log of changes a document.
    log_bytes: float
    #: What an agency's queue costs a node: KiB of memory, milliseconds to make.
    queue: Mapping[str, float]


def load(file: Path = FILE) -> Figures:
    """Read the figures."""
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    walks = {
        name: Walk(cpu={whose: Line(*line) for whose, line in walk["cpu"].items()}, wait=Line(*walk["wait"]))
        for name, walk in told.pop("walks").items()
    }
    return Figures(walks=walks, **told)


def fitted(points: Iterable[tuple[float, float]]) -> Line:
    """Return the line through measured milliseconds by size of batch; neither part is below nothing.

    Each point weighs by its size of batch: what matters of a batch of a hundred is its hundredth part.
    """
    known = [(size, cost, 1 / size) for size, cost in points]
    weight = sum(w for *_, w in known)
    middle = sum(w * size for size, _, w in known) / weight
    height = sum(w * cost for _, cost, w in known) / weight
    spread = sum(w * (size - middle) ** 2 for size, _, w in known)
    each = sum(w * (size - middle) * (cost - height) for size, cost, w in known) / spread
    if each < 0:
        return Line(height, 0.0)
    if height < each * middle:
        return Line(0.0, sum(w * size * cost for size, cost, w in known) / sum(w * size**2 for size, _, w in known))
    return Line(height - each * middle, each)
