"""Commands about groups of recipients."""

from __future__ import annotations

from typing import Annotated

import typer

from lgsp.cli.agencies.asking import Since, Until, moment, shown
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import AgencyCode
from lgsp.output import AsJson, rows

app = typer.Typer(no_args_is_help=True, help="Codes under which several agencies are written to at once.")

GroupCode = Annotated[str, typer.Argument(help="The group's code: what a sender writes as the recipient.")]


@app.command()
def add(
    code: GroupCode, name: Annotated[str, typer.Argument(help="Its name.")], config: Config = DEFAULT_CONFIG
) -> None:
    """Make a group, or change its name.

    lgsp agency group add H03.TATCASO "Các sở, ban, ngành"
    """
    with assembled(config) as assembly:
        assembly.directory.add_group(AgencyCode(code), name)


@app.command()
def members(
    code: GroupCode,
    config: Config = DEFAULT_CONFIG,
    *,
    add_: Annotated[list[str] | None, typer.Option("--add", help="An agency to put in; may be repeated.")] = None,
    end: Annotated[list[str] | None, typer.Option(help="An agency to take out; may be repeated.")] = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Put agencies into a group or take them out, and list its members. A document reaches those of its day.

    lgsp agency group members H03.TATCASO --add H03.11 --add H03.12 --from 2026-01-01
    """
    group = AgencyCode(code)
    with assembled(config) as assembly:
        if add_:
            assembly.directory.add_members(group, map(AgencyCode, add_), since=moment(since), until=moment(until))
        for member in end or ():
            assembly.directory.end_member(group, AgencyCode(member), until=moment(until))
        found = [each for each in assembly.directory.groups() if each.code == group]
        facts = [
            {"group": each.code, "member": member, "from": shown(span.since), "until": shown(span.until)}
            for each in found
            for member, span in each.members
        ]
        rows(f"{len(facts)} members", ("member", "from", "until"), facts, as_json=as_json)


@app.command("list")
def list_(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List the groups.

    lgsp agency group list
    """
    with assembled(config) as assembly:
        facts = [
            {"code": group.code, "name": group.name, "members": len({code for code, _ in group.members})}
            for group in assembly.directory.groups()
        ]
        rows(f"{len(facts)} groups", ("code", "name", "members"), facts, as_json=as_json)
