"""The command that lists what is past its time."""

from __future__ import annotations

from typing import Annotated

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import AgencyCode
from lgsp.model.calendar import VIETNAM
from lgsp.model.overdue import What
from lgsp.output import AsJson, for_programs, rows
from lgsp.upkeep.letters import document
from lgsp.upkeep.posting import fact

_COLUMNS = ("document", "what", "agency", "name", "sender", "recipient", "due", "open")


def overdue(
    agency: Annotated[str | None, typer.Argument(help="Only what this agency must act on.")] = None,
    what: Annotated[
        What | None, typer.Option(help="late, untaken, unanswered, unheeded or urgent; without it all.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also what has been mended since.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The latest so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List documents that are past their time, the latest first. Liệt kê văn bản quá hạn, mới nhất trước.

    lgsp overdue

    lgsp overdue 000.00.11.H03 --what untaken
    """
    code = AgencyCode(agency) if agency else None
    with assembled(config) as assembly:
        found = assembly.reminders.listed(code, what, limit=limit, open_only=not everything)
    if for_programs(as_json):
        facts = [fact(one) | {"open": one.open} for one in found]
    else:
        facts = [
            {
                "document": document(one),
                "what": one.what.value,
                "agency": one.agency or "(lgsp)",
                "name": one.name,
                "sender": one.sender,
                "recipient": one.recipient,
                "due": f"{one.due.astimezone(VIETNAM):%Y-%m-%d %H:%M}",
                "open": "yes" if one.open else "no",
            }
            for one in found
        ]
    rows("Past their time / Quá hạn", _COLUMNS, facts, as_json=as_json)
