"""For programs: one section as CSV, or everything as JSON. Numbers are plain numbers; shares lie between 0 and 1."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from lgsp.reports.forms.wording import plain, say

if TYPE_CHECKING:
    from lgsp.model.text import Language
    from lgsp.reports.page import Report, Section

#: What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(section: Section, language: Language) -> str:
    """Return a section as CSV with a line of headings. It begins with a byte order mark, for Excel's sake."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([say(column.title, language) for column in section.columns])
    writer.writerows([_safe(plain(value, language)) for value in row] for row in section.rows)
    return "\ufeff" + written.getvalue()


def as_json(report: Report, language: Language) -> dict[str, Any]:
    """Return a report as JSON values: sections by their names, rows as objects by the names of columns."""
    return {
        "title": say(report.title, language),
        "about": report.about,
        "since": report.since,
        "until": report.until,
        "made": report.made.isoformat(),
        "figures": {figure.name: {"value": figure.value, "share": figure.share} for figure in report.figures},
        "sections": {section.name: _section(section, language) for section in report.sections},
        "notes": [say(note, language) for note in report.notes],
    }


def _section(section: Section, language: Language) -> dict[str, Any]:
    names = [column.name for column in section.columns]
    return {
        "title": say(section.title, language),
        "columns": {column.name: say(column.title, language) for column in section.columns},
        "rows": [dict(zip(names, (plain(v, language) for v in row), strict=True)) for row in section.rows],
        "notes": [say(note, language) for note in section.notes],
    }


def _safe(value: object) -> object:
    """Return a cell that no spreadsheet runs: an agency's name is others' text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
