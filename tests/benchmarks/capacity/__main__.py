"""`python -m tests.benchmarks.capacity`: what a province, a nation and more need, by the figures measured.

With `--measure` the figures are measured anew first, on this machine, and kept in `figures.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.benchmarks.capacity.checking import by_load, measured_rate, simulated_rate
from tests.benchmarks.capacity.demand import SIZES
from tests.benchmarks.capacity.figures import FILE, load
from tests.benchmarks.capacity.measuring import PAPERS, measured
from tests.benchmarks.capacity.plot import plot
from tests.benchmarks.capacity.sizing import bought, told
from tests.benchmarks.ground import prepared
from tests.benchmarks.papers import Form, make_keys, make_papers


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    if wanted.measure:
        _measure()
    figures, console = load(), Console(width=120)
    for name, value in figures.facts.items():
        console.print(f"[bold]{name:<12}[/] {value}", highlight=False)
    measured_there, simulated = measured_rate(figures), simulated_rate(figures)
    console.print(
        f"the whole way there: {measured_there:,.0f} documents/s measured, {simulated:,.0f} simulated"
        f" ({100 * (simulated / measured_there - 1):+.1f} %)",
        highlight=False,
    )
    sizes = {size.name: bought(figures, size) for size in SIZES}
    table = Table(title="In the busiest hour", title_justify="left")
    for heading in ("", *(f"{size.name}, {size.envelopes:,.0f}/s" for size in SIZES)):
        table.add_column(heading, justify="right" if heading else "left")
    for line in told(sizes):
        table.add_row(*line)
    console.print(table)
    if wanted.plot:
        title = "Seconds from arrival to the recipient, on the machine measured, nobody else on it"
        wanted.plot.write_text(plot(list(by_load(figures)), title), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.capacity", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure first: some minutes, on a quiet machine")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw how long documents take by load, as SVG")
    return parser.parse_args()


def _measure() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    say = Console(file=sys.stderr)
    with prepared() as (ground, brokers):
        made = make_papers(make_keys(ground.folder), range(PAPERS), Form())
        signed = track(made, "signing", total=PAPERS // 50, console=say)
        papers = [paper for portion in signed for paper in portion]
        found = measured(ground, brokers, papers)
    FILE.write_text(json.dumps(kept | found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
