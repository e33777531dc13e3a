"""`python -m tests.benchmarks.peers`: documents a second of each, interleaved on this machine, medians and ratios."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from tests.benchmarks import kept
from tests.benchmarks.ground import about, prepared
from tests.benchmarks.papers import SENDERS, Form, make_keys, make_papers
from tests.benchmarks.peers.case import Case
from tests.benchmarks.peers.door import soap_door
from tests.benchmarks.peers.java import santuario
from tests.benchmarks.peers.peer import Skipped
from tests.benchmarks.peers.python import spyne

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmarks.ground import Ground
    from tests.benchmarks.peers.peer import Peer

_LEAST: Final = 100
#: A turn of larger documents than this has fewer of them.
_MANY_KILOBYTES: Final = 20


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    console = Console(stderr=True)
    cases = [Case(kilobytes=size, connections=each) for size in wanted.kilobytes for each in wanted.connections]
    with ExitStack() as stack:
        ground, _ = stack.enter_context(prepared())
        keys, facts = make_keys(ground.folder), about(ground)
        peers = list(_entered(stack, ground, wanted, console))
        first = 0
        for case in cases:
            form = Form(kilobytes=case.kilobytes, recipients=1)
            amount = min(wanted.documents, max(_LEAST, _MANY_KILOBYTES * wanted.documents // case.kilobytes))
            for turn in range(-wanted.warm, wanted.turns):
                numbers = range(first, first + amount * len(SENDERS), len(SENDERS))  # all of one sender
                first = numbers.stop
                papers = list(chain.from_iterable(make_papers(keys, numbers, form)))
                for peer in peers:
                    servers = [ground.postgres.pid, ground.broker.pid]
                    rate = case.measure(peer, papers, servers, counts=turn >= 0)
                    said = f"{case.kilobytes} KB, {case.connections} at once, turn {turn}: {peer.name} {rate:,.0f}"
                    console.print(said, highlight=False)
    _show(facts, cases, [peer.name for peer in peers])
    file = wanted.json or kept.PLACE / f"peers-{datetime.now(UTC):%Y-%m-%dT%H%M}.json"
    kept.keep({**facts, "cases": [asdict(case) for case in cases]}, file)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers", description=__doc__)
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[3, 10, 100], help="sizes (default: %(default)s)")
    parser.add_argument("--connections", type=int, nargs="+", default=[4, 32], help="at once (default: %(default)s)")
    parser.add_argument("--documents", type=int, default=800, help="a turn, of 3 KB (default: %(default)s)")
    parser.add_argument("--turns", type=int, default=5, help="that count (default: %(default)s)")
    parser.add_argument("--warm", type=int, default=2, help="turns before that do not count (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="of our intake (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures there, not in var/bench")
    return parser.parse_args()


def _entered(stack: ExitStack, ground: Ground, wanted: argparse.Namespace, console: Console) -> Iterator[Peer]:
    threads = max(wanted.connections)
    for peer in (santuario(ground, threads), spyne(ground), soap_door(ground, wanted.processes)):
        try:
            yield stack.enter_context(peer)
        except Skipped as skipped:
            console.print(f"Skipped. {skipped}")


def _show(facts: Mapping[str, str], cases: Sequence[Case], names: Sequence[str]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    for name, value in facts.items():
        console.print(f"[bold]{name:<12}[/] {value}", highlight=False)
    *others, ours = names
    title = "documents/s; CPU ms a document, own processes + servers; the SOAP door's documents/s as a ratio; medians"
    table = Table(title=title, title_justify="left")
    headings = [heading for name in names for heading in (name, "CPU ms")] + [f"to {name}" for name in others]
    for heading in ("size", "at once", *headings):
        table.add_column(heading, justify="right")
    for case in cases:
        told = chain.from_iterable(case.told(name) for name in names)
        ratios = (case.ratio(ours, name) for name in others)
        table.add_row(f"{case.kilobytes} KB", str(case.connections), *told, *ratios)
    console.print(table)


if __name__ == "__main__":
    main()
