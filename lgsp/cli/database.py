"""Commands about the store's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.output import AsJson, complaints, rows
from lgsp.store import revision
from lgsp.store import upgrade as upgrade_store
from lgsp.store.parts import quarter

app = typer.Typer(no_args_is_help=True, help="The store's tables.")


@app.callback()
def _tables() -> None:
    """Group the commands about the store's tables."""


@app.command()
def prune(
    config: Config = DEFAULT_CONFIG,
    *,
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="a day; the quarter it lies in is kept")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only count")] = False,
    as_json: AsJson = False,
) -> None:
    """Put refusals away for good that are older than a quarter of the year; the evidence log is told.

    Documents, what became of them, and the log itself are never pruned.

    lgsp db prune --before 2028-01-01 --dry-run
    """
    day = before.replace(tzinfo=UTC)
    if day > datetime.now(UTC):
        raise typer.BadParameter("a day that is over", param_hint="--before")
    with assembled(config) as assembly:
        count = assembly.parts.old(day) if dry_run else assembly.parts.prune(day)
        fact = {"before": f"{quarter(day):%Y-%m-%d}", "refusals": count, "put away": not dry_run}
        rows("Old refusals", list(fact), [fact], as_json=as_json)


@app.command()
def upgrade(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Make the tables, or bring them to this version, while the bus works. Safe to repeat.

    lgsp db upgrade
    """
    with assembled(config) as assembly:
        upgrade_store(assembly.engine, waits=_waits)
        fact = {"store": assembly.engine.dialect.name, "revision": revision(assembly.engine)}
        rows("The store is up to date", list(fact), [fact], as_json=as_json)


def _waits(holders: str) -> None:
    complaints.print(f"Waits for: {holders}. Đang chờ.", style="yellow", markup=False, soft_wrap=True)
