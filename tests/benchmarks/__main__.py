"""`python -m tests.benchmarks`: measure everything in one run and print one table."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from signing import KeyKind
from tests.benchmarks.bare import bare_loop
from tests.benchmarks.evidence import evidence_alone, proofs
from tests.benchmarks.ground import about, prepared
from tests.benchmarks.measures import BATCH, Figure, intake_alone, whole_way_by_amqp, whole_way_by_soap
from tests.benchmarks.papers import SENDERS, make_papers
from tests.benchmarks.steps import steps, verifying
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.benchmarks.ground import Ground
    from tests.benchmarks.steps import Step

_WARM: Final = 2 * BATCH
_MEASURES: Final = ("bare", "intake", "amqp", "soap", "evidence")
_WHOLE_WAYS: Final = ("amqp", "soap")


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
            "evidence": partial(evidence_alone, ground, wanted.documents),
        }
        figures = {}
        for name in [name for name in wanted.only or measures if name in measures]:
            task = progress.add_task(name, total=wanted.documents)
            figures[name] = measures[name](done=partial(progress.advance, task))
            progress.update(task, completed=wanted.documents)
    alone = [*steps(), *verifying(), *proofs()] if not wanted.only or "steps" in wanted.only else []
    _show(facts, figures, alone)
    if wanted.json:
        told = _as_json(facts, figures) | {"steps": [asdict(step) | {"ratio": step.ratio} for step in alone]}
        wanted.json.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=5000, help="for each measurement (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=[*_MEASURES, "steps"], help="leave out the others")
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


def _show(facts: Mapping[str, str], figures: Mapping[str, Figure], alone: Sequence[Step]) -> None:
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
    if figures:
        console.print(table)
    for line in _ratios(figures):
        console.print(line, highlight=False)
    if alone:
        console.print(_table_of(alone))


def _table_of(alone: Sequence[Step]) -> Table:
    table = Table(title="CPU milliseconds of single steps", title_justify="left")
    for heading in ("", "CPU ms", "times the floor", "goal"):
        table.add_column(heading, justify="left" if not heading else "right")
    for step in alone:
        within = "" if step.goal is None else f"{'within' if step.cost <= step.goal else 'OVER'} {step.goal:.3g}"
        table.add_row(step.what, f"{step.cost:.3f}", f"{step.ratio:.2f}", within)
    return table


def _ratios(figures: Mapping[str, Figure]) -> Sequence[str]:
    bare, evidence = figures.get("bare"), figures.get("evidence")
    ways = [figures[name] for name in _WHOLE_WAYS if name in figures]
    return [
        f"{figure.what}: {figure.cost / bare.cost:.2f} times the CPU of the bare loop over the same libraries"
        for name, figure in figures.items()
        if bare and name not in {"bare", "evidence"}
    ] + [
        f"evidence: {100 * evidence.cost / way.cost:.1f} % of the CPU of the {way.what} (goal: under 10 %)"
        for way in ways
        if evidence
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
