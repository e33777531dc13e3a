"""Commands for what changes on a day: bodies closed, merged, suspended; other codes; who speaks for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lgsp.cli.agencies.asking import Code, Since, Until, known, moment, shown
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import AgencyCode, Bloc, Level, State
from lgsp.output import AsJson, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.assembly import Assembly

app = typer.Typer()
aliases = typer.Typer(no_args_is_help=True, help="Other codes that agencies answer to.")

_TIME = ("code", "from", "until", "level", "bloc", "parent", "state", "successor")


@app.command()
def close(
    code: Code,
    config: Config = DEFAULT_CONFIG,
    *,
    successor: Annotated[str | None, typer.Option(help="Who takes what is addressed to it.")] = None,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Close a body from a day on. Its code stays on record; documents to it go to its successor (see [directory]).

    lgsp agency close 000.00.31.H03 --successor H55.242 --from 2025-07-01
    """
    with assembled(config) as assembly:
        assembly.directory.close(AgencyCode(code), successor=_code(successor), since=moment(since))
        _show_time(assembly, [code], as_json=as_json)


@app.command()
def merge(
    codes: Annotated[list[str], typer.Argument(help="The bodies that are closed.")],
    into: Annotated[str, typer.Option(help="The body that takes over from all of them.")],
    config: Config = DEFAULT_CONFIG,
    *,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Close several bodies with one successor: all of them or none.

    lgsp agency merge H03.31.20 H03.31.21 --into H55.242 --from 2025-07-01
    """
    with assembled(config) as assembly:
        assembly.directory.merge(map(AgencyCode, codes), AgencyCode(into), since=moment(since))
        _show_time(assembly, codes, as_json=as_json)


@app.command()
def state(
    code: Code,
    to: Annotated[State, typer.Argument(help="active, locked (suspended) or paper-only; closed: see `close`.")],
    config: Config = DEFAULT_CONFIG,
    *,
    since: Since = None,
    until: Until = None,
    level: Annotated[Level | None, typer.Option(help="Its level too changes then.")] = None,
    bloc: Annotated[Bloc | None, typer.Option(help="Its bloc too changes then.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change whether an agency can be reached, from one time to another.

    lgsp agency state 000.00.11.H03 locked --from 2026-12-01 --until 2026-12-08
    """
    with assembled(config) as assembly:
        assembly.directory.amend(
            AgencyCode(code), since=moment(since), until=moment(until), state=to, level=level, bloc=bloc
        )
        _show_time(assembly, [code], as_json=as_json)


@app.command("speaks-for")
def speaks_for(
    speaker: Annotated[str, typer.Argument(help="Who hands documents in, or signs them.")],
    agency: Annotated[str, typer.Argument(help="In whose name.")],
    config: Config = DEFAULT_CONFIG,
    *,
    since: Since = None,
    until: Until = None,
    end: Annotated[bool, typer.Option("--end", help="It no longer does, from --until (or now) on.")] = False,
) -> None:
    """Let one agency write in the name of another, for a time. Without this everybody writes only as itself.

    lgsp agency speaks-for H03.13 H03.31.20 --from 2025-07-01
    """
    with assembled(config) as assembly:
        pair = AgencyCode(speaker), AgencyCode(agency)
        if end:
            assembly.directory.end_speaking(*pair, until=moment(until))
        else:
            assembly.directory.let_speak(*pair, since=moment(since), until=moment(until))


@aliases.command("add")
def add_alias(
    code: Annotated[str, typer.Argument(help="The other code.")],
    agency: Annotated[str, typer.Argument(help="The agency that answers to it.")],
    config: Config = DEFAULT_CONFIG,
    *,
    since: Since = None,
    until: Until = None,
    malformed: Annotated[bool, typer.Option("--malformed", help="Also a code of neither national form.")] = False,
) -> None:
    """Let an agency answer to another code, from ever unless --from says otherwise.

    lgsp agency alias add 000.00.11.H03 H03.11 --until 2027-01-01
    """
    with assembled(config) as assembly:
        assembly.directory.add_alias(
            AgencyCode(code), AgencyCode(agency), since=moment(since), until=moment(until), malformed=malformed
        )


@aliases.command("end")
def end_alias(
    code: Annotated[str, typer.Argument(help="The other code.")],
    config: Config = DEFAULT_CONFIG,
    *,
    until: Until = None,
) -> None:
    """Let a code no longer count, from --until (or now) on. It stays on record.

    lgsp agency alias end 000.00.11.H03 --until 2027-01-01
    """
    with assembled(config) as assembly:
        assembly.directory.end_alias(AgencyCode(code), until=moment(until))


@aliases.command("list")
def list_aliases(
    config: Config = DEFAULT_CONFIG,
    *,
    agency: Annotated[str | None, typer.Option(help="Only those of this agency.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the other codes of agencies.

    lgsp agency alias list --agency H03.11
    """
    columns = ("code", "agency", "scheme", "from", "until")
    with assembled(config) as assembly:
        filed = known(assembly, agency).code if agency else None
        facts = [
            {
                "code": alias.code,
                "agency": alias.agency,
                "scheme": alias.scheme,
                "from": shown(alias.since),
                "until": shown(alias.until),
            }
            for alias in assembly.directory.aliases(filed)
        ]
        rows(f"{len(facts)} aliases", columns, facts, as_json=as_json)


def _code(written: str | None) -> AgencyCode | None:
    return AgencyCode(written) if written else None


def _show_time(assembly: Assembly, codes: Sequence[str], *, as_json: bool) -> None:
    facts = [
        {
            "code": known(assembly, code).code,
            "from": shown(tenure.since),
            "until": shown(tenure.until),
            "level": tenure.level,
            "bloc": tenure.bloc,
            "parent": tenure.parent,
            "state": tenure.state,
            "successor": tenure.successor,
        }
        for code in codes
        for tenure in assembly.directory.tenures(AgencyCode(code))
    ]
    rows("History", _TIME, facts, as_json=as_json)
