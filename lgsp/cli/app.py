"""The command line's front page: which commands there are."""

from __future__ import annotations

import typer

from lgsp.cli import (
    agencies,
    backup,
    check,
    database,
    documents,
    evidence,
    failed,
    holds,
    keys,
    overdue,
    processes,
    reporting,
    rules,
    schemas,
    status,
    tracing,
    validating,
)
from lgsp.demo import demo
from lgsp.simulate import simulate

app = typer.Typer(
    name="lgsp",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
    help="The message bus through which a province's agencies exchange signed documents.\n\n"
    "Start with `lgsp demo`: it shows the whole way on this machine, with no server installed.",
)

SEE = "See how it works"
RUN = "Run the bus"
DOCUMENTS = "Documents"
OPERATE = "Set up and operate"

app.command(rich_help_panel=SEE)(demo)
app.add_typer(simulate, name="simulate", rich_help_panel=SEE)
app.command(rich_help_panel=RUN)(processes.serve)
app.command(rich_help_panel=RUN)(processes.intake)
app.command(rich_help_panel=RUN)(processes.relay)
app.command(rich_help_panel=RUN)(processes.courier)
app.command(rich_help_panel=RUN)(processes.upkeep)
app.command(rich_help_panel=DOCUMENTS)(validating.validate)
app.command(rich_help_panel=DOCUMENTS)(documents.sign)
app.command(rich_help_panel=DOCUMENTS)(documents.send)
app.command(rich_help_panel=DOCUMENTS)(documents.inbox)
app.command(rich_help_panel=DOCUMENTS)(tracing.trace)
app.command(rich_help_panel=DOCUMENTS)(reporting.report)
app.command(rich_help_panel=DOCUMENTS)(overdue.overdue)
app.command(rich_help_panel=OPERATE)(status.status)
app.add_typer(failed.dead, name="dead", rich_help_panel=OPERATE)
app.add_typer(failed.replay, name="replay", rich_help_panel=OPERATE)
app.command(rich_help_panel=OPERATE)(check.check)
app.command(rich_help_panel=OPERATE)(check.adapters)
app.add_typer(evidence.app, name="evidence", rich_help_panel=DOCUMENTS)
app.add_typer(agencies.app, name="agency", rich_help_panel=OPERATE)
app.add_typer(schemas.app, name="schemas", rich_help_panel=OPERATE)
app.add_typer(rules.app, name="rules", rich_help_panel=OPERATE)
app.add_typer(holds.app, name="hold", rich_help_panel=OPERATE)
app.add_typer(keys.app, name="keys", rich_help_panel=OPERATE)
app.add_typer(database.app, name="db", rich_help_panel=OPERATE)
app.add_typer(backup.app, name="backup", rich_help_panel=OPERATE)
app.command("restore", rich_help_panel=OPERATE)(backup.restore_)
