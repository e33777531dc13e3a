"""The key: every command, each with an example."""

from __future__ import annotations

from lgsp.cli.app import app

__all__ = ["app"]
