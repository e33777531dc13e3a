"""How commands speak: tables and colour to people, JSON lines to programs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lgsp.model.errors import LgspError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lgsp.model.text import Language

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="JSON, one object a line (the default when piped).")]


def for_programs(as_json: bool) -> bool:  # noqa: FBT001 - the switch as the command got it
    """Tell whether to print JSON: when asked for, or when nobody is looking."""
    return as_json or not sys.stdout.isatty()


def rows(title: str, columns: Sequence[str], facts: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print one row a fact: the named columns as a table, or everything as JSON lines."""
    if for_programs(as_json):
        for fact in facts:
            line(fact)
        return
    cells = [[_cell(fact.get(column)) for column in columns] for fact in facts]
    console.print(table(title, columns, cells))


def table(title: str, columns: Sequence[str], cells: Sequence[Sequence[str | Text]]) -> Table:
    """Return a table for people. Columns with nothing in them are left out; the first, an identifier, is never cut."""
    shown = [n for n, _ in enumerate(columns) if any(len(row[n]) for row in cells)]
    drawn = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, n in enumerate(shown):
        drawn.add_column(columns[n].replace("_", " "), overflow="fold", no_wrap=place == 0)
    for row in cells:
        drawn.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in (row[n] for n in shown)))
    return drawn


def line(fact: Mapping[str, Any]) -> None:
    """Print one fact as a line of JSON."""
    sys.stdout.buffer.write(orjson.dumps(dict(fact), default=str, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


@contextmanager
def told_plainly(language: Language = "en") -> Iterator[None]:
    """Turn our own errors into words on standard error, in both languages, and exit status 1."""
    try:
        yield
    except LgspError as error:
        complaints.print(error.say(language), style="red", markup=False, soft_wrap=True)
        complaints.print(error.say("vi" if language == "en" else "en"), style="dim", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)
