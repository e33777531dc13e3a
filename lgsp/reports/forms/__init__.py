"""The forms of a report: CSV, JSON, a workbook, a page to print. None of them knows what is counted."""

from __future__ import annotations

from lgsp.reports.forms.plain import as_csv, as_json
from lgsp.reports.forms.printed import as_html
from lgsp.reports.forms.sheet import as_xlsx

__all__ = ["as_csv", "as_html", "as_json", "as_xlsx"]
