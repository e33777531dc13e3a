"""Commands about the store's tables."""

from __future__ import annotations

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.output import AsJson, complaints, rows
from lgsp.store import revision
from lgsp.store import upgrade as upgrade_store

app = typer.Typer(no_args_is_help=True, help="The store's tables.")


@app.callback()
def _tables() -> None:
    """Group the commands about the store's tables."""


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
