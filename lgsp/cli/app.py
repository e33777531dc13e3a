"""The command line's front page: which commands there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperGroup


class _Place(NamedTuple):
    """Where a command, or a group of commands, is written, and under which heading it is shown."""

    heading: str
    module: str
    name: str = "app"


SEE: Final = "See how it works"
RUN: Final = "Run the bus"
DOCUMENTS: Final = "Documents"
OPERATE: Final = "Set up and operate"

#: A command is loaded when it is asked for: a process of the bus does not wait for what reports and schemas need.
_PLACES: Final = {
    "demo": _Place(SEE, "lgsp.demo", "demo"),
    "serve": _Place(RUN, "lgsp.cli.processes", "serve"),
    "intake": _Place(RUN, "lgsp.cli.processes", "intake"),
    "relay": _Place(RUN, "lgsp.cli.processes", "relay"),
    "courier": _Place(RUN, "lgsp.cli.processes", "courier"),
    "upkeep": _Place(RUN, "lgsp.cli.processes", "upkeep"),
    "validate": _Place(DOCUMENTS, "lgsp.cli.validating", "validate"),
    "sign": _Place(DOCUMENTS, "lgsp.cli.documents", "sign"),
    "send": _Place(DOCUMENTS, "lgsp.cli.documents", "send"),
    "inbox": _Place(DOCUMENTS, "lgsp.cli.documents", "inbox"),
    "trace": _Place(DOCUMENTS, "lgsp.cli.tracing", "trace"),
    "report": _Place(DOCUMENTS, "lgsp.cli.reporting", "report"),
    "overdue": _Place(DOCUMENTS, "lgsp.cli.overdue", "overdue"),
    "status": _Place(OPERATE, "lgsp.cli.status", "status"),
    "check": _Place(OPERATE, "lgsp.cli.check", "check"),
    "adapters": _Place(OPERATE, "lgsp.cli.check", "adapters"),
    "restore": _Place(OPERATE, "lgsp.cli.backup", "restore_"),
    "simulate": _Place(SEE, "lgsp.simulate", "simulate"),
    "dead": _Place(OPERATE, "lgsp.cli.failed", "dead"),
    "replay": _Place(OPERATE, "lgsp.cli.failed", "replay"),
    "evidence": _Place(DOCUMENTS, "lgsp.cli.evidence"),
    "agency": _Place(OPERATE, "lgsp.cli.agencies"),
    "schemas": _Place(OPERATE, "lgsp.cli.schemas"),
    "rules": _Place(OPERATE, "lgsp.cli.rules"),
    "hold": _Place(OPERATE, "lgsp.cli.holds"),
    "keys": _Place(OPERATE, "lgsp.cli.keys"),
    "db": _Place(OPERATE, "lgsp.cli.database"),
    "backup": _Place(OPERATE, "lgsp.cli.backup"),
}
_STYLE: Final[dict[str, Any]] = {"rich_markup_mode": "markdown", "pretty_exceptions_show_locals": False}


class _Commands(Mapping[str, Any]):
    """The commands by their names, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


class _FrontPage(TyperGroup):
    """Shows all commands, and loads those that are asked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands: Any = _Commands()


@cache
def _loaded(name: str) -> Any:
    """Return a command, made as if it were written on this page."""
    place = _PLACES[name]
    written = getattr(import_module(place.module), place.name)
    page = typer.Typer(**_STYLE, callback=lambda: None)
    if isinstance(written, typer.Typer):
        page.add_typer(written, name=name, rich_help_panel=place.heading)
    else:
        page.command(name, rich_help_panel=place.heading)(written)
    made: Any = typer.main.get_command(page)
    return made.commands[name]


app: Final = typer.Typer(
    **_STYLE,
    name="lgsp",
    cls=_FrontPage,
    no_args_is_help=True,
    callback=lambda: None,
    help="The message bus through which a province's agencies exchange signed documents.\n\n"
    "Start with `lgsp demo`: it shows the whole way on this machine, with no server installed.",
)
