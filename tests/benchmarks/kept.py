"""Figures as they are kept, and what changed since they were kept before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table

from tests.benchmarks.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.benchmarks.figure import Figure
    from tests.benchmarks.steps import Step

PLACE: Final = ROOT / "var" / "bench"
_COMPARED: Final = {"documents/s": "documents_per_second", "CPU ms/document": "cpu_ms_per_document_all"}


def as_kept(facts: Mapping[str, str], figures: Mapping[str, Figure], alone: Sequence[Step]) -> dict[str, Any]:
    """Return everything that was found."""
    steps = [{"what": step.what, "cpu_ms": step.cost, "ratio": step.ratio, "goal": step.goal} for step in alone]
    return {**facts, "figures": {name: figure.as_json() for name, figure in figures.items()}, "steps": steps}


def keep(found: Mapping[str, Any], file: Path) -> None:
    """Write what was found."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, ensure_ascii=False, indent=2), encoding="utf-8")


def compare(found: Mapping[str, Any], before: Path) -> None:
    """Print what changed since. Only figures of the same machine say anything."""
    earlier = json.loads(before.read_text(encoding="utf-8"))
    table = Table(title=f"since {earlier['date']}", title_justify="left")
    table.add_column("")
    for heading in _COMPARED:
        for each in (heading, "now", "change"):
            table.add_column(each, justify="right")
    for name, now in found["figures"].items():
        if then := earlier["figures"].get(name):
            table.add_row(name, *(cell for key in _COMPARED.values() for cell in _change(then[key], now[key])))
    console = Console()
    if earlier["machine"] != found["machine"]:
        console.print(f"Measured on another machine: {earlier['machine']}", highlight=False)
    console.print(table)


def _change(then: float, now: float) -> tuple[str, str, str]:
    return f"{then:,.2f}", f"{now:,.2f}", f"{100 * (now / then - 1):+.1f} %"
