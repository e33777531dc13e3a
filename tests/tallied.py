"""Counting by hand: row by row, in plain Python, with nothing of the bus but its tables. What tallies are held to."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from lgsp.store import tables
from lgsp.store.engine import look
from lgsp.store.tallies import Cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

TARGETS: Final = {1: 30, 2: 10, 3: 5, 4: 5}
_ENDS: Final = (
    (2, "2s"),
    (10, "10s"),
    (60, "1m"),
    (300, "5m"),
    (1800, "30m"),
    (3600, "1h"),
    (14400, "4h"),
    (86400, "1d"),
)
_STATUSES: Final = {
    "accepted": ["waiting"],
    "queued": ["waiting"],
    "taken": ["delivered", "taken"],
    "refused": ["returned"],
}


def by_hand(store: Engine) -> Counter[Cell]:
    """Return every tally of a store whose documents are signed."""
    kept = {
        table.name: look(store, lambda connection, table=table: connection.execute(select(table)).all())  # type: ignore[misc]
        for table in tables.metadata.sorted_tables
    }
    codes = {row.dispatch_id: row.code for row in kept["report"]}
    total: Counter[Cell] = Counter()
    for row in kept["refusal"]:
        total.update(
            [_cell("refusal", _day(row.at), row.code), _cell("refused", _day(row.at), "", "", agency=row.caller)]
        )
    for one in kept["dispatch"]:
        day, mine = _day(one.accepted), (one.sender_level, one.sender_bloc)
        if one.kind == "status":
            total.update([_cell("status", day, codes[one.id]), _cell("statuses", day, *mine, agency=one.sender)])
        if one.kind == "message":
            total.update([_cell("message", day, "")])
        if one.kind == "document":
            total.update(_document(kept, one, day, mine))
    return total


def _document(kept: dict[str, Any], one: Any, day: str, mine: tuple[str, str]) -> Iterator[Cell]:
    held = [row.admission for row in kept["hold"] if row.dispatch_id == one.id]
    worth = {"hold": "waiting", "refuse": "refused"}.get(held[0], "signed") if held else "signed"
    paper = one.paper_reason if one.paper else ""
    lane = "urgent" if one.priority in TARGETS else "ordinary"
    to = [row for row in kept["delivery"] if row.dispatch_id == one.id]
    ours = one.sender_level != "central"
    within = all(row.recipient_level != "central" for row in to)
    reach = ("internal" if within else "outgoing") if ours else "incoming"
    yield _cell("sent", day, *mine, worth, paper, reach, one.business, lane)
    yield from (_cell("request", day, row.kind, row.state) for row in kept["request"] if row.about == one.id)
    if worth != "signed":
        return
    where = "sent_internal" if reach == "internal" else "sent_external"
    for name in ("sent", "sent_signed", "sent_paper" if paper else "sent_electronic", where):
        yield _cell(name, day, *mine, agency=one.sender)
    for row in to:
        inside = row.recipient_level != "central"
        scope = ("internal" if inside else "outgoing") if ours else ("incoming" if inside else "transit")
        yield _cell("way", day, *mine, row.recipient_level, row.recipient_bloc, worth, paper, scope)
        figures = ["received", "received_internal" if ours else "received_external", "received_signed"]
        figures.append("received_paper" if paper else "received_electronic")
        yield from _received(kept, one, row, figures)


def _received(kept: dict[str, Any], one: Any, row: Any, figures: list[str]) -> Iterator[Cell]:
    day = _day(one.accepted)
    far = next((b.progress for b in kept["business"] if (b.dispatch_id, b.recipient) == row[:2]), None) or ""
    yield _cell("standing", day, row.recipient_level, row.status, far)
    lines = [line for line in kept["history"] if (line.dispatch_id, line.recipient) == row[:2]]
    took: dict[str, float] = {}
    for what, said in (("there", {"delivered", "taken"}), ("taken", {"taken"})):
        moments = [line.at for line in lines if line.status in said]
        if moments:
            took[what] = (min(moments) - one.accepted).total_seconds()
            yield _cell("speed", day, what, "urgent" if one.priority in TARGETS else "ordinary", _slow(took[what]))
    figures += _STATUSES.get(row.status, [row.status])
    figures += ["registered"] * (far in {"03", "04", "05", "06"}) + ["finished"] * (far == "06")
    if one.priority in TARGETS:
        how = "waiting" if row.status in {"accepted", "queued"} else "never"
        if "there" in took:
            how = "in-time" if took["there"] <= TARGETS[one.priority] else "late"
        yield _cell("haste", day, one.priority, how)
        figures += ["urgent"] + ["urgent_in_time"] * (how == "in-time")
    yield from (_cell(name, day, row.recipient_level, row.recipient_bloc, agency=row.recipient) for name in figures)


def _cell(book: str, day: str, *facets: Any, agency: str = "") -> Cell:
    return Cell(book, day, "|".join(map(str, facets)), agency)


def _day(moment: Any) -> str:
    return str((moment + timedelta(hours=7)).date())


def _slow(seconds: float) -> str:
    return next((name for end, name in (*_ENDS, (259200, "3d")) if seconds <= end), "longer")
