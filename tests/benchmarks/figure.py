"""What a measurement found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """From acceptance to recorded delivery, while documents come at a rate that does not wait for anybody."""

    #: Documents a second that were sent, and how many in all.
    rate: float
    documents: int
    #: Seconds within which half, and 99 of 100, were delivered.
    half: float
    nearly_all: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one measurement found."""

    what: str
    documents: int
    seconds: float
    #: CPU seconds by process.
    cpu: Mapping[str, float] = field(default_factory=dict)
    #: The most memory that each held, MiB.
    memory: Mapping[str, float] = field(default_factory=dict)
    #: Bytes a document: what tables and indexes grew by, the write-ahead log, the broker's folder.
    disk: Mapping[str, float] = field(default_factory=dict)
    delay: Delay | None = None

    @property
    def rate(self) -> float:
        """Documents a second."""
        return self.documents / self.seconds

    @property
    def cost(self) -> float:
        """CPU milliseconds a document, all processes together but the clients'."""
        return sum(cost for name, cost in self.costs.items() if name != CLIENTS)

    @property
    def costs(self) -> dict[str, float]:
        """CPU milliseconds a document, by process."""
        return {name: 1000 * seconds / self.documents for name, seconds in self.cpu.items()}

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept for comparison."""
        delay = self.delay
        return {
            "what": self.what,
            "documents": self.documents,
            "seconds": round(self.seconds, 3),
            "documents_per_second": round(self.rate, 1),
            "cpu_ms_per_document": {name: round(cost, 4) for name, cost in self.costs.items()},
            "cpu_ms_per_document_all": round(self.cost, 4),
            "memory_mib": {name: round(peak, 1) for name, peak in self.memory.items()},
            "disk_bytes_per_document": {name: round(size) for name, size in self.disk.items()},
            "delay": delay
            and {
                "documents_per_second": round(delay.rate, 1),
                "documents": delay.documents,
                "p50_seconds": round(delay.half, 4),
                "p99_seconds": round(delay.nearly_all, 4),
            },
        }


#: Who sends: no process of the bus, and on another machine in a province.
CLIENTS: Final = "clients"
