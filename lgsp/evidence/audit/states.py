"""Where deliveries and held documents stand: both are told again from history, which the log proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lgsp.evidence.audit.finding import Fault, Finding
from lgsp.evidence.rows import Kind
from lgsp.model.delivery import Status
from lgsp.model.envelope import Admission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lgsp.evidence.audit.books import Page

    Row = Mapping[str, Any]


def judge_states(page: Page) -> Iterator[Finding]:
    """Yield deliveries and holds that are not what history tells. Who was to get a dispatch, its own row proves."""
    accepted = {row["id"]: row for kind, row in page.rows if kind is Kind.DISPATCH}
    lines = [row for kind, row in page.rows if kind is Kind.HISTORY]
    told = _told(accepted, lines)
    for row in page.deliveries:
        expected = told.get((row["dispatch_id"], row["recipient"]))
        wrong = [name for name, value in (expected or {}).items() if row[name] != value]
        if wrong:
            name = f"{row['dispatch_id']} {row['recipient']}"
            detail = ", ".join(f"{column}: {row[column]}, by history {(expected or {})[column]}" for column in wrong)
            yield Finding(fault=Fault.CHANGED, table="delivery", row=name, detail=detail)
    yield from _judge_holds(page, accepted, {(line["dispatch_id"], line["at"], line["detail"]) for line in lines})


def _told(accepted: Mapping[str, Row], lines: list[Row]) -> dict[tuple[str, str], Row]:
    """Return where each delivery must stand."""
    told: dict[tuple[str, str], Row] = {
        (row["id"], recipient): {
            "status": Status.ACCEPTED,
            "attempt": 1,
            "reference": "",
            "changed": row["accepted"],
        }
        for row in accepted.values()
        for recipient in row["recipients"]
    }
    for line in lines:
        if line["status"] is not None and line["recipient"] is not None:
            again = line["status"] == Status.ACCEPTED
            told[line["dispatch_id"], line["recipient"]] = {
                "status": line["status"],
                "attempt": line["attempt"] + again,
                "reference": line["reference"],
                "changed": line["at"],
            }
    return told


def _judge_holds(page: Page, accepted: Mapping[str, Row], lines: set[tuple[str, str, str]]) -> Iterator[Finding]:
    held = {row["dispatch_id"]: row for row in page.holds}
    for identifier, row in accepted.items():
        if row["admission"] == Admission.HOLD and identifier not in held:
            yield Finding(fault=Fault.REMOVED, table="hold", row=identifier)
    for identifier, row in held.items():
        if identifier in accepted and accepted[identifier]["admission"] != Admission.HOLD:
            yield Finding(fault=Fault.SLIPPED_IN, table="hold", row=identifier)
        elif not _follows(row, accepted.get(identifier), lines):
            yield Finding(fault=Fault.CHANGED, table="hold", row=identifier)


def _follows(row: Row, dispatch: Row | None, lines: set[tuple[str, str, str]]) -> bool:
    if row["decided"] is None:
        return row["admission"] == Admission.HOLD and (dispatch is None or row["detail"] == dispatch["doubt"])
    return (row["dispatch_id"], row["decided"], f"{row['admission']}: {row['detail']}") in lines
