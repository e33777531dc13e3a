"""Where deliveries stand, and whether octets are there: both are told again from rows that the log proves."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from lgsp.evidence.audit.finding import Fault, Finding
from lgsp.evidence.forms import Kind
from lgsp.model.delivery import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lgsp.evidence.audit.books import Page

    Row = Mapping[str, Any]

_NOTHING: Final = sha256(b"").hexdigest()


def judge_states(page: Page) -> Iterator[Finding]:
    """Yield deliveries that are not where history tells, and dispatches without their octets.

    Who was to get a dispatch, its own row proves. Its octets are there, or their erasure is.
    """
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
    erased = {row["dispatch_id"] for kind, row in page.rows if kind is Kind.ERASURE}
    for identifier, row in accepted.items():
        wanted = _NOTHING if identifier in erased else row["digest"]
        if row["octets"] != wanted:
            detail = _there(row["octets"])
            detail += ", though they were erased" if identifier in erased else ""
            yield Finding(fault=Fault.CHANGED, table=Kind.DISPATCH, row=row["row"], detail=detail)


def _there(digest: str) -> str:
    return f"the digest of its octets is {digest}" if digest else "its octets are missing: they lay apart"


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
