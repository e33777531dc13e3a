"""Documents of one size, sent by so many at once: what each peer makes of them, turn by turn."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

from tests.benchmarks.cpu import Meter
from tests.benchmarks.peers.load import Failed, Load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.peers.peer import Peer

#: The least that the door's documents a second are to be, as a ratio to a peer's, at 10 KB.
_GOALS: Final = {"Santuario": 1.0, "Spyne, signxml": 2.0}
_GOAL_KILOBYTES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was found, by peer, a value a turn."""

    kilobytes: int
    connections: int
    #: Documents a second.
    rates: dict[str, list[float]] = field(default_factory=dict)
    #: CPU milliseconds a document: of the peer's own processes, and of both servers.
    own: dict[str, list[float]] = field(default_factory=dict)
    servers: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, peer: Peer, papers: Sequence[bytes], servers: Sequence[int], *, counts: bool) -> float:
        """Send a turn's documents to a peer; return documents a second."""
        requests = [peer.request(octets) for octets in papers]
        meter, begun = Meter({"own": peer.pids, "servers": servers}), time.perf_counter()
        try:
            Load(peer.port, self.connections).send(requests)
        except Failed as failed:
            failed.add_note(peer.log.read_text(encoding="utf-8", errors="replace")[-3000:])
            raise
        peer.settled(len(requests))
        rate, cpu = len(requests) / (time.perf_counter() - begun), meter.read()
        if counts:
            self.rates.setdefault(peer.name, []).append(rate)
            self.own.setdefault(peer.name, []).append(1000 * cpu["own"] / len(requests))
            self.servers.setdefault(peer.name, []).append(1000 * cpu["servers"] / len(requests))
        return rate

    def told(self, peer: str) -> tuple[str, str]:
        """Return a peer's documents a second, and what each cost."""
        cost = f"{median(self.own[peer]):.1f} + {median(self.servers[peer]):.1f}"
        return f"{median(self.rates[peer]):,.0f}", cost

    def ratio(self, ours: str, peer: str) -> str:
        """Return our documents a second as a ratio to a peer's, judged where there is a goal."""
        ratio = median(self.rates[ours]) / median(self.rates[peer])
        if self.kilobytes != _GOAL_KILOBYTES or peer not in _GOALS:
            return f"{ratio:.2f}"
        return f"{ratio:.2f} ({'within' if ratio >= _GOALS[peer] else 'UNDER'} {_GOALS[peer]:g})"
