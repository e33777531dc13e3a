"""Commands about what was not delivered: which and why, and putting it out again."""

from __future__ import annotations

import getpass
import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lgsp.cli.agencies.asking import known, moment, refuse, shown
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.delivery import REPLAYED, Status
from lgsp.model.text import Text
from lgsp.output import AsJson, complaints, for_programs, rows
from lgsp.store.replaying import Choice, Replay, State

if TYPE_CHECKING:
    from lgsp.assembly import Assembly

replay = typer.Typer(
    invoke_without_command=True, help="Put deliveries out again that failed, were refused or were lost."
)
dead = typer.Typer(no_args_is_help=True, help="What was not delivered, and what the broker put aside.")

_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
_ENDED = ("dispatch_id", "recipient", "sender", "document_id", "status", "changed", "reason")
_LETTERS = ("dispatch_id", "recipient", "attempt", "queue", "why", "times")
_ORDERS = ("id", "agency", "state", "total", "waiting", "moved", "rate", "made", "operator", "chosen")
_EVER = datetime.fromtimestamp(0, UTC)

Agency = Annotated[str | None, typer.Option(help="Code of the recipient.")]
Since = Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="That ended from then on (Vietnam time).")]
Until = Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="That ended before then (Vietnam time).")]
Statuses = Annotated[str, typer.Option("--status", help="failed, refused, queued: one or several, with commas.")]
Reason = Annotated[str, typer.Option(help="A regular expression that their reason contains.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The replay's id.")]


@dead.command("list")
def list_(
    agency: Agency = None,
    since: Since = None,
    until: Until = None,
    config: Config = DEFAULT_CONFIG,
    *,
    status: Statuses = "failed,refused",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """List deliveries that failed or were refused, with the reason.

    lgsp dead list --agency 000.00.11.H03 --since 2026-11-01
    """
    with assembled(config) as assembly:
        found = assembly.ledger.replays().found(_choice(assembly, agency, since, until, status, reason))
    facts = [one._asdict() if for_programs(as_json) else _told(one._asdict(), "changed") for one in found]
    rows("Not delivered / Không chuyển được", _ENDED, facts, as_json=as_json)


@dead.command()
def letters(
    config: Config = DEFAULT_CONFIG,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The first so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List what lies in the broker's queue `lgsp.dead`, and leave it there. Its deliveries stand in the ledger too.

    lgsp dead letters
    """
    with assembled(config) as assembly:
        found = assembly.dead_letters(limit)
    rows("In lgsp.dead", _LETTERS, [asdict(one) for one in found], as_json=as_json)


@replay.callback(invoke_without_command=True)
def order(
    context: typer.Context,
    agency: Agency = None,
    since: Since = None,
    until: Until = None,
    config: Config = DEFAULT_CONFIG,
    *,
    status: Statuses = "failed",
    reason: Reason = "",
    rate: Annotated[float, typer.Option(min=0.01, max=1000, help="So many a second at most.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put deliveries to an agency out again: the same octets, as the next attempt. `lgsp upkeep` carries it out.

    lgsp replay --agency 000.00.11.H03 --since 2026-11-01 --dry-run

    lgsp replay --agency 000.00.11.H03 --since 2026-11-01 --rate 5
    """
    if context.invoked_subcommand is not None:
        return
    if agency is None or since is None:
        expected = Text("--agency CODE and --since MOMENT", "--agency MÃ và --since THỜI-ĐIỂM")
        with assembled(config):
            refuse(
                "lgsp replay",
                expected,
                context.info_name or "",
                Text("see: lgsp replay --help", "xem: lgsp replay --help"),
            )
    with assembled(config) as assembly:
        replays = assembly.ledger.replays()
        choice = _choice(assembly, agency, since, until, status, reason)
        if dry_run:
            facts = [
                one._asdict() if for_programs(as_json) else _told(one._asdict(), "changed")
                for one in replays.found(choice)
            ]
            rows("Would go again", _ENDED, facts, as_json=as_json)
            return
        (made,) = replays.all(replays.order(choice, operator=getpass.getuser(), rate=rate))
        _orders([made], as_json=as_json)


@replay.command("list")
def orders(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List all replays, the newest first, and how far they are.

    lgsp replay list
    """
    with assembled(config) as assembly:
        _orders(assembly.ledger.replays().all(), as_json=as_json)


@replay.command()
def show(identifier: Id, config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Show what became of each delivery of a replay.

    lgsp replay show 4f0c9a1b2d3e
    """
    with assembled(config) as assembly:
        replays = assembly.ledger.replays()
        _require(replays.all(identifier), identifier)
        facts = [item._asdict() for item in replays.items(identifier)]
    rows(
        f"Replay {identifier}", ("position", "dispatch_id", "before", "outcome", "at", "reason"), facts, as_json=as_json
    )


@replay.command()
def stop(identifier: Id, config: Config = DEFAULT_CONFIG) -> None:
    """Stop a replay where it is.

    lgsp replay stop 4f0c9a1b2d3e
    """
    _turn(identifier, State.STOPPED, config)


@replay.command()
def resume(identifier: Id, config: Config = DEFAULT_CONFIG) -> None:
    """Let a stopped replay go on. One that was cut off by a restart goes on by itself.

    lgsp replay resume 4f0c9a1b2d3e
    """
    _turn(identifier, State.RUNNING, config)


def _turn(identifier: str, state: State, config: Any) -> None:
    with assembled(config) as assembly:
        replays = assembly.ledger.replays()
        _require(replays.all(identifier), identifier)
        replays.turn(identifier, state)
        _orders(replays.all(identifier), as_json=False)


def _require(found: list[Replay], identifier: str) -> None:
    if not found:
        complaints.print(
            f"No replay has the id '{identifier}'. Không có lần phát lại với mã này.", style="red", markup=False
        )
        raise typer.Exit(1)


def _choice(
    assembly: Assembly, agency: str | None, since: datetime | None, until: datetime | None, status: str, reason: str
) -> Choice:
    named = {one.strip() for one in status.split(",")}
    if not named <= {each.value for each in REPLAYED}:
        refuse("--status", Text("failed, refused, queued", "failed, refused, queued"), status)
    try:
        re.compile(reason)
    except re.error as error:
        refuse("--reason", Text("a regular expression", "biểu thức chính quy"), str(error))
    return Choice(
        agency=known(assembly, agency).code if agency else None,
        statuses={Status(one) for one in named},
        since=moment(since) or _EVER,
        until=moment(until),
        reason=reason,
    )


def _orders(found: list[Replay], *, as_json: bool) -> None:
    facts = [one._asdict() if for_programs(as_json) else _told(one._asdict(), "made") for one in found]
    rows("Replays / Phát lại", _ORDERS, facts, as_json=as_json)


def _told(fact: dict[str, Any], moments: str) -> dict[str, Any]:
    return fact | {moments: shown(fact[moments])}
