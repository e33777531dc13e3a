"""`python -m tests.benchmarks`: measure everything in one run and print one table."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from signing import KeyKind
from tests.benchmarks.bare import bare_loop
from tests.benchmarks.ground import about, prepared
from tests.benchmarks.measures import BATCH, Figure, intake_alone, whole_way_by_amqp, whole_way_by_soap
from tests.benchmarks.papers import SENDERS, make_papers
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.benchmarks.ground import Ground

_WARM: Final = 2 * BATCH


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    console = Console(file=sys.stderr)  # this very stream, also while events are written elsewhere
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with prepared() as (ground, brokers), Progress(*columns, console=console) as progress:
        facts = about(ground)
        papers = _papers(ground, wanted.documents + _WARM, progress)
        facts["documents"] = f"{sum(map(len, papers)) / len(papers):,.0f} bytes, RSA-2048, two recipients each"
        measures: dict[str, Callable[..., Figure]] = {
            "bare": partial(bare_loop, ground, papers),
            "intake": partial(intake_alone, ground, papers),
            "amqp": partial(whole_way_by_amqp, ground, brokers, papers, _WARM),
            "soap": partial(whole_way_by_soap, ground, papers, _WARM),
        }
        figures = {}
        for name in wanted.only or measures:
            task = progress.add_task(name, total=wanted.documents)
            figures[name] = measures[name](done=partial(progress.advance, task))
            progress.update(task, completed=wanted.documents)
    _show(facts, figures)
    if wanted.json:
        wanted.json.write_text(json.dumps(_as_json(facts, figures), ensure_ascii=False, indent=2), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=5000, help="for each measurement (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=["bare", "intake", "amqp", "soap"], help="leave out the others")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _papers(ground: Ground, count: int, progress: Progress) -> list[bytes]:
    """Sign documents with the keys that every province of this run will share."""
    ground.folder.mkdir(exist_ok=True)
    keys = ground.folder / "keys"
    make_province(ground.folder / "signers", [an_agency(code) for code in SENDERS], kind=KeyKind.RSA_2048, keys=keys)
    task = progress.add_task("signing documents", total=count)
    papers: list[bytes] = []
    for portion in make_papers(keys, count):
        papers += portion
        progress.advance(task, len(portion))
    return papers


def _show(facts: Mapping[str, str], figures: Mapping[str, Figure]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    for name, value in facts.items():
        console.print(f"[bold]{name:<12}[/] {value}", highlight=False)
    processes = list(dict.fromkeys(name for figure in figures.values() for name in figure.cpu))
    table = Table(title="CPU milliseconds a document", title_justify="left")
    for heading in ("", "documents", "documents/s", "all", *processes):
        table.add_column(heading, justify="left" if not heading else "right")
    for figure in figures.values():
        costs = [f"{figure.costs[name]:.2f}" if name in figure.cpu else "" for name in processes]
        table.add_row(figure.what, f"{figure.documents:,}", f"{figure.rate:,.0f}", f"{figure.cost:.2f}", *costs)
    console.print(table)
    for line in _ratios(figures):
        console.print(line, highlight=False)


def _ratios(figures: Mapping[str, Figure]) -> Sequence[str]:
    if "bare" not in figures:
        return []
    bare = figures["bare"].cost
    return [
        f"{figure.what}: {figure.cost / bare:.2f} times the CPU of the bare loop over the same libraries"
        for name, figure in figures.items()
        if name != "bare"
    ]


def _as_json(facts: Mapping[str, str], figures: Mapping[str, Figure]) -> dict[str, object]:
    return {
        **facts,
        "figures": {
            name: {
                "what": figure.what,
                "documents": figure.documents,
                "seconds": round(figure.seconds, 3),
                "documents_per_second": round(figure.rate, 1),
                "cpu_ms_per_document": {k: round(v, 4) for k, v in figure.costs.items()},
                "cpu_ms_per_document_all": round(figure.cost, 4),
            }
            for name, figure in figures.items()
        },
    }


if __name__ == "__main__":
    main()
