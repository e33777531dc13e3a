"""Commands that show who takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lgsp.cli.agencies.asking import At, Code, known, moment, refuse, shown
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import AgencyCode, Bloc, Level, State
from lgsp.model.text import Text
from lgsp.output import AsJson, console, for_programs, line, rows, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.assembly import Assembly
    from lgsp.model.agency import Agency

app = typer.Typer()

_COLUMNS = ("code", "name", "level", "bloc", "parent", "state", "successor", "adapter")


@app.command("list")
def list_(
    config: Config = DEFAULT_CONFIG,
    *,
    level: Annotated[Level | None, typer.Option(help="Only those of this level.")] = None,
    bloc: Annotated[Bloc | None, typer.Option(help="Only those of this bloc.")] = None,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """List the agencies, as they are or as they were.

    lgsp agency list --level commune --at 2025-06-30
    """
    wanted = {"level": level, "bloc": bloc, "state": state}
    with assembled(config) as assembly:
        found = [
            agency
            for agency in assembly.directory.agencies(moment(at))
            if all(value in {None, getattr(agency, name)} for name, value in wanted.items())
        ]
        facts = [{column: getattr(agency, column) for column in _COLUMNS} for agency in found]
        rows(f"{len(facts)} agencies", _COLUMNS, facts, as_json=as_json)


@app.command()
def show(code: Code, config: Config = DEFAULT_CONFIG, *, at: At = None, as_json: AsJson = False) -> None:
    """Show an agency by any of its codes: what it is at a time, its other codes, and its history.

    lgsp agency show 000.00.00.H03 --at 2025-07-01
    """
    with assembled(config) as assembly:
        agency = assembly.directory.find(AgencyCode(code), moment(at)) if at else known(assembly, code)
        if agency is None:
            cure = Text("leave --at out to see when it counts", "bỏ --at để xem mã có hiệu lực khi nào")
            refuse(f"agency {code}", Text("a code that counts then", "mã có hiệu lực khi đó"), code, cure)
        parts = _parts(assembly, agency)
        fact = {**{column: getattr(agency, column) for column in _COLUMNS}, **parts}
        if for_programs(as_json):
            line(fact)
            return
        console.print(f"[bold]{agency.code}[/]  ", end="")
        console.print(agency.name, markup=False)
        console.print(table("As it is", _COLUMNS[2:], [[str(fact[column] or "") for column in _COLUMNS[2:]]]))
        for title, facts in parts.items():
            if facts:
                names = list(facts[0])
                cells = [[str(each[name] or "") for name in names] for each in facts]
                console.print(table(title.replace("_", " ").capitalize(), names, cells))


def _parts(assembly: Assembly, agency: Agency) -> dict[str, list[dict[str, Any]]]:
    directory, code = assembly.directory, agency.code
    return {
        "aliases": [
            {"code": alias.code, "scheme": alias.scheme, "from": shown(alias.since), "until": shown(alias.until)}
            for alias in directory.aliases(code)
        ],
        "history": [
            {
                "from": shown(tenure.since),
                "until": shown(tenure.until),
                "level": tenure.level,
                "bloc": tenure.bloc,
                "parent": tenure.parent,
                "state": tenure.state,
                "successor": tenure.successor,
            }
            for tenure in directory.tenures(code)
        ],
        "groups": [
            {"group": group.code, "name": group.name, "from": shown(span.since), "until": shown(span.until)}
            for group in directory.groups()
            for member, span in group.members
            if member == code
        ],
        "speaking": list(_speaking(assembly, code)),
    }


def _speaking(assembly: Assembly, code: AgencyCode) -> Iterator[dict[str, Any]]:
    for (speaker, agency), spans in assembly.directory.speakers().items():
        for span in spans if code in {speaker, agency} else ():
            yield {"speaker": speaker, "for": agency, "from": shown(span.since), "until": shown(span.until)}
