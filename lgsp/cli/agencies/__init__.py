"""Commands about who takes part, a file a subject."""

from __future__ import annotations

from lgsp.cli.agencies import catalogues, certificates, groups, reorganising, showing
from lgsp.cli.agencies.entries import app

for part in (showing, certificates, reorganising, catalogues):
    app.registered_commands += part.app.registered_commands
app.add_typer(reorganising.aliases, name="alias")
app.add_typer(groups.app, name="group")

__all__ = ["app"]
