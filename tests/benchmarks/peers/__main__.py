"""`python -m tests.benchmarks.peers`: documents a second of each, interleaved on this machine, medians and ratios."""

from __future__ import annotations

import argparse
import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from tests.benchmarks.ground import about, prepared
from tests.benchmarks.papers import SENDERS, Form, make_keys, make_papers
from tests.benchmarks.peers.door import soap_door
from tests.benchmarks.peers.java import santuario
from tests.benchmarks.peers.load import Failed, Load
from tests.benchmarks.peers.peer import Skipped
from tests.benchmarks.peers.python import spyne

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.ground import Ground
    from tests.benchmarks.peers.peer import Peer

#: The least that the door's documents a second are to be, as a ratio to a peer's, at 10 KB.
_GOALS: Final = {"Santuario": 1.0, "Spyne, signxml": 2.0}
_GOAL_KILOBYTES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Documents of one size, by so many connections."""

    kilobytes: int
    connections: int
    #: Documents a second in each turn, by peer.
    rates: dict[str, list[float]] = field(default_factory=dict)

    @property
    def medians(self) -> dict[str, float]:
        return {name: median(rates) for name, rates in self.rates.items()}


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    console = Console(stderr=True)
    with ExitStack() as stack:
        ground, _ = stack.enter_context(prepared())
        keys = make_keys(ground.folder)
        facts = about(ground)
        peers = list(_entered(stack, ground, max(wanted.connections), console))
        cases = [_Case(kilobytes=size, connections=each) for size in wanted.kilobytes for each in wanted.connections]
        first = 0
        for case in cases:
            amount = min(wanted.documents, max(100, 20 * wanted.documents // case.kilobytes))
            for turn in range(-wanted.warm, wanted.turns):
                numbers = range(first, first + amount * len(SENDERS), len(SENDERS))  # all of one sender
                first = numbers.stop
                papers = list(
                    chain.from_iterable(make_papers(keys, numbers, Form(kilobytes=case.kilobytes, recipients=1)))
                )
                for peer in peers:
                    rate = _measured(peer, papers, case.connections)
                    console.print(
                        f"{case.kilobytes} KB, {case.connections} at once, turn {turn}: {peer.name} {rate:,.0f}"
                    )
                    if turn >= 0:
                        case.rates.setdefault(peer.name, []).append(rate)
    _show(facts, cases)
    if wanted.json:
        told = [{"kilobytes": case.kilobytes, "connections": case.connections, "rates": case.rates} for case in cases]
        wanted.json.write_text(json.dumps(facts | {"cases": told}, ensure_ascii=False, indent=2), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers", description=__doc__)
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[3, 10, 100], help="sizes (default: %(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[4, 32], help="at once (default: %(default)s)")
    parser.add_argument(
        "--documents", type=int, default=800, help="each turn; fewer of the large (default: %(default)s)"
    )
    parser.add_argument("--turns", type=int, default=5, help="that count (default: %(default)s)")
    parser.add_argument("--warm", type=int, default=2, help="turns before that do not count (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _entered(stack: ExitStack, ground: Ground, connections: int, console: Console) -> Iterator[Peer]:
    for peer in (santuario(ground, connections), spyne(ground), soap_door(ground)):
        try:
            yield stack.enter_context(peer)
        except Skipped as skipped:
            console.print(f"Skipped. {skipped}")


def _measured(peer: Peer, papers: Sequence[bytes], connections: int) -> float:
    """Return documents a second, from the first request until all are where this peer takes them to."""
    requests = [peer.request(octets) for octets in papers]
    begun = time.perf_counter()
    try:
        Load(peer.port, connections).send(requests)
    except Failed as failed:
        failed.add_note(peer.log.read_text(encoding="utf-8", errors="replace")[-3000:])
        raise
    peer.settled(len(requests))
    return len(requests) / (time.perf_counter() - begun)


def _show(facts: dict[str, str], cases: Sequence[_Case]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    for name, value in facts.items():
        console.print(f"[bold]{name:<12}[/] {value}", highlight=False)
    names = list(dict.fromkeys(name for case in cases for name in case.rates))
    table = Table(title="documents a second, medians; and the SOAP door's as a ratio to each", title_justify="left")
    for heading in ("size", "at once", *names, *(f"to {name}" for name in names[:-1])):
        table.add_column(heading, justify="right")
    for case in cases:
        medians = case.medians
        ours = medians[names[-1]]
        ratios = [_judged(case, name, ours / medians[name]) for name in names[:-1]]
        row = [f"{medians[name]:,.0f}" for name in names]
        table.add_row(f"{case.kilobytes} KB", str(case.connections), *row, *ratios)
    console.print(table)


def _judged(case: _Case, peer: str, ratio: float) -> str:
    if case.kilobytes != _GOAL_KILOBYTES or peer not in _GOALS:
        return f"{ratio:.2f}"
    return f"{ratio:.2f} ({'within' if ratio >= _GOALS[peer] else 'UNDER'} {_GOALS[peer]:g})"


if __name__ == "__main__":
    main()
