"""Examining files without a server: what each is, what is wrong with it, where that rule comes from, and the cure."""

from __future__ import annotations

from lgsp.validation.examining import Examined, examine, examine_file
from lgsp.validation.report import Report

__all__ = ["Examined", "Report", "examine", "examine_file"]
