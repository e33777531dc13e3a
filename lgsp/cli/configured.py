"""The option that every command knows, and the plan it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lgsp import telemetry
from lgsp.assembly import Assembly
from lgsp.output import told_plainly
from lgsp.settings import load

Config = Annotated[Path, typer.Option("--config", envvar="LGSP_CONFIG", help="The configuration file.")]
DEFAULT_CONFIG = Path("config/lgsp.toml")


@contextmanager
def assembled(config: Path) -> Iterator[Assembly]:
    """Give the plan to one command; tell our errors plainly; close what was opened."""
    with told_plainly():
        settings = load(config)
        telemetry.configure(settings.log.level, settings.log.form)
        assembly = Assembly(settings)
        try:
            yield assembly
        finally:
            assembly.close()
