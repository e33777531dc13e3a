"""Commands about legal holds: documents that must be kept, whatever the rules of retention say."""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import Annotated

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.cli.paging import every
from lgsp.model.agency import AgencyCode
from lgsp.model.calendar import VIETNAM
from lgsp.model.errors import Problem, Rejected
from lgsp.model.text import Text
from lgsp.output import AsJson, console, rows
from lgsp.store.retention import Selection

app = typer.Typer(no_args_is_help=True, help="Legal holds: documents whose content nobody may erase.")

Ids = Annotated[list[str] | None, typer.Argument(metavar="DISPATCH…", help="Dispatch ids, as `lgsp trace` shows them.")]
Whose = Annotated[str | None, typer.Option("--agency", help="What this agency sent or was sent.")]
Since = Annotated[datetime | None, typer.Option(help="Accepted on this day or later.", formats=["%Y-%m-%d"])]
Until = Annotated[datetime | None, typer.Option(help="Accepted before this day.", formats=["%Y-%m-%d"])]


@app.command()
def place(
    why: Annotated[str, typer.Option(help="The reason: it is kept, and proven.")],
    ids: Ids = None,
    agency: Whose = None,
    since: Since = None,
    until: Until = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Hold documents that are in the store now. The decision is kept in the evidence log.

    lgsp hold place --agency 000.00.11.H03 --since 2026-01-01 --why "Thanh tra theo QĐ 12/QĐ-TTr"
    """
    with assembled(config) as assembly:
        if not why.strip():
            raise Rejected(Problem(element="--why", expected=Text("a reason", "lý do")))
        which = _selection(ids, agency, since, until)
        number = assembly.retention.place(which, reason=why.strip(), operator=getpass.getuser())
        console.print(f"Held: {number}. Đã giữ: {number}.", soft_wrap=True)


@app.command()
def release(
    ids: Ids = None, agency: Whose = None, since: Since = None, until: Until = None, config: Config = DEFAULT_CONFIG
) -> None:
    """Let the rules of retention decide again.

    lgsp hold release --agency 000.00.11.H03
    """
    with assembled(config) as assembly:
        number = assembly.retention.release(_selection(ids, agency, since, until))
        console.print(f"Released: {number}. Đã thôi giữ: {number}.", soft_wrap=True)


@app.command("list")
def list_(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List what is held, and why.

    lgsp hold list
    """
    with assembled(config) as assembly:
        facts = [
            {"document": one.dispatch_id, "why": one.reason, "operator": one.operator, "at": one.at, "kept": one.kept}
            for one in every(lambda last: assembly.retention.holds(after=last.dispatch_id if last else ""))
        ]
    rows("Held / Đang giữ", ["document", "why", "operator", "at", "kept"], facts, as_json=as_json)


def _selection(ids: list[str] | None, agency: str | None, since: datetime | None, until: datetime | None) -> Selection:
    """Return what was chosen; nothing chosen is no choice of all."""
    if not (ids or agency or since or until):
        wanted = Text("dispatch ids, --agency, --since or --until", "mã văn bản, --agency, --since hoặc --until")
        raise Rejected(Problem(element="DISPATCH", expected=wanted))
    return Selection(
        ids=tuple(ids or ()),
        agency=AgencyCode(agency) if agency else None,
        since=since and since.replace(tzinfo=VIETNAM),
        until=until and until.replace(tzinfo=VIETNAM),
    )
