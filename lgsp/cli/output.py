"""How commands speak: tables and colour to people, JSON lines to programs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

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
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for fact in facts:
        table.add_row(*(_cell(fact.get(column, "")) for column in columns))
    console.print(table)


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
        complaints.print(error.say(language), style="red", markup=False)
        complaints.print(error.say("vi" if language == "en" else "en"), style="dim", markup=False)
        raise typer.Exit(1) from None


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)
