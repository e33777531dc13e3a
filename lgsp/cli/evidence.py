"""Commands about evidence: what can be proven later, to a stranger, offline."""

from __future__ import annotations

import typer

from lgsp.cli import auditing, container, log

app = typer.Typer(no_args_is_help=True, help="Prove, to anybody and for ever, what the bus accepted and did.")

app.command()(container.export)
app.command()(container.verify)
app.command()(log.head)
app.command()(log.heads)
app.command()(log.prove)
app.command()(log.consistency)
app.command()(auditing.audit)
