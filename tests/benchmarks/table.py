"""Figures as one table for people: a column a measurement, a row a quantity; and what they are to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.benchmarks.figure import Figure
    from tests.benchmarks.steps import Step

#: The bus against another: the least that its throughput is to be of the other's.
GOALS: Final = {"straight": 0.7, "naive": 10.0}
_WIDTH: Final = 150


def show(facts: Mapping[str, str], figures: Mapping[str, Figure], alone: Sequence[Step]) -> None:
    """Print all that was found."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    for name, value in facts.items():
        console.print(f"[bold]{name:<12}[/] {value}", highlight=False)
    if figures:
        console.print(_table_of(figures))
    for line in told(figures):
        console.print(line, highlight=False)
    if alone:
        console.print(_steps_of(alone))


def told(figures: Mapping[str, Figure]) -> Iterator[str]:
    """Yield what figures are to one another, a sentence each."""
    for name, ours in figures.items():
        way, _, size = name.partition(" ")
        others = [] if way != "bus" else [(other, figures.get(f"{other} {size}")) for other in GOALS]
        for other, figure in others:
            if figure:
                ratio, goal = ours.rate / figure.rate, GOALS[other]
                judged = f" ({'within' if ratio >= goal else 'UNDER'} {goal:g})" if size == "3 KB" else ""
                cost = ours.cost / figure.cost
                yield f"{name}: {ratio:.2f} of the {figure.what}'s documents/s{judged}, {cost:.2f} of its CPU"
    evidence, bus = figures.get("evidence"), figures.get("bus 3 KB")
    if evidence and bus:
        yield f"evidence: {100 * evidence.cost / bus.cost:.1f} % of the CPU of the whole way (goal: under 10 %)"


def _table_of(figures: Mapping[str, Figure]) -> Table:
    table = Table(title_justify="left", show_edge=False)
    table.add_column("")
    for name in figures:
        table.add_column(name, justify="right")
    for rows in _sections(list(figures.values())):
        for row in rows:
            table.add_row(*row)
        table.add_section()
    return table


def _sections(figures: Sequence[Figure]) -> Iterator[list[list[str]]]:
    delays = [figure.delay for figure in figures]
    yield [
        ["documents", *(f"{figure.documents:,}" for figure in figures)],
        ["documents/s", *(f"[bold]{figure.rate:,.0f}[/]" for figure in figures)],
    ]
    if any(delays):
        yield [
            ["at half of that: p50 ms", *(f"{1000 * delay.half:,.0f}" if delay else "" for delay in delays)],
            ["p99 ms", *(f"{1000 * delay.nearly_all:,.0f}" if delay else "" for delay in delays)],
        ]
    yield [
        ["CPU ms/document, without clients", *(f"[bold]{figure.cost:.2f}[/]" for figure in figures)],
        *_by_name(figures, lambda figure: figure.costs, "{:.2f}"),
    ]
    yield [["most memory, MiB"], *_by_name(figures, lambda figure: figure.memory, "{:,.0f}")]
    yield [["disk, bytes/document"], *_by_name(figures, lambda figure: figure.disk, "{:,.0f}")]


def _by_name(
    figures: Sequence[Figure], part: Callable[[Figure], Mapping[str, float]], form: str
) -> Iterable[list[str]]:
    for name in dict.fromkeys(name for figure in figures for name in part(figure)):
        yield [f"  {name}", *(form.format(part(figure)[name]) if name in part(figure) else "" for figure in figures)]


def _steps_of(alone: Sequence[Step]) -> Table:
    table = Table(title="CPU milliseconds of single steps", title_justify="left")
    for heading in ("", "CPU ms", "times the floor", "goal"):
        table.add_column(heading, justify="left" if not heading else "right")
    for step in alone:
        within = "" if step.goal is None else f"{'within' if step.cost <= step.goal else 'OVER'} {step.goal:.3g}"
        table.add_row(step.what, f"{step.cost:.3f}", f"{step.ratio:.2f}", within)
    return table
