"""What the bus tells of itself afterwards."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveFloat

from lgsp.settings.values import Section


class EvidenceSection(Section):
    """The log of what happened, which nobody can rewrite unnoticed."""

    #: How often a head is signed, when the log grew: what happened between two heads cannot be proven yet.
    head_every_seconds: PositiveFloat = 60


class LogSection(Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["json", "console"] = "json"
