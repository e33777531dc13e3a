"""`python -m tests.benchmarks`: measure everything in one run, print one table, keep it with a picture."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks import kept, plot
from tests.benchmarks.carrying import Carrying
from tests.benchmarks.evidence import evidence_alone, proofs
from tests.benchmarks.ground import about, prepared
from tests.benchmarks.measures import BATCH, intake_alone
from tests.benchmarks.papers import Form, Papers, make_keys, make_papers
from tests.benchmarks.plan import CASES, Case, middle
from tests.benchmarks.steps import steps, verifying
from tests.benchmarks.table import show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.benchmarks.figure import Figure
    from tests.benchmarks.ground import Ground

_PARTS: Final = ("intake", "evidence", "steps")


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    chosen = [case for case in CASES if not wanted.only or case.name in wanted.only]
    console = Console(file=sys.stderr)  # this very stream, also while events are written elsewhere
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with prepared() as (ground, brokers), Progress(*columns, console=console) as progress:
        facts = about(ground)
        run = Run(ground, brokers, progress, wanted)
        figures = run.cases(chosen)
        figures |= run.parts([part for part in _PARTS if not wanted.only or part in wanted.only])
    alone = [*steps(), *verifying(), *proofs()] if not wanted.only or "steps" in wanted.only else []
    show(facts, figures, alone)
    found = kept.as_kept(facts, figures, alone)
    file = wanted.json or kept.PLACE / f"{datetime.now(UTC):%Y-%m-%dT%H%M}.json"
    kept.keep(found, file)
    if figures:
        file.with_suffix(".svg").write_text(plot.costs(figures, f"{facts['machine']}, {facts['date']}"), "utf-8")
    console.print(f"kept in {file} and {file.with_suffix('.svg').name}", highlight=False)
    if wanted.against:
        kept.compare(found, wanted.against)


def _arguments() -> argparse.Namespace:
    names = [case.name for case in CASES]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=4000, help="of 3 KB; fewer of others (default: %(default)s)")
    parser.add_argument("--full", action="store_true", help="200,000 documents of 3 KB through the bus")
    parser.add_argument("--turns", type=int, default=3, help="of bus and straight line, medians (default: %(default)s)")
    parser.add_argument("--only", nargs="+", choices=[*names, *_PARTS], metavar="NAME", help=f"of {names}, {_PARTS}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures there, not in var/bench")
    parser.add_argument("--against", type=Path, metavar="FILE", help="say what changed since those were kept")
    return parser.parse_args()


class Run:
    """Measurements on one ground, and the documents they share: each way has a database of its own."""

    def __init__(
        self, ground: Ground, brokers: Mapping[str, str], progress: Progress, wanted: argparse.Namespace
    ) -> None:
        """`brokers`: where each sender connects, the virtual host left out."""
        self._ground, self._brokers, self._progress, self._wanted = ground, brokers, progress, wanted
        self._keys = make_keys(ground.folder)
        self._papers: dict[Form, Papers] = {}

    def cases(self, cases: Sequence[Case]) -> dict[str, Figure]:
        """Measure each, some several times in turns; return the middle figure of each."""
        found: dict[str, list[Figure]] = {case.name: [] for case in cases}
        for turn in range(self._wanted.turns):
            for case in cases:
                if turn == 0 or case.repeated:
                    found[case.name].append(self._case(case, f"{case.name}, turn {turn + 1}"))
        return {name: middle(figures) for name, figures in found.items()}

    def parts(self, names: Sequence[str]) -> dict[str, Figure]:
        """Measure parts of the way."""
        figures, count = {}, self._wanted.documents
        if "intake" in names:
            papers = self._signed(Form(), count + BATCH)
            figures["intake"] = intake_alone(self._ground, papers[: count + BATCH], self._task("intake", count))
        if "evidence" in names:
            figures["evidence"] = evidence_alone(self._ground, count, self._task("evidence", count))
        return figures

    def _case(self, case: Case, told: str) -> Figure:
        warm, count = case.warm(self._wanted.documents), case.measured(self._wanted.documents, full=self._wanted.full)
        late = min(count, self._wanted.documents) // 2 if case.delayed else 0
        papers = self._signed(case.form, warm + count + late)
        done = self._task(told, count + late)
        with case.way(self._ground) as way, closing(Carrying(self._ground, way, self._brokers, papers)) as carrying:
            if case.by_claim:
                carrying.upload(range(warm + count + late))
            carrying.warm(range(warm))
            figure = carrying.measured(range(warm, warm + count), done, by_soap=case.by_soap)
            return carrying.delayed(figure, range(warm + count, warm + count + late), done) if late else figure

    def _signed(self, form: Form, count: int) -> Papers:
        if form not in self._papers:
            self._papers[form] = Papers(self._ground.folder / f"{form.kilobytes}.papers")
        papers = self._papers[form]
        numbers = range(len(papers), max(count, len(papers)))
        done = self._task(f"signing, {form.kilobytes} KB", len(numbers))
        for portion in make_papers(self._keys, numbers, form):
            papers.add(portion)
            done(len(portion))
        return papers

    def _task(self, told: str, count: int) -> Callable[[int], None]:
        return partial(self._progress.advance, self._progress.add_task(told, total=count, visible=count > 0))


if __name__ == "__main__":
    main()
